"""Days that a member chooses, in their portal."""

from datetime import timedelta

import pytest

from tests.flows.test_campaigns import promise
from tests.makers import NOON
from tests.portal.conftest import read


@pytest.fixture
def doubled(cafe):
    return promise(
        cafe, starts_at=NOON - timedelta(days=9), ends_at=NOON + timedelta(days=30),
        conditions=[{"kind": "own_days", "days": 3}],
    )  # fmt: skip


def test_a_member_chooses_and_moves_days_in_the_portal(ana, phone, doubled):
    assert "<strong>3 days</strong> left to choose" in read(phone.get("/p/cafe/home/"))
    page = "/p/cafe/days/"
    here = f"{page}{doubled.public_id}/"
    assert 'type="date"' in phone.get(page).content.decode()
    assert phone.post(here, {"on": "2026-06-12"}).status_code == 302
    assert "12 June 2026" in read(phone.get(page))
    assert phone.post(here, {"on": "soon"}).status_code == 422
    assert phone.post(here, {"on": "2020-01-01"}).status_code == 409
    phone.post(f"{here}give-up/", {"on": "2026-06-12"})
    assert not ana.chosen_days.exists()


def test_who_has_no_such_campaign_is_told_so(phone, ana):
    assert "There are no days to choose now" in read(phone.get("/p/cafe/days/"))
    assert "left to choose" not in read(phone.get("/p/cafe/home/"))
