"""A campaign tried on the past, in the dashboard."""

import pytest
import time_machine
from django.utils import timezone

from campaigns.replays.models import Replay
from loyalty.flows import replays
from loyalty.insights.replay.running import Run
from loyalty.merchants.models import Role
from loyalty.public_ids import new_public_id
from tests.dashboard.things import make_campaign
from tests.makers import NOON, buy, make_member, make_staff

HERE = "/dashboard/cafe/campaigns/"
JUNE = {"first": "2026-06-01", "last": "2026-06-02"}


@pytest.fixture
def double(earns):
    """A draft of a double day, a purchase of 20.00, and the morning after."""
    ana = make_member(earns, name="Ana Amsel")
    buy(ana, 20_00)
    with time_machine.travel(NOON.replace(day=3), tick=False):
        yield make_campaign(earns)


def ask(desk, campaign, **fields):
    told = {**JUNE, "once": new_public_id(), **fields}
    return desk.post(f"{HERE}{campaign.public_id}/replay/", told)


def work():
    replays.run_open(Run.of, clock=timezone.now)


def test_it_is_asked_for_waited_for_and_read(desk, double):
    asked = ask(desk, double, worth="25.00", percent="50")
    page = desk.get(asked.url).content.decode()
    assert "0 of 1" in page
    assert 'http-equiv="refresh"' in page
    work()
    page = desk.get(asked.url).content.decode()
    for told in ("Points it would have given", "฿2.50", "฿5.00", "Ana Amsel", "2 times the usual"):
        assert told in page
    assert b"20" in b"".join(desk.get(f"{asked.url}csv/"))
    assert "1 Jun" in desk.get(f"{HERE}{double.public_id}/").content.decode()


def test_the_waiting_page_is_left_when_it_is_done(desk, double):
    asked = ask(desk, double)
    part = desk.get(asked.url, headers={"hx-request": "true"})
    assert part.content.decode().lstrip().startswith("<div")
    work()
    assert desk.get(asked.url, headers={"hx-request": "true"})["HX-Refresh"] == "true"


def test_two_clicks_ask_once(desk, double):
    once = new_public_id()
    assert ask(desk, double, once=once).url == ask(desk, double, once=once).url
    assert Replay.objects.count() == 1


def test_one_that_is_called_off_says_so(desk, double):
    asked = ask(desk, double)
    desk.post(f"{asked.url}cancel/")
    work()
    assert Replay.objects.get().state == "cancelled"
    assert "It was called off." in desk.get(asked.url).content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"first": "2026-06-02", "last": "2026-05-01"}, "The last day comes after the first."),
        ({"last": "2026-08-01"}, "These days are not over yet."),
        ({"first": "2020-06-01"}, "Choose at most 366 days."),
        ({"first": "soon"}, "Enter a valid date."),
        ({"percent": "101"}, "less than or equal to 100"),
    ],
)
def test_what_cannot_be_tried_is_said(desk, double, fields, sentence):
    answer = ask(desk, double, **fields)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_draft_is_tried_from_its_builder(desk, double):
    page = f"{HERE}{double.public_id}/edit/"
    form = {
        "name_en": "Triple days", "trigger": "purchase", "wallet": "points", "effect": "times",
        "effect-times-percent": "3", "starts_at": "2026-07-01T00:00",
        "ends_at": "2026-07-02T00:00", "stacking": "multiply", "priority": "0", "act": "replay",
        "once": double.public_id,
    }  # fmt: skip
    asked = desk.post(page, form)
    assert "/replays/" in asked.url
    double.refresh_from_db()
    assert double.effect["percent"] == 300
    replay = Replay.objects.get()
    assert (replay.since.isoformat(), replay.until.isoformat()) == ("2026-05-01", "2026-06-01")


def test_a_change_of_what_is_promised_is_tried_and_not_made(desk, double):
    double.ends_at = NOON.replace(month=9)
    double.save()
    desk.post(f"{HERE}{double.public_id}/go/")
    form = {
        "name_en": "Triple days", "trigger": "purchase", "wallet": "points", "effect": "times",
        "effect-times-percent": "3", "starts_at": "2026-06-02T12:00",
        "ends_at": "2026-09-02T12:00", "stacking": "multiply", "priority": "0", "act": "replay",
        "once": double.public_id,
    }  # fmt: skip
    desk.post(f"{HERE}{double.public_id}/edit/", form)
    double.refresh_from_db()
    assert double.effect["percent"] == 200
    assert Replay.objects.get().told["effect"]["percent"] == 300


def test_an_analyst_tries_and_a_reviewer_only_reads(sign_in, cafe, double):
    analyst = sign_in(make_staff(cafe, Role.ANALYST))
    reviewer = sign_in(make_staff(cafe, Role.REVIEWER))
    assert ask(reviewer, double).status_code == 403
    asked = ask(analyst, double)
    assert asked.status_code == 302
    assert reviewer.get(asked.url).status_code == 200
