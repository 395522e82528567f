"""Campaigns in the dashboard: planned, tried, promised, ended."""

import pytest

from campaigns.models import Campaign
from loyalty.public_ids import new_public_id

HERE = "/dashboard/cafe/campaigns/"
DOUBLE = {
    "name_en": "Double days", "trigger": "purchase", "wallet": "points", "effect": "times",
    "effect-times-percent": "2", "starts_at": "2030-06-01T00:00", "ends_at": "2030-06-02T00:00",
    "stacking": "multiply", "priority": "0", "act": "schedule",
}  # fmt: skip


def post(desk, **fields):
    return desk.post(f"{HERE}new/", {**DOUBLE, "once": new_public_id(), **fields})


@pytest.fixture
def double(desk, cafe):
    assert post(desk).status_code == 302
    return cafe.campaigns.get()


def test_without_any_it_says_how_to_begin(desk):
    assert "No campaign is planned yet" in desk.get(HERE).content.decode()


def test_one_is_planned_and_promised_in_one_go(desk, double):
    assert (double.state, double.effect) == ("scheduled", {"kind": "times", "percent": 200})
    assert double.starts_at.isoformat() == "2030-05-31T17:00:00+00:00"  # Midnight in Bangkok.
    page = desk.get(HERE).content.decode()
    assert "2 times the usual" in page
    assert "Scheduled" in page


def test_a_draft_is_kept_and_promised_later(desk, cafe):
    post(desk, act="save")
    draft = cafe.campaigns.get()
    assert draft.state == Campaign.State.DRAFT
    desk.post(f"{HERE}{draft.public_id}/go/")
    draft.refresh_from_db()
    assert draft.state == Campaign.State.SCHEDULED


def test_what_is_wrong_is_said_and_what_was_typed_stays(desk, cafe):
    answer = post(desk, ends_at="2030-05-01T00:00")
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "A campaign ends after it starts." in page
    assert "Double days" in page
    assert not cafe.campaigns.exists()


def test_it_is_tried_on_a_basket_while_it_is_written(desk, cafe):
    from_rule = {"name_en": "", "basket-amount": "250"}
    told = desk.post(f"{HERE}try/", {**DOUBLE, "once": new_public_id(), **from_rule})
    assert "2 times the usual" in told.content.decode()


def test_it_is_copied(desk, double):
    page = desk.get(f"{HERE}new/?copy={double.public_id}").content.decode()
    assert 'value="Double days"' in page
    assert "2030-06-01" not in page


def test_ending_it_is_asked_once_more(desk, double):
    address = f"{HERE}{double.public_id}/end/"
    assert "cannot go on again" in desk.get(address).content.decode()
    double.refresh_from_db()
    assert double.state == Campaign.State.SCHEDULED
    assert desk.post(address).status_code == 302
    double.refresh_from_db()
    assert double.state == Campaign.State.ENDED


def test_a_stranger_finds_nothing(stranger, sign_in, double):
    assert sign_in(stranger).get(f"{HERE}{double.public_id}/").status_code == 404
