"""A replay is a row that is owed: worked out once, begun anew after a loss, one at a time."""

from datetime import timedelta

import pytest

from campaigns.replays.models import Replay
from loyalty.flows import replays
from loyalty.flows.replays import ReplayRefused, ReplayRuns
from loyalty.insights.replay.running import Run
from loyalty.ledger.worth import Worth
from tests.makers import NOON, buy, give
from tests.replays.lives import NOW, plan

SINCE, UNTIL = NOON.date(), NOON.date() + timedelta(1)


@pytest.fixture
def draft(cafe, ana):
    buy(ana, 20_00)
    return plan(cafe)


def ask(draft, **fields):
    asked = {"since": SINCE, "until": UNTIL, "by": None, "now": NOW, "worth": Worth(100, 2500)}
    return replays.ask(draft, **(asked | fields))


def work(begin=Run.of, now=NOW):
    return replays.run_open(begin, clock=lambda: now)


class Broken:
    def __init__(self, replay):
        raise ValueError(replay.pk)


def test_what_it_came_to_is_kept_with_its_cost(draft):
    made = ask(draft, spent_basis_points=5_000)
    assert work() == 1
    made.refresh_from_db()
    assert (made.state, made.done, made.total) == ("done", 1, 1)
    assert made.result["whole"]["added"] == 20
    assert (made.result["cost_minor"], made.result["liability_minor"]) == (250, 500)
    assert work() == 0


def test_a_lost_worker_leaves_it_to_the_next(draft):
    made = ask(draft)
    assert replays.claim(now=NOW) == made
    assert replays.claim(now=NOW) is None  # Somebody is at it.
    assert work(now=NOW + timedelta(minutes=1)) == 1


def test_who_lost_it_writes_nothing_more(draft):
    ask(draft)
    lost = replays.claim(now=NOW)
    assert work(now=NOW + timedelta(minutes=1)) == 1
    assert not replays._end(lost, NOW, state="failed", error="late")
    assert Replay.objects.get().state == "done"


def test_one_that_always_fails_is_given_up(draft):
    made = ask(draft)
    for minute in range(replays.MOST_ATTEMPTS):
        work(Broken, NOW + timedelta(minutes=minute))
    made.refresh_from_db()
    assert (made.state, made.error) == ("failed", "broken")


def test_one_that_kills_its_worker_is_given_up(draft):
    made = ask(draft)
    for minute in range(replays.MOST_ATTEMPTS):
        assert replays.claim(now=NOW + timedelta(minutes=minute))
    work(now=NOW + timedelta(minutes=9))
    made.refresh_from_db()
    assert (made.state, made.error) == ("failed", "lost")


def test_a_campaign_is_tried_one_at_a_time(draft):
    ask(draft)
    with pytest.raises(ReplayRuns):
        ask(draft)
    replays.cancel(Replay.objects.get(), by=None, now=NOW)
    assert ask(draft).state == "open"


def test_only_what_is_given_for_purchases_can_be_tried(cafe):
    joining = plan(cafe, trigger="sign_up", effect={"kind": "fixed", "points": 5})
    with pytest.raises(ReplayRefused, match="Only what is given for purchases"):
        ask(joining)


def test_too_many_sales_are_refused(draft, monkeypatch):
    monkeypatch.setattr(replays, "MOST_SALES", 0)
    with pytest.raises(ReplayRefused, match="Choose fewer days"):
        ask(draft)


def test_what_is_spent_and_worth_comes_from_the_program(draft, cafe, ana):
    cafe.pay_points, cafe.pay_minor = 100, 1000
    cafe.save()
    made = ask(draft, worth=None)
    # Nothing was spent yet: all of it is expected to be.
    assert (made.spent_basis_points, made.worth_points, made.worth_minor) == (10_000, 100, 1000)


def test_old_ones_are_forgotten(draft, monkeypatch):
    monkeypatch.setattr(replays, "MOST_KEPT", 2)
    for _time in range(4):
        ask(draft)
        work()
    assert Replay.objects.count() == 2


def test_nobody_is_given_anything(draft, ana):
    give(ana, 1)
    before = ana.account.balances.get().points
    ask(draft)
    work()
    assert ana.account.balances.get().points == before
