"""What members and guests read of campaigns."""

from datetime import timedelta

import pytest

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
