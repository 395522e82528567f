"""Trying a campaign on the past, and comparing its groups, by machine."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from loyalty.flows import replays
from loyalty.insights.replay.running import Run
from tests.api.conftest import make_caller
from tests.makers import NOON, buy, make_member
from tests.replays.lives import plan, seed_for

JUNE = {"first_day": "2026-06-01", "last_day": "2026-06-02"}


@pytest.fixture
def till(cafe):
    with time_machine.travel(NOON + timedelta(2), tick=False):
        yield make_caller(cafe)


def test_a_replay_is_asked_for_and_read(cafe, ana, till):
    buy(ana, 20_00)
    draft = plan(cafe)
    here = f"campaigns/{draft.public_id}/replays"
    asked = till.post(here, {**JUNE, "spent_percent": 50})
    assert asked.status_code == 201
    assert asked.json()["result"] is None
    replays.run_open(Run.of, clock=timezone.now)
    told = till.get(f"{here}/{asked.json()['id']}").json()
    assert (told["state"], told["done"], told["total"]) == ("done", 1, 1)
    assert (told["result"]["points"], told["result"]["members_gaining"]) == (20, 1)
    assert told["result"]["winners"][0]["member"] == ana.public_id
    assert [it["id"] for it in till.get(here).json()["items"]] == [told["id"]]


def test_what_cannot_be_tried_is_refused(cafe, till):
    here = f"campaigns/{plan(cafe).public_id}/replays"
    assert till.post(here, {**JUNE, "last_day": "2026-05-01"}).status_code == 409
    assert till.post(here, {"first_day": "soon"}).status_code == 400
    assert till.post("campaigns/nobody/replays", JUNE).status_code == 404


def test_both_groups_are_told(cafe, till):
    members = [make_member(cafe, f"m{number}@example.org") for number in range(4)]
    seed = seed_for(members, members[:2], 50)
    campaign = plan(
        cafe, live=True, public_id=seed, held_out_percent=50, starts_at=NOON - timedelta(1),
        ends_at=NOON + timedelta(1),
    )  # fmt: skip
    buy(members[3], 20_00)
    told = till.get(f"campaigns/{campaign.public_id}/lift").json()
    spend = told["figures"][0]
    assert (spend["name"], spend["treated"]["mean"], spend["held_out"]["mean"]) == (
        "spend", 1000, 0,
    )  # fmt: skip
    assert "Not distinguishable from zero yet" in spend["sentence"]
