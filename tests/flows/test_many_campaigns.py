"""However many campaigns are live, a purchase asks the database as often."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from loyalty.flows.settings import bump
from tests.makers import NOON, buy
from tests.replays.lives import plan

FAR = {"starts_at": NOON.replace(year=2025), "ends_at": NOON.replace(year=2027)}
SHARE = {"kind": "minimum_spend", "minor": 1_00}


def questions(member) -> int:
    buy(member)  # What is compiled once is compiled by now.
    with CaptureQueriesContext(
        connection,
    ) as asked:
        buy(member)
    return len(asked)


@pytest.mark.django_db
def test_fifty_campaigns_ask_no_more_than_one(cafe, ana):
    limits = {"caps": [{"limit": 10**6, "period": "day"}], "budget": 10**9}
    plan(cafe, live=True, conditions=[SHARE], **limits, **FAR)
    one = questions(ana)
    model = Campaign.objects.get()
    Campaign.objects.bulk_create(_copies(model, 49))
    bump(cafe)
    assert questions(ana) == one
    assert Campaign.objects.live(NOON).count() == 50


def _copies(model, number):
    told = {
        field.attname: getattr(model, field.attname)
        for field in Campaign._meta.concrete_fields
        if field.name not in ("id", "public_id")
    }
    return [Campaign(**told) for _copy in range(number)]
