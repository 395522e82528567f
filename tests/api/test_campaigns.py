from datetime import timedelta

from django.utils import timezone

from tests.flows.test_campaigns import promise


def test_the_campaigns_that_hold_are_listed(till, cafe):
    now = timezone.now()
    promise(cafe, starts_at=now - timedelta(1), ends_at=now + timedelta(1))
    (told,) = till.get("campaigns").json()["items"]
    assert (told["name"], told["is_live"]) == ({"en": "Double"}, True)
    assert told["sentence"] == "2 times the usual"


def test_a_quote_tells_what_they_would_add(till, cafe):
    now = timezone.now()
    campaign = promise(cafe, starts_at=now - timedelta(1), ends_at=now + timedelta(1))
    told = till.post("quotes", {"total": "10.00"}).json()
    assert told["points"] == {"points": 20}
    assert [(it["id"], it["points"]) for it in told["campaigns"]] == [(campaign.public_id, 10)]


def test_a_stranger_sees_none(stranger, cafe):
    now = timezone.now()
    promise(cafe, starts_at=now - timedelta(1), ends_at=now + timedelta(1))
    assert stranger.get("campaigns").json() == {"items": []}
