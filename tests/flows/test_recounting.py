"""The ladder is changed: everybody is counted again, by it and by nothing else."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from loyalty.flows import tiers
from loyalty.ledger.models import Account
from loyalty.merchants.models import Program
from members import recounting
from members.counting import best_hold
from members.judging import recounted
from members.ladder import ladder_for
from members.models import Member, QualifyingDay, TierChange, TierStatus
from members.people import days_to_judge
from members.standing import Standings
from tests.climbing import letters, night, nights, rank, review_on, spend
from tests.makers import NOON, TODAY, make_member, make_program, make_tiers, points

WINDOWS = ["calendar_year", "membership_year", "rolling", "since_joining", "lifetime"]
JOINED = [
    date(2023, 1, 1),
    date(2024, 2, 29),
    date(2024, 6, 2),
    date(2025, 6, 3),
    date(2025, 12, 31),
]


def recount(program: Program, today: date = TODAY) -> int:
    program.refresh_from_db()
    return tiers.recount(program, today, NOON)


def crowd(program: Program, size: int = 60) -> list[Member]:
    """Members who joined on the days that matter, with days that qualify here and there."""
    chance = random.Random(program.slug)
    accounts = Account.objects.bulk_create(Account(program=program) for _ in range(size))
    members = Member.objects.bulk_create(
        Member(
            program=program, account=account, card_code=f"{program.slug}-{number}",
            enrolled_on=JOINED[number % len(JOINED)],
        )
        for number, account in enumerate(accounts)
    )  # fmt: skip
    QualifyingDay.objects.bulk_create(
        QualifyingDay(
            account=account, on=TODAY - timedelta(ago), spend_minor=chance.randrange(1, 30) * 10_00,
            points=chance.randrange(300), purchases=chance.randrange(2),
        )
        for account in accounts
        for ago in sorted(chance.sample(range(1_200), chance.randrange(8)))
    )  # fmt: skip
    return members


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("measure", ["spend", "points", "visits"])
def test_everybody_gets_what_their_days_support(cafe: Program, window: str, measure: str) -> None:
    steps = (0, 1, 2) if measure == "visits" else (0, 250, 500)
    scale = 100 if measure == "spend" else 1
    make_tiers(cafe, *(step * scale for step in steps), window=window, measure=measure)
    members = crowd(cafe)
    recount(cafe)
    assert {rank(member) for member in members} == {0, 1, 2}
    ladder = ladder_for(cafe.pk, cafe.version)
    around = days_to_judge(ladder, TODAY)
    standings = Standings.load(ladder, ladder, {it.account_id: around for it in members})
    for member in members:
        hold = best_hold(standings.days(member.account_id), TODAY)
        person = standings.person(member.account_id)
        assert hold is not None
        assert (person.rung, person.review_on) == (hold.rung, hold.until)


@pytest.mark.parametrize("window", WINDOWS)
def test_what_is_right_already_is_not_written(cafe: Program, window: str) -> None:
    make_tiers(cafe, 0, 250_00, 500_00, window=window, kept_years=2)
    crowd(cafe)
    assert recount(cafe) > 0
    assert recount(cafe) == 0
    assert recounting.candidates(ladder_for(cafe.pk, cafe.version), TODAY) == []


@pytest.mark.parametrize("before", WINDOWS)
@pytest.mark.parametrize("after", WINDOWS)
def test_one_pass_finds_all_that_another_policy_changes(
    cafe: Program, before: str, after: str
) -> None:
    make_tiers(cafe, 0, 250_00, 500_00, window=before)
    members = crowd(cafe)
    recount(cafe)
    tiers.save_policy(cafe, by=None, now=NOON, window=after)
    recount(cafe)
    ladder = ladder_for(cafe.pk, cafe.version)
    around = days_to_judge(ladder, TODAY)
    standings = Standings.load(ladder, ladder, {it.account_id: around for it in members})
    for member in members:
        held = standings.person(member.account_id).held
        due = recounted(standings.days(member.account_id), held, TODAY)
        # The day of review in a rolling window is looked up by the review itself.
        assert due == held or (after == "rolling" and due.rung == held.rung)
    assert recount(cafe) == 0


def test_a_lower_threshold_raises_at_once_and_gives_nothing_on_entry(ana: Member) -> None:
    _base, silver = make_tiers(ana.program, 0, 350_00)
    spend(ana, TODAY, 300_00)
    before = points(ana)
    tiers.save_tier(ana.program, silver, by=None, now=NOON, threshold=300_00, entry_points=500)
    assert recount(ana.program) == 1
    assert (rank(ana), review_on(ana)) == (1, date(2028, 1, 1))
    assert TierChange.objects.get().reason == f"recount:{TODAY}"
    assert points(ana) == before
    assert letters(ana, "tier_reached") == []


def test_a_higher_threshold_takes_nothing_before_the_day_that_was_told(ana: Member) -> None:
    _base, silver = make_tiers(ana.program, 0, 200_00)
    spend(ana, TODAY, 250_00)
    told = review_on(ana)
    assert told == date(2028, 1, 1)
    tiers.save_tier(ana.program, silver, by=None, now=NOON, threshold=300_00)
    assert recount(ana.program) == 0
    assert (rank(ana), review_on(ana)) == (1, told)
    night(ana.program, told)
    assert rank(ana) == 0


def test_who_had_a_tier_for_good_gets_the_time_of_a_notice(ana: Member) -> None:
    _base, silver = make_tiers(ana.program, 0, 200_00, window="lifetime")
    spend(ana, TODAY, 250_00)
    tiers.save_tier(ana.program, silver, by=None, now=NOON, threshold=300_00)
    recount(ana.program)
    assert (rank(ana), review_on(ana)) == (1, TODAY + timedelta(30))
    tiers.warn(ana.program, TODAY, NOON)
    [letter] = letters(ana, "tier_at_risk")
    assert letter.context["missing"] == 50_00
    assert recount(ana.program) == 0
    night(ana.program, TODAY + timedelta(30))
    assert rank(ana) == 0


def test_who_has_no_days_any_more_is_found_too(ana: Member) -> None:
    make_tiers(ana.program, 0, 200_00, window="lifetime")
    spend(ana, date(2020, 6, 2), 250_00)
    assert review_on(ana) is None
    tiers.save_policy(ana.program, by=None, now=NOON, window="calendar_year")
    recount(ana.program)
    assert review_on(ana) == TODAY + timedelta(30)


def test_another_program_is_left_alone(cafe: Program) -> None:
    bakery = make_program("bakery")
    for program in (cafe, bakery):
        make_tiers(program, 0, 250_00)
    crowd(bakery)
    assert recount(cafe) == 0
    assert not TierStatus.objects.exists()
    assert recount(bakery) > 0


def test_without_tiers_there_is_nothing_to_count(cafe: Program) -> None:
    assert recount(cafe) == tiers.review(cafe, TODAY, NOON) == tiers.warn(cafe, TODAY, NOON) == 0


@pytest.mark.parametrize("policy", [
    {"window": "calendar_year"}, {"window": "calendar_year", "kept_years": 0},
    {"window": "membership_year"}, {"window": "rolling"}, {"window": "lifetime"},
])  # fmt: skip
def test_living_day_by_day_ends_where_counting_at_once_does(
    cafe: Program, policy: dict[str, Any]
) -> None:
    """A history lived with its nights and one counted at its end give the same tiers."""
    make_tiers(cafe, 0, 250_00, 500_00, **policy)
    chance = random.Random(7)
    members = [make_member(cafe, f"m{number}@example.org") for number in range(8)]
    history = sorted(
        (date(2025, 6, 2) + timedelta(chance.randrange(700)), chance.randrange(8))
        for _ in range(40)
    )
    day = history[0][0]
    for on, number in history:
        nights(cafe, day, on)
        spend(members[number], on, chance.randrange(1, 25) * 10_00)
        day = on
    end = history[-1][0]
    lived = dict(TierStatus.objects.values_list("account", "tier__rank"))
    dates = dict(TierStatus.objects.values_list("account", "review_on"))
    TierStatus.objects.all().delete()
    recount(cafe, end)
    counted = dict(TierStatus.objects.values_list("account", "tier__rank"))
    assert {a: r for a, r in lived.items() if r} == {a: r for a, r in counted.items() if r}
    kept = dict(TierStatus.objects.values_list("account", "review_on"))
    assert kept == {account: on for account, on in dates.items() if account in kept}
