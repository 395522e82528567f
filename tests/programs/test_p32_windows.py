"""P32: the same history gives each window, each measure and each way down its own answer."""

from datetime import date

import pytest

from loyalty.earning.models import EarningRule
from loyalty.flows import tiers
from loyalty.merchants.models import Program
from members.models import Member, TierStatus
from tests.climbing import letters, nights, noon, rank, review_on, spend, steps
from tests.makers import bring_back, make_member, make_tiers

# Joined on 2 June 2025. What was spent, and when: 900 in all, on six days.
HISTORY = [
    (date(2025, 5, 30), 100_00),  # Before joining; claimed later.
    (date(2025, 12, 10), 150_00),
    (date(2026, 1, 10), 150_00),
    (date(2026, 5, 20), 100_00),
    (date(2026, 6, 10), 250_00),
    (date(2027, 1, 20), 150_00),
]
END = date(2027, 3, 1)


def live(member: Member, history: list[tuple[date, int]] = HISTORY) -> None:
    """Let a history happen, with its nights."""
    day = history[0][0]
    for on, minor in history:
        nights(member.program, day, on)
        spend(member, on, minor)
        day = on
    nights(member.program, day, END)


@pytest.mark.parametrize(
    ("window", "climbed", "until"),
    [
        # 2025 has 250, and 2026 has 500: kept to the end of 2027.
        (
            "calendar_year",
            [(date(2025, 12, 10), 0, 1), (date(2026, 6, 10), 1, 2)],
            date(2028, 1, 1),
        ),
        # The first year has 400, and the second has 400: Silver is kept to the end of the third.
        ("membership_year", [(date(2026, 1, 10), 0, 1)], date(2028, 6, 2)),
        # Gold whenever 12 months hold 500, and no longer: at last 100 + 250 + 150.
        (
            "rolling",
            [
                (date(2025, 12, 10), 0, 1),
                (date(2026, 5, 20), 1, 2),
                (date(2026, 5, 30), 2, 1),
                (date(2026, 6, 10), 1, 2),
                (date(2027, 1, 10), 2, 1),
                (date(2027, 1, 20), 1, 2),
            ],
            date(2027, 5, 20),
        ),
        ("since_joining", [(date(2026, 1, 10), 0, 1), (date(2026, 6, 10), 1, 2)], None),
        ("lifetime", [(date(2025, 12, 10), 0, 1), (date(2026, 5, 20), 1, 2)], None),
    ],
)
def test_each_window_has_its_own_answer(
    ana: Member, window: str, climbed: list[tuple[date, int, int]], until: date | None
) -> None:
    make_tiers(ana.program, 0, 250_00, 500_00, window=window)
    live(ana)
    assert steps(ana) == climbed
    assert review_on(ana) == until


def test_visits_are_days_with_a_purchase(ana: Member) -> None:
    make_tiers(ana.program, 0, 2, 4, measure="visits", window="lifetime")
    live(ana, [*HISTORY[:2], (date(2025, 12, 10), 1_00), (date(2025, 12, 11), 1_00)])
    assert steps(ana) == [(date(2025, 12, 10), 0, 1)]
    spend(ana, date(2026, 1, 10), 1_00)
    assert rank(ana) == 2


def test_points_count_as_they_were_earned(ana: Member) -> None:
    make_tiers(ana.program, 0, 250, 500, measure="points", window="calendar_year")
    live(ana)
    assert steps(ana) == [(date(2025, 12, 10), 0, 1), (date(2026, 6, 10), 1, 2)]


def test_points_of_a_rule_that_does_not_qualify_are_not_counted(ana: Member) -> None:
    EarningRule.objects.update(is_qualifying=False)
    make_tiers(ana.program, 0, 1, measure="points")
    live(ana)
    assert rank(ana) == 0


class TestTheWayDown:
    """Gold of 2026 is kept to the end of 2027, in which hardly anything is bought."""

    quiet = (date(2027, 5, 1), 10_00)
    new_year = date(2028, 1, 1)

    def fall(self, member: Member, until: date, **policy: object) -> None:
        make_tiers(member.program, 0, 100_00, 250_00, 500_00, **policy)
        spend(member, date(2026, 6, 10), 500_00)
        spend(member, *self.quiet)
        nights(member.program, date(2027, 5, 1), until)

    def test_to_the_tier_that_fits(self, ana: Member) -> None:
        self.fall(ana, date(2030, 1, 1))
        assert steps(ana)[1:] == [(self.new_year, 3, 0)]

    def test_one_step_at_a_time(self, ana: Member) -> None:
        self.fall(ana, date(2031, 1, 1), downgrade="one_step")
        assert steps(ana)[1:] == [
            (self.new_year, 3, 2), (date(2029, 1, 1), 2, 1), (date(2030, 1, 1), 1, 0),
        ]  # fmt: skip

    def test_one_step_is_no_lower_than_what_fits(self, ana: Member) -> None:
        make_tiers(ana.program, 0, 100_00, 250_00, 500_00, downgrade="one_step")
        spend(ana, date(2026, 6, 10), 500_00)
        spend(ana, date(2027, 6, 10), 250_00)
        nights(ana.program, date(2027, 6, 10), self.new_year)
        assert steps(ana)[1:] == [(self.new_year, 3, 2)]
        assert review_on(ana) == date(2029, 1, 1)

    def test_a_rolling_step_is_kept_for_12_months(self, ana: Member) -> None:
        self.fall(ana, date(2029, 12, 31), downgrade="one_step", window="rolling")
        assert steps(ana)[1:] == [
            (date(2027, 6, 10), 3, 2), (date(2028, 6, 10), 2, 1), (date(2029, 6, 10), 1, 0),
        ]  # fmt: skip

    def test_grace_gives_time_before_the_fall(self, ana: Member) -> None:
        self.fall(ana, date(2028, 1, 30), grace_days=30)
        status = TierStatus.objects.get(pk=ana.account_id)
        assert (rank(ana), status.in_grace, status.review_on) == (3, True, date(2028, 1, 31))
        assert letters(ana, "tier_lost") == []
        nights(ana.program, date(2028, 1, 31), date(2028, 1, 31))
        assert steps(ana)[1:] == [(date(2028, 1, 31), 3, 0)]

    def test_what_is_bought_in_grace_counts_for_the_year_before(self, ana: Member) -> None:
        self.fall(ana, date(2028, 1, 1), grace_days=30)
        spend(ana, date(2028, 1, 30), 489_99)
        assert TierStatus.objects.get(pk=ana.account_id).in_grace
        spend(ana, date(2028, 1, 30), 1)
        status = TierStatus.objects.get(pk=ana.account_id)
        assert (rank(ana), status.in_grace, status.review_on) == (3, False, date(2029, 1, 1))

    def test_after_the_grace_it_counts_for_its_own_year_only(self, ana: Member) -> None:
        self.fall(ana, date(2028, 1, 31), grace_days=30)
        spend(ana, date(2028, 1, 31), 490_00)
        assert rank(ana) == 2

    def test_the_end_of_grace_is_warned_of_too(self, ana: Member) -> None:
        self.fall(ana, date(2028, 1, 1), grace_days=30)
        tiers.warn(ana.program, date(2028, 1, 1), noon(date(2028, 1, 1), ana.program))
        [letter] = letters(ana, "tier_at_risk")
        assert (letter.context["by"], letter.context["missing"]) == ("2028-01-30", 490_00)
        assert letter.context["lower"] == {"en": "Member"}

    def test_in_grace_the_last_12_months_stay_open(self, ana: Member) -> None:
        self.fall(ana, date(2027, 6, 10), grace_days=30, window="rolling")
        status = TierStatus.objects.get(pk=ana.account_id)
        assert (status.in_grace, status.review_on) == (True, date(2027, 7, 10))
        spend(ana, date(2027, 7, 9), 490_00)
        assert (rank(ana), review_on(ana)) == (3, date(2028, 5, 31))
        assert not TierStatus.objects.get(pk=ana.account_id).in_grace

    def test_a_refund_shows_no_grace_and_no_steps(self, cafe: Program) -> None:
        eve = make_member(cafe, "eve@example.org")
        make_tiers(cafe, 0, 100_00, 250_00, 500_00, grace_days=30, downgrade="one_step")
        bought = spend(eve, date(2026, 6, 10), 500_00)
        bring_back(eve, bought, made_at=noon(date(2026, 6, 11), cafe))
        nights(cafe, date(2026, 6, 12), date(2026, 6, 12))
        assert steps(eve)[1:] == [(date(2026, 6, 12), 3, 0)]


def test_who_joined_on_29_february_is_looked_at_on_28_february(cafe: Program) -> None:
    make_tiers(cafe, 0, 250_00, window="membership_year")
    leap = make_member(cafe, "leap@example.org", now=noon(date(2024, 2, 29), cafe))
    spend(leap, date(2025, 2, 27), 250_00)
    assert review_on(leap) == date(2026, 2, 28)
    nights(cafe, date(2025, 2, 27), date(2026, 2, 28))
    assert steps(leap)[1:] == [(date(2026, 2, 28), 1, 0)]
