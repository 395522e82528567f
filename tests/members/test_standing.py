"""What a batch knows of its members: who rises, who keeps, whom a refund puts in doubt."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from members.ladder import ladder_for
from members.models import Member, QualifyingDay, TierChange, TierStatus
from members.standing import Promotion, Standings
from tests.makers import NOON, make_member, make_program, make_tiers

MARCH = date(2027, 3, 2)


def load(member: Member, *days: date, today: date | None = None) -> Standings:
    program = member.program
    ladder = ladder_for(program.pk, program.version)
    return Standings.load(ladder, ladder, {member.account_id: list(days)}, today=today)


def buy(member: Member, on: date, spend: int, *, today: date | None = None) -> Promotion | None:
    standings = load(member, on, today=today)
    promotion = standings.qualify(member.account_id, on, spend_minor=spend, points=0, purchases=1)
    standings.write(NOON)
    return promotion


def give_back(member: Member, on: date, spend: int, *, today: date) -> None:
    standings = load(member, on)
    standings.unqualify(
        member.account_id, on, spend_minor=spend, points=0, purchases=0, today=today
    )
    standings.write(NOON)


def status(member: Member) -> TierStatus:
    return TierStatus.objects.select_related("tier").get(account=member.account_id)


def tier(member: Member) -> tuple[int, date | None]:
    found = TierStatus.objects.select_related("tier").filter(account=member.account_id).first()
    return (found.tier.rank, found.review_on) if found else (0, None)


def test_whoever_reaches_a_threshold_rises_at_once(ana: Member) -> None:
    tiers = make_tiers(ana.program, 0, 350, 1000)
    assert buy(ana, date(2027, 1, 5), 349) is None
    promotion = buy(ana, MARCH, 1)
    assert promotion is not None
    assert promotion.after.id == tiers[1].pk
    assert promotion.review_on == date(2029, 1, 1)
    assert promotion.last_day == date(2028, 12, 31)
    assert tier(ana) == (1, date(2029, 1, 1))
    change = TierChange.objects.get()
    assert (change.before, change.after, change.on) == (tiers[0], tiers[1], MARCH)


def test_the_same_tier_is_not_reached_twice(ana: Member) -> None:
    make_tiers(ana.program, 0, 350)
    assert buy(ana, MARCH, 350)
    assert buy(ana, MARCH, 350) is None
    assert TierChange.objects.count() == 1


def test_two_tiers_may_be_passed_in_one_step(ana: Member) -> None:
    make_tiers(ana.program, 0, 200, 500)
    promotion = buy(ana, MARCH, 600)
    assert promotion is not None
    assert promotion.before is not None
    assert (promotion.before.rank, promotion.after.rank) == (0, 2)


def test_a_batch_sees_what_came_before_in_it(ana: Member) -> None:
    make_tiers(ana.program, 0, 200, 500)
    standings = load(ana, MARCH, date(2027, 3, 3))
    qualify: Callable[..., Any] = standings.qualify
    assert standings.who(ana.account_id).multiplier_percent == 100
    assert qualify(ana.account_id, MARCH, spend_minor=150, points=0, purchases=1) is None
    assert qualify(ana.account_id, MARCH, spend_minor=50, points=0, purchases=1)
    assert standings.who(ana.account_id, purchases_before=2).multiplier_percent == 125
    assert qualify(ana.account_id, date(2027, 3, 3), spend_minor=300, points=0, purchases=1)
    assert standings.who(ana.account_id).tier_rank == 2
    standings.write(NOON)
    assert tier(ana)[0] == 2
    days = QualifyingDay.objects.order_by("on").values_list("spend_minor", "purchases")
    assert list(days) == [(200, 2), (300, 1)]


def test_a_later_year_confirms_the_tier(ana: Member) -> None:
    make_tiers(ana.program, 0, 350)
    buy(ana, MARCH, 350)
    buy(ana, date(2028, 2, 1), 349)
    assert tier(ana) == (1, date(2029, 1, 1))
    assert buy(ana, date(2028, 2, 2), 1) is None
    assert tier(ana) == (1, date(2030, 1, 1))


def test_a_late_purchase_counts_for_its_own_year(ana: Member) -> None:
    make_tiers(ana.program, 0, 350)
    buy(ana, MARCH, 300)
    buy(ana, date(2028, 1, 10), 10)
    assert buy(ana, date(2027, 12, 30), 50, today=date(2028, 1, 11))
    assert tier(ana) == (1, date(2029, 1, 1))


def test_a_tier_that_would_have_ended_by_now_is_not_given(ana: Member) -> None:
    make_tiers(ana.program, 0, 350)
    assert buy(ana, MARCH, 400, today=date(2029, 1, 1)) is None
    assert tier(ana) == (0, None)
    assert QualifyingDay.objects.get().spend_minor == 400


def test_a_refund_takes_back_from_the_day_of_the_purchase(ana: Member) -> None:
    make_tiers(ana.program, 0, 350)
    buy(ana, MARCH, 360)
    give_back(ana, MARCH, 10, today=date(2027, 4, 1))
    assert tier(ana) == (1, date(2029, 1, 1))
    assert not status(ana).is_in_doubt
    give_back(ana, MARCH, 1, today=date(2027, 4, 1))
    assert QualifyingDay.objects.get().spend_minor == 349
    assert tier(ana) == (1, date(2027, 4, 1))
    assert status(ana).is_in_doubt


def test_who_buys_again_the_same_day_is_no_longer_in_doubt(ana: Member) -> None:
    make_tiers(ana.program, 0, 350)
    buy(ana, MARCH, 350)
    give_back(ana, MARCH, 350, today=MARCH)
    buy(ana, MARCH, 350)
    assert tier(ana) == (1, date(2029, 1, 1))
    assert not status(ana).is_in_doubt


def test_a_rolling_tier_is_kept_while_12_months_hold_enough(ana: Member) -> None:
    make_tiers(ana.program, 0, 350, window="rolling")
    buy(ana, date(2027, 1, 10), 40)
    buy(ana, date(2027, 2, 10), 310)
    assert tier(ana) == (1, date(2028, 1, 10))
    buy(ana, date(2027, 3, 10), 20)
    assert tier(ana) == (1, date(2028, 1, 10)), "without January there are 330"
    buy(ana, date(2027, 4, 10), 20)
    assert tier(ana) == (1, date(2028, 2, 10)), "without January there are 350"


def test_a_late_purchase_counts_in_the_12_months_that_end_today(ana: Member) -> None:
    make_tiers(ana.program, 0, 350, window="rolling")
    buy(ana, date(2027, 6, 1), 200)
    assert buy(ana, date(2026, 6, 1), 150, today=date(2027, 6, 1)) is None, "12 months old"
    assert buy(ana, date(2026, 6, 2), 150, today=date(2027, 6, 1))


def test_visits_are_days(ana: Member) -> None:
    make_tiers(ana.program, 0, 2, measure="visits")
    assert buy(ana, MARCH, 10) is None
    assert buy(ana, MARCH, 10) is None
    assert buy(ana, date(2027, 3, 3), 10)


@pytest.mark.parametrize(("window", "rank"), [("since_joining", 0), ("lifetime", 1)])
def test_before_joining_counts_only_where_everything_does(
    ana: Member, window: str, rank: int
) -> None:
    make_tiers(ana.program, 0, 350, window=window)
    buy(ana, date(2024, 6, 1), 300)
    buy(ana, date(2026, 6, 2), 49)
    buy(ana, date(2031, 6, 2), 1)
    assert tier(ana) == (rank, None)


@pytest.mark.parametrize("window", ["calendar_year", "membership_year", "rolling", "lifetime"])
def test_a_batch_reads_in_one_statement_and_writes_in_one(
    ana: Member, window: str, django_assert_num_queries: Any
) -> None:
    make_tiers(ana.program, 0, 350, window=window)
    ladder = ladder_for(ana.program.pk, 1)
    with django_assert_num_queries(1):
        standings = Standings.load(ladder, ladder, {ana.account_id: [MARCH]})
    standings.qualify(ana.account_id, MARCH, spend_minor=20, points=0, purchases=1)
    with django_assert_num_queries(1):
        standings.write(NOON)


def test_without_tiers_a_batch_reads_people_and_writes_nothing(
    ana: Member, django_assert_num_queries: Any
) -> None:
    ladder = ladder_for(ana.program.pk, 1)
    with django_assert_num_queries(1):
        standings = Standings.load(ladder, ladder, {ana.account_id: [MARCH]})
    person = standings.person(ana.account_id)
    assert (person.name, person.email, person.member_id) == ("Ana", "ana@example.org", ana.pk)
    assert standings.who(ana.account_id).multiplier_percent == 100
    with django_assert_num_queries(0):
        standings.qualify(ana.account_id, MARCH, spend_minor=20, points=0, purchases=1)
        standings.write(NOON)


def test_members_of_another_program_are_not_found(ana: Member) -> None:
    stranger = make_member(make_program("bakery"), "eve@example.org")
    ladder = ladder_for(ana.program.pk, 1)
    standings = Standings.load(ladder, ladder, {stranger.account_id: [MARCH]})
    with pytest.raises(KeyError):
        standings.person(stranger.account_id)
