"""Challenges: counted as members buy and do things, taken back by refunds, won once."""

from datetime import timedelta

import pytest

from campaigns.challenges.models import Completion, Mark
from loyalty.flows import challenges, erase, merge, running
from loyalty.flows.challenges import ChallengeRefused
from loyalty.insights.own_data import own_data
from loyalty.purchases.sale import SaleLine
from tests.at_once import times
from tests.flows.games import BUY, LATTE, REVIEW, make_challenge, points
from tests.makers import (
    NOON,
    bring_back,
    buy,
    do,
    make_member,
    make_program,
    make_reward,
    make_staff,
)
from tests.makers import points as points_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def shop(db):
    """No rule of its own gives points here."""
    return make_program("shop")


@pytest.fixture
def nok(shop):
    return make_member(shop, "nok@example.org", name="Nok")


def balance(member):
    return points_of(member)


def test_steps_in_any_order_give_the_prize_once(shop, nok):
    make_challenge(shop)
    do(nok, "review")
    for _time in range(2):
        buy(nok)
    assert balance(nok) == 0
    buy(nok)
    assert balance(nok) == 50
    for _time in range(3):
        buy(nok)
    do(nok, "review")
    assert (balance(nok), Completion.objects.count()) == (50, 1)


def test_the_same_sale_counts_once(shop, nok):
    make_challenge(shop, BUY)
    for _time in range(5):
        buy(nok, reference="till-1")
    assert Mark.objects.count() == 1


def test_a_step_asks_what_a_rule_can_ask(shop, nok):
    make_challenge(shop, BUY | {"times": 1, "conditions": [
        LATTE, {"kind": "minimum_spend", "minor": 100_00, "of": "lines"}
    ]})  # fmt: skip
    buy(nok, 0, SaleLine(amount_minor=99_00, product="Latte"))
    buy(nok, 0, SaleLine(amount_minor=100_00, product="Tea"))
    assert balance(nok) == 0
    buy(nok, 0, SaleLine(amount_minor=100_00, product="LATTE"))
    assert balance(nok) == 50


def test_within_days_the_oldest_falls_out(shop, nok):
    make_challenge(shop, BUY, days=14)
    for ago in (0, 10, 14):  # The first one is out on the fifteenth day.
        buy(nok, made_at=NOON + ago * DAY)
    assert balance(nok) == 0
    buy(nok, made_at=NOON + 23 * DAY)  # Days 10, 14 and 23 lie within fourteen days.
    assert balance(nok) == 50


def test_a_refund_takes_progress_back_until_it_is_done(shop, nok):
    make_challenge(shop, BUY)
    first = buy(nok)
    buy(nok)
    bring_back(nok, first)
    buy(nok)
    assert balance(nok) == 0
    last = buy(nok)
    assert balance(nok) == 50
    bring_back(nok, last)
    assert balance(nok) == 50


def test_a_refund_below_the_minimum_takes_progress_back(shop, nok):
    make_challenge(shop, BUY | {"conditions": [{"kind": "minimum_spend", "minor": 50_00}]})
    bought = buy(nok, 100_00)
    bring_back(nok, bought, 40_00)
    assert Mark.objects.count() == 1
    bring_back(nok, bought, 20_00)
    assert Mark.objects.count() == 0


def test_who_may_begin_again_has_the_prize_again(shop, nok):
    make_challenge(shop, BUY, repeats=True)
    for _time in range(7):
        buy(nok)
    assert balance(nok) == 100
    assert list(Completion.objects.values_list("number", flat=True)) == [1, 2]


def test_before_it_starts_and_after_its_end_nothing_counts(shop, nok):
    made = make_challenge(shop, BUY | {"times": 1}, ends_at=NOON + DAY)
    buy(nok, made_at=NOON - DAY)
    buy(nok, made_at=NOON + DAY)
    assert Mark.objects.count() == 0
    running.pause(made, by=None, now=NOON)
    shop.refresh_from_db()
    buy(nok)
    assert Mark.objects.count() == 0


def test_a_prize_that_has_run_out_stops_no_sale(shop, nok):
    reward = make_reward(shop, stock=1)
    make_challenge(shop, BUY | {"times": 1}, prize={"kind": "reward", "reward": reward.pk})
    ben = make_member(shop, "ben@example.org")
    buy(nok)
    assert buy(ben).status == "earned"
    assert [bool(it.prize) for it in Completion.objects.order_by("pk")] == [True, False]


@pytest.mark.django_db(transaction=True)
def test_three_prizes_are_won_three_times(transactional_db):
    shop = make_program("shop")
    made = make_challenge(shop, BUY | {"times": 1}, winners=3)
    people = [make_member(shop, f"m{number}@example.org") for number in range(8)]
    times(8, lambda number: buy(people[number]))
    made.refresh_from_db()
    assert made.won == Completion.objects.count() == 3
    assert sum(balance_or_none(it) for it in people) == 150


def balance_or_none(member):
    return sum(it.points for it in member.account.balances.all())


# --- Streaks ---------------------------------------------------------------------------------


def weeks_of(member, *weeks):
    """A purchase on the Tuesday of each week, counted from NOON's."""
    for week in weeks:
        buy(member, made_at=NOON + week * 7 * DAY)


def test_four_weeks_in_a_row(shop, nok):
    make_challenge(shop, BUY | {"times": 1}, kind="streak", weeks=4)
    weeks_of(nok, 0, 1, 2)
    assert balance(nok) == 0
    weeks_of(nok, 3)
    assert balance(nok) == 50


def test_a_missed_week_begins_it_anew(shop, nok):
    make_challenge(shop, BUY | {"times": 1}, kind="streak", weeks=4)
    weeks_of(nok, 0, 1, 2, 4, 5, 6)
    assert balance(nok) == 0
    weeks_of(nok, 7)
    assert balance(nok) == 50


def test_a_streak_that_repeats_takes_new_weeks(shop, nok):
    make_challenge(shop, BUY | {"times": 1}, kind="streak", weeks=2, repeats=True)
    weeks_of(nok, 0, 1, 1, 2)
    assert balance(nok) == 50
    weeks_of(nok, 3)
    assert balance(nok) == 100


# --- What cannot be --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"ends_at": NOON}, "ends_at"),
        ({"steps": []}, "steps"),
        ({"steps": [BUY, BUY]}, "steps"),
        ({"steps": [BUY | {"times": 0}]}, "steps.0.times"),
        ({"steps": [REVIEW | {"conditions": [LATTE]}]}, "steps.0.conditions.0.kind"),
        ({"steps": [BUY | {"trigger": "Kauf!"}]}, "steps.0.trigger"),
        ({"kind": "streak"}, "weeks"),
        ({"kind": "streak", "weeks": 8, "ends_at": NOON + 14 * DAY}, "ends_at"),
        ({"winners": 0}, "winners"),
        ({"prize": {"kind": "car"}}, "prize.kind"),
        ({"name": {}}, "name"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_is_told_in_a_sentence(shop, told, field):
    with pytest.raises(ChallengeRefused) as refused:
        make_challenge(shop, **({"steps": [BUY]} | told))
    assert field in refused.value.facts["problems"]


def test_what_members_have_begun_stays(shop, nok):
    made = make_challenge(shop, BUY)
    with pytest.raises(ChallengeRefused) as refused:
        challenges.save(shop, made, by=None, now=NOON, steps=[BUY | {"times": 9}])
    assert "steps" in refused.value.facts["problems"]
    changed = challenges.save(shop, made, by=None, now=NOON, name={"en": "Often"}, winners=9)
    assert (str(changed.name), changed.winners) == ("Often", 9)
    assert points(shop)["points"] == changed.prize["points"]


# --- People ------------------------------------------------------------------------------------


def test_who_becomes_one_goes_on_with_what_both_did(shop, nok):
    make_challenge(shop, BUY)
    twin, owner = make_member(shop, "twin@example.org"), make_staff(shop)
    buy(twin)
    buy(nok)
    done = merge.merge(nok, twin, reason="One person", now=NOON, by=owner)
    merge.part(done, reason="Two people", now=NOON, by=owner)
    buy(nok)
    assert balance(nok) == 0
    merge.merge(nok, twin, reason="One person", now=NOON, by=owner)
    buy(nok)
    assert balance(nok) == 50


def test_of_who_is_forgotten_no_step_is_left(shop, nok):
    make_challenge(shop, BUY)
    buy(nok)
    assert own_data(nok)["challenge_steps"][0]["step"] == 1
    erase.erase(nok, now=NOON)
    assert not Mark.objects.exists()
