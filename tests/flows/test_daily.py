"""Months of membership (P03), tiers, and whole days by the clock."""

from datetime import UTC, date, datetime, timedelta

import pytest

from loyalty.earning.models import ActivityRecord
from loyalty.flows import clock, daily, tiers
from loyalty.merchants.models import Program
from loyalty.messaging.models import Message
from members.models import Member, TierStatus
from tests.flows.a_day import DAY, TEN, born, days_that_pay, joined, on
from tests.makers import (
    NOON,
    buy,
    give,
    make_program,
    make_rule,
    make_staff,
    make_tiers,
    points,
)

# --- Membership (P03) ----------------------------------------------------------------------------


@pytest.fixture
def monthly(cafe) -> Program:
    make_rule(cafe, trigger="membership_month", effect=TEN)
    return cafe


def test_who_joined_on_31_january_gets_points_on_the_last_days(monthly):
    ana = joined(monthly, date(2026, 1, 31))
    assert days_that_pay(daily.months, ana, date(2026, 1, 31), date(2026, 5, 1)) == [
        date(2026, 2, 28),
        date(2026, 3, 31),
        date(2026, 4, 30),
    ]
    assert points(ana) == 30


@pytest.mark.parametrize(
    ("joined_on", "paid"),
    [
        (date(2028, 1, 29), [date(2028, 2, 29), date(2028, 3, 29)]),
        (date(2028, 1, 30), [date(2028, 2, 29), date(2028, 3, 30)]),
        (date(2028, 2, 29), [date(2028, 3, 29)]),
        (date(2028, 2, 1), [date(2028, 3, 1), date(2028, 4, 1)]),
        (date(2027, 12, 31), [date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31)]),
    ],
)
def test_months_of_membership_in_a_leap_year(monthly, joined_on, paid):
    ana = joined(monthly, joined_on)
    assert days_that_pay(daily.months, ana, joined_on, date(2028, 4, 1)) == paid


def test_a_month_pays_once_however_often_it_is_run(monthly):
    ana = joined(monthly, date(2026, 1, 31))
    for _time in range(3):
        on(daily.months, monthly, date(2026, 2, 28))
    assert points(ana) == 10
    assert ActivityRecord.objects.get().reference == f"month:{ana.account_id}:1"


def test_a_month_is_told_in_a_letter(monthly):
    joined(monthly, date(2026, 1, 31))
    on(daily.months, monthly, date(2026, 2, 28))
    assert Message.objects.get().context["reason"] == "membership_month"


def test_a_year_of_membership_that_began_on_29_february(cafe):
    make_rule(cafe, trigger="membership_year", effect=TEN)
    ana = joined(cafe, date(2028, 2, 29))
    assert days_that_pay(daily.years, ana, date(2029, 2, 26), date(2029, 3, 2)) == [
        date(2029, 2, 28)
    ]
    on(daily.years, cafe, date(2032, 2, 28))
    assert points(ana) == 10
    on(daily.years, cafe, date(2032, 2, 29))
    assert points(ana) == 20


def test_without_a_rule_nothing_is_written_down(cafe):
    joined(cafe, date(2026, 1, 31))
    on(daily.months, cafe, date(2026, 2, 28))
    on(daily.years, cafe, date(2027, 1, 31))
    assert not ActivityRecord.objects.exists()


@pytest.mark.parametrize("state", ["blocked", "left"])
def test_who_is_no_member_any_more_gets_nothing(monthly, state):
    ana = joined(monthly, date(2026, 1, 31), state=state)
    on(daily.months, monthly, date(2026, 2, 28))
    assert points(ana) == 0


def test_another_programs_members_get_nothing(monthly):
    ana = joined(make_program("elsewhere"), date(2026, 1, 31))
    on(daily.months, monthly, date(2026, 2, 28))
    assert points(ana) == 0


# --- Tiers ---------------------------------------------------------------------------------------


def rank(member: Member) -> int:
    status = TierStatus.objects.filter(account=member.account_id).first()
    return status.tier.rank if status else 0


def test_a_tier_is_lost_at_midnight_and_told_of_in_the_morning(ana):
    make_tiers(ana.program, 0, 100_00)
    buy(ana, 150_00)
    assert rank(ana) == 1
    midnight = datetime(2027, 12, 31, 17, tzinfo=UTC)  # In Bangkok, where the year has ended.
    clock.keep(clock=lambda: midnight - timedelta(minutes=1))
    assert rank(ana) == 1
    clock.keep(clock=lambda: midnight)
    assert rank(ana) == 0
    letter = Message.objects.get(template="tier_lost")
    assert letter.due_at == midnight + timedelta(hours=9)


def test_a_member_is_warned_before_a_tier_is_lost(ana):
    make_tiers(ana.program, 0, 100_00)
    buy(ana, 150_00)
    warned_on = datetime(2027, 12, 2, 2, tzinfo=UTC)  # 9:00, thirty days before 1 January.
    for _time in range(2):
        clock.keep(clock=lambda: warned_on)
    letter = Message.objects.get(template="tier_at_risk")
    assert letter.context["by"] == "2027-12-31"
    assert rank(ana) == 1


def test_a_recount_that_is_asked_for_is_run(ana):
    [base, silver] = make_tiers(ana.program, 0, 100_00)
    buy(ana, 80_00)
    assert rank(ana) == 0
    owner = make_staff(ana.program)
    tiers.save_tier(ana.program, silver, by=owner, now=NOON, threshold=50_00)
    clock.run_open(clock=lambda: NOON)
    assert rank(ana) == 1


# --- All of it by the clock ----------------------------------------------------------------------


def test_three_days_down_are_made_up_for_in_order(cafe):
    make_rule(cafe, trigger="birthday", effect=TEN)
    make_rule(cafe, trigger="membership_month", effect=TEN)
    ana = joined(cafe, date(2026, 6, 13), birthday=date(1990, 7, 14))
    give(ana, 5, expires_on=date(2026, 7, 15), now=ana.enrolled_at)
    at = datetime(2026, 7, 12, 5, tzinfo=UTC)
    clock.keep(clock=lambda: at)
    assert points(ana) == 5
    clock.keep(clock=lambda: at + 3 * DAY)
    entries = ana.account.balances.get().entries.order_by("seq")
    assert [(it.kind, it.points, it.occurred_at.date()) for it in entries[1:]] == [
        ("accrual", 10, date(2026, 7, 13)),
        ("accrual", 10, date(2026, 7, 14)),
        ("expiry", -5, date(2026, 7, 14)),  # Midnight in Bangkok.
    ]


def test_a_day_of_a_diner_in_new_york_begins_there(db):
    diner = make_program("diner", time_zone="America/New_York")
    make_rule(diner, trigger="birthday", effect=TEN)
    ana = born(diner, date(1990, 3, 8))
    clock.keep(clock=lambda: datetime(2027, 3, 7, 20, tzinfo=UTC))
    clock.keep(clock=lambda: datetime(2027, 3, 8, 12, 59, tzinfo=UTC))
    assert points(ana) == 0
    clock.keep(clock=lambda: datetime(2027, 3, 8, 14, tzinfo=UTC))
    assert points(ana) == 10
