"""P11: what was bought before joining is paid on joining, each dated as it was bought."""

import pytest
from django.utils import timezone

from loyalty.flows import profile
from members.models import Member
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db


def test_p11_points_for_what_was_bought_before(db):
    shop = Shop(claim_days=60)
    shop.rule("Spend", effect={"kind": "per_spend", "points": 1, "per_minor": 100})
    sold = {"email": "ana@example.org"}
    for month, day, total in [(3, 1, "10.00"), (4, 10, "20.00"), (5, 20, "30.00")]:
        with shop.at(2026, month, day, 12):
            assert shop.buy(None, total, **sold)["status"] == "kept"
    with shop.at(2026, 6, 2, 12):
        ana = shop.join(email="ana@example.org")
        assert shop.balance(ana) == 0  # Anybody can say that an address is theirs.
        profile.verify_email(Member.objects.get(public_id=ana), now=timezone.now())
        assert shop.balance(ana) == 50
        entries = shop.till.get(f"members/{ana}/entries").json()["items"]
        assert {it["occurred_at"][:10]: it["points"] for it in entries} == {
            "2026-04-10": 20, "2026-05-20": 30,
        }  # fmt: skip
        assert shop.buy(None, "5.00", **sold)["status"] in ("kept", "earned")


def test_p11_a_claim_is_made_once(db):
    shop = Shop(claim_days=60)
    shop.rule("Spend", effect={"kind": "per_spend", "points": 1, "per_minor": 100})
    with shop.at(2026, 5, 20, 12):
        shop.buy(None, "30.00", email="ana@example.org")
    with shop.at(2026, 6, 2, 12):
        ana = shop.join(email="ana@example.org")
        member = Member.objects.get(public_id=ana)
        for _time in range(2):
            profile.verify_email(member, now=timezone.now())
        assert shop.balance(ana) == 30
