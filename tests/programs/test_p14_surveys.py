"""P14: answering a survey earns once; a second answer replaces the first and earns nothing."""

import re
from datetime import timedelta

import pytest
from django.core import mail

from loyalty.flows import clock, letters, surveys
from members.models import Member
from tests.makers import NOON, choose
from tests.portal.conftest import phone_of, read
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db

NPS = {"key": "score", "kind": "nps"}
WHY = {"key": "why", "kind": "long", "words": {"en": "Why?", "th": "เพราะอะไร"}}


def survey(shop: Shop, **fields):
    """25 points for a score and a reason."""
    wallet = shop.program.wallets.get(code="points")
    made = surveys.save(
        shop.fresh(), None, by=None, now=NOON, name={"en": "How was it?"}, questions=[NPS, WHY],
        prizes=[{"kind": "points", "wallet": wallet.pk, "points": 25}], **fields,
    )  # fmt: skip
    return surveys.become(made, "live", by=None, now=NOON)


def person(shop: Shop, email: str) -> Member:
    return Member.objects.get(public_id=shop.join(email=email))


def test_p14_paid_in_surveys():
    shop = Shop()
    asked = survey(shop)
    home = f"/p/{shop.program.slug}/home/"
    page = f"/p/{shop.program.slug}/surveys/{asked.public_id}/"
    with shop.at(2026, 6, 2, 12):
        ana = person(shop, "ana@example.org")
        phone = phone_of(ana)
        assert "How likely are you to recommend us" in read(phone.get(home))
        phone.post(page, {"a-score": "3"})  # One click on the first page.
        assert shop.balance(ana.public_id) == 25
        assert "Thank you. You get 25 points." in read(phone.get(page))
        phone.post(page, {"a-score": "9", "a-why": "Better now"})
        assert shop.balance(ana.public_id) == 25
        assert "How likely are you" not in read(phone.get(home))
    told = shop.till.get(f"surveys/{asked.public_id}/results").json()
    assert (told["answered"], told["score"]["value"], told["answers"]) == (1, "100.0", {"9": 1})


def test_p14_asked_after_a_purchase_and_answered_from_the_letter(client):
    """Three days after it, once in ninety; the link is of one survey, one member, and expires."""
    shop = Shop()
    survey(shop, asks="purchase", after_days=3, again_days=90)
    with shop.at(2026, 6, 2, 12):
        ana, ben = person(shop, "ana@example.org"), person(shop, "ben@example.org")
        choose(ana, offers=True)
        choose(ben, offers=True)
        shop.buy(ana.public_id, "100.00")
    with shop.at(2026, 6, 5, 12):
        at = NOON + timedelta(days=3)
        clock.keep(clock=lambda: at)
        letters.send_due(clock=lambda: at)
        asked = [it for it in mail.outbox if "recommend us" in it.subject]
        assert [it.to for it in asked] == [["ana@example.org"]]
        [link] = set(re.findall(r"https?://[^/]+(/p/[^\s]+/asked/[^\s]+)", asked[0].body))
        assert client.get(link + "?score=9").context["form"].initial["a-score"] == 9
        assert not shop.balance(ana.public_id)  # Who scans mail follows links, and answers nothing.
        for score in ("9", "2"):
            assert client.post(link, {"a-score": score}).status_code == 302
            assert shop.balance(ana.public_id) == 25
        assert client.get(link[:-2] + "/").status_code == 410
    with shop.at(2026, 7, 6, 12):
        assert client.post(link, {"a-score": "2"}).status_code == 410


def test_p14_the_results_are_worked_out_as_the_world_does():
    """Ten answers, six promoters, one detractor: 50; asked again by tier and by the API."""
    shop = Shop()
    asked = survey(shop)
    with shop.at(2026, 6, 2, 12):
        for score in (9, 9, 9, 10, 10, 10, 8, 8, 7, 2):
            told = shop.till.post(
                f"surveys/{asked.public_id}/answers",
                {"member": shop.join(), "answers": {"score": score}},
            )
            assert (told.status_code, told.json()["earned"]) == (
                201,
                ["25\N{NO-BREAK SPACE}points"],
            )
    told = shop.till.get(f"surveys/{asked.public_id}/results").json()
    assert told["score"] == {"value": "50.0", "low": "-0.2", "high": "77.1", "answers": 10}
    assert told["tiers"] == [{"tier": 0, "score": told["score"]}]
