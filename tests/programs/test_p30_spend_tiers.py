"""P30: three tiers by spend in a calendar year. A refund takes qualifying spend back."""

from datetime import UTC, date, datetime

import pytest

from loyalty.merchants.models import Program
from members.models import Member, QualifyingDay
from tests.climbing import night, nights, noon, rank, review_on, spend, steps
from tests.makers import bring_back, buy, make_tiers

MAY = date(2026, 5, 4)
JUNE = date(2026, 6, 2)


@pytest.fixture(autouse=True)
def _three_tiers(cafe: Program) -> None:
    make_tiers(cafe, 0, 200_00, 500_00)


@pytest.mark.parametrize(
    ("minor", "reached"),
    [(1, 0), (199_99, 0), (200_00, 1), (499_99, 1), (500_00, 2), (9_000_00, 2)],
)
def test_a_threshold_is_reached_to_the_satang(ana: Member, minor: int, reached: int) -> None:
    spend(ana, MAY, minor)
    assert rank(ana) == reached


def test_spend_of_a_year_adds_up(ana: Member) -> None:
    spend(ana, date(2026, 1, 1), 150_00)
    spend(ana, date(2026, 12, 31), 50_00)
    assert rank(ana) == 1


def test_spend_of_two_years_does_not(ana: Member) -> None:
    spend(ana, date(2025, 12, 31), 150_00)
    spend(ana, date(2026, 1, 1), 50_00)
    assert rank(ana) == 0


def test_the_year_begins_at_midnight_of_the_program(ana: Member) -> None:
    """19:00 of 31 December in London is 02:00 of 1 January in Bangkok."""
    spend(ana, date(2026, 1, 1), 150_00)
    buy(ana, 50_00, made_at=datetime(2025, 12, 31, 19, tzinfo=UTC))
    assert rank(ana) == 1
    assert QualifyingDay.objects.get(account=ana.account_id).spend_minor == 200_00


def test_a_refund_takes_qualifying_spend_back(ana: Member) -> None:
    bought = spend(ana, MAY, 250_00)
    bring_back(ana, bought, 60_00, made_at=noon(JUNE, ana.program))
    day = QualifyingDay.objects.get(account=ana.account_id)
    assert (day.on, day.spend_minor) == (MAY, 190_00)
    assert (rank(ana), review_on(ana)) == (1, JUNE)
    night(ana.program, date(2026, 6, 3))
    assert rank(ana) == 0


def test_a_refund_that_leaves_enough_changes_nothing(ana: Member) -> None:
    bought = spend(ana, MAY, 250_00)
    bring_back(ana, bought, 50_00, made_at=noon(JUNE, ana.program))
    night(ana.program, date(2026, 6, 3))
    assert (rank(ana), review_on(ana)) == (1, date(2028, 1, 1))


def test_who_bought_a_tier_and_refunds_it_falls_to_the_tier_that_fits(ana: Member) -> None:
    spend(ana, date(2026, 4, 1), 210_00)
    bought = spend(ana, MAY, 400_00)
    assert rank(ana) == 2
    bring_back(ana, bought, made_at=noon(JUNE, ana.program))
    night(ana.program, date(2026, 6, 3))
    assert (rank(ana), review_on(ana)) == (1, date(2028, 1, 1))
    assert [step[1:] for step in steps(ana)] == [(0, 1), (1, 2), (2, 1)]


def test_a_refund_neither_takes_a_tier_that_last_year_supports(ana: Member) -> None:
    spend(ana, date(2025, 11, 3), 300_00)
    bought = spend(ana, MAY, 250_00)
    assert review_on(ana) == date(2028, 1, 1)
    bring_back(ana, bought, made_at=noon(JUNE, ana.program))
    night(ana.program, date(2026, 6, 3))
    assert (rank(ana), review_on(ana)) == (1, date(2027, 1, 1))


def test_nobody_has_less_than_the_base_tier(ana: Member) -> None:
    bought = spend(ana, MAY, 10_00)
    bring_back(ana, bought, made_at=noon(JUNE, ana.program))
    nights(ana.program, JUNE, date(2030, 1, 1))
    assert rank(ana) == 0
    assert steps(ana) == []
