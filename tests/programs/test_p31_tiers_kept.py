"""P31: tiers by spend in a calendar year, kept to the end of the next, that earn more points.

350 reached on 2 March 2027: tier 2 at once, kept to 31 December 2028; 340 spent in 2028: falls on
1 January 2029, with a notice 30 days before.
"""

from datetime import date

import pytest

from loyalty.days import at_hour
from loyalty.flows import tiers
from loyalty.merchants.models import Program
from members.models import Member
from tests.climbing import letters, night, noon, rank, review_on, spend, steps
from tests.makers import buy, choose, make_tiers, points

REACHED = date(2027, 3, 2)
NOTICE = date(2028, 12, 2)
FALL = date(2029, 1, 1)


@pytest.fixture(autouse=True)
def _insider(cafe: Program) -> None:
    """One point for each 1.00; in the higher tiers one and a quarter, and one and a half."""
    make_tiers(cafe, 0, 350_00, 1_000_00, percents=[100, 125, 150])


@pytest.fixture
def insider(ana: Member) -> Member:
    spend(ana, date(2027, 1, 20), 300_00)
    spend(ana, REACHED, 50_00)
    return ana


def warn(program: Program, day: date) -> None:
    program.refresh_from_db()
    tiers.warn(program, day, at_hour(day, program.letter_hour, program.time_zone))


def test_the_tier_is_reached_at_once_and_kept_to_the_end_of_the_next_year(insider: Member) -> None:
    assert steps(insider) == [(REACHED, 0, 1)]
    assert review_on(insider) == FALL
    [letter] = letters(insider, "tier_reached")
    assert letter.context["until"] == "2028-12-31"


def test_each_tier_earns_its_own_points(ana: Member) -> None:
    spend(ana, date(2027, 1, 20), 350_00)
    assert points(ana) == 350, "the purchase that reaches a tier is made in the tier before"
    spend(ana, REACHED, 100_00)
    assert points(ana) == 350 + 125
    spend(ana, REACHED, 550_00)
    spend(ana, date(2027, 3, 3), 100_00)
    assert points(ana) == 350 + 125 + 687 + 150


def test_too_little_in_the_next_year_loses_it_on_new_year(insider: Member) -> None:
    spend(insider, date(2028, 6, 1), 340_00)
    night(insider.program, date(2028, 12, 31))
    assert rank(insider) == 1
    night(insider.program, FALL)
    assert steps(insider)[1:] == [(FALL, 1, 0)]
    assert review_on(insider) is None
    assert [letter.context for letter in letters(insider, "tier_lost")] == [
        {"tier": {"en": "Member"}, "before": {"en": "Silver"}}
    ]


def test_a_notice_comes_30_days_before_and_says_what_is_missing(insider: Member) -> None:
    spend(insider, date(2028, 6, 1), 340_00)
    warn(insider.program, date(2028, 12, 1))
    assert letters(insider, "tier_at_risk") == []
    warn(insider.program, NOTICE)
    [letter] = letters(insider, "tier_at_risk")
    assert letter.context == {
        "tier": {"en": "Silver"}, "lower": {"en": "Member"}, "by": "2028-12-31",
        "measure": "spend", "missing": 10_00,
    }  # fmt: skip


def test_the_notice_comes_once(insider: Member) -> None:
    for day in (NOTICE, NOTICE, date(2028, 12, 3), date(2028, 12, 31)):
        warn(insider.program, day)
    assert len(letters(insider, "tier_at_risk")) == 1


def test_who_spends_enough_keeps_the_tier_and_gets_no_notice(insider: Member) -> None:
    spend(insider, date(2028, 6, 1), 340_00)
    spend(insider, date(2028, 11, 30), 10_00)
    assert review_on(insider) == date(2030, 1, 1)
    warn(insider.program, NOTICE)
    night(insider.program, FALL)
    assert rank(insider) == 1
    assert letters(insider, "tier_at_risk") == []


def test_who_spends_enough_after_the_notice_keeps_the_tier(insider: Member) -> None:
    warn(insider.program, NOTICE)
    spend(insider, date(2028, 12, 31), 350_00)
    night(insider.program, FALL)
    assert (rank(insider), review_on(insider)) == (1, date(2030, 1, 1))


def test_a_sale_of_new_years_eve_that_is_told_later_still_counts(insider: Member) -> None:
    spend(insider, date(2028, 6, 1), 340_00)
    night(insider.program, FALL)
    assert rank(insider) == 0
    spend(insider, date(2028, 12, 31), 10_00, told_on=date(2029, 1, 5))
    assert (rank(insider), review_on(insider)) == (1, date(2030, 1, 1))


def test_the_night_is_that_of_the_program(ana: Member) -> None:
    """Bought in the last minute of 2028 in Bangkok, when it was 16:59 in London."""
    spend(ana, REACHED, 350_00)
    late = noon(date(2028, 12, 31), ana.program).replace(hour=23, minute=59)
    buy(ana, 350_00, made_at=late)
    assert review_on(ana) == date(2030, 1, 1)
    buy(ana, 1_000_00, made_at=late.replace(hour=0, minute=0, day=1, month=1, year=2029))
    assert review_on(ana) == date(2031, 1, 1)


def test_who_asked_for_no_letters_gets_no_notice(insider: Member) -> None:
    choose(insider, account=False)
    warn(insider.program, NOTICE)
    assert letters(insider, "tier_at_risk") == []
