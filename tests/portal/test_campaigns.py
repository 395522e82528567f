"""What members and guests read of campaigns."""

from datetime import timedelta

import pytest
from django.test import Client

from loyalty.flows import segments
from tests.flows.test_campaigns import plan, promise
from tests.makers import NOON
from tests.portal.conftest import read


@pytest.mark.parametrize("address", ["/p/cafe/home/", "/p/cafe/"])
def test_what_holds_is_shown_with_the_days_that_are_left(cafe, phone, address):
    promise(cafe, about={"en": "Come on a quiet day."}, ends_at=NOON + timedelta(days=3))
    page = read(phone.get(address))
    assert "Double" in page
    assert "Come on a quiet day." in page
    assert "3 days left" in page


def test_what_begins_soon_is_announced(cafe, phone):
    promise(cafe, starts_at=NOON + timedelta(days=5), ends_at=NOON + timedelta(days=6))
    assert "from 7 Jun" in read(phone.get("/p/cafe/home/"))


def test_a_draft_is_not_told(cafe, phone):
    plan(cafe)
    assert "Double" not in read(phone.get("/p/cafe/home/"))


def test_what_is_for_some_is_shown_to_them_alone(cafe, ana, phone):
    testers = segments.save(cafe, None, name={"en": "Testers"}, kind="list", by=None, now=NOON)
    promise(cafe, conditions=[{"kind": "segment", "segments": [testers.public_id]}])
    addresses = ("/p/cafe/home/", "/p/cafe/")
    assert not any("Double" in read(phone.get(address)) for address in addresses)
    segments.put_on_list(testers, [ana.email], by=None, now=NOON)
    page = read(phone.get("/p/cafe/home/"))
    assert "Double" in page
    assert "for chosen members" in page
    assert "Testers" not in page
    assert "Double" not in read(Client().get("/p/cafe/"))
