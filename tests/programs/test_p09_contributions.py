"""P09: members apply, staff approve; points, a badge, and the ways to earn that the badge opens."""

import pytest

from loyalty.flows import badges, calls
from loyalty.merchants.models import Role
from members.models import Member
from tests.makers import NOON, make_staff
from tests.portal.conftest import phone_of, read
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db
WHY = {"key": "why", "kind": "long", "words": {"en": "Why you?"}, "required": True}
PAGE = {"key": "page", "kind": "link", "words": {"en": "Your page"}, "required": True}


def call_of(shop: Shop, name: str, points: int, **fields):
    wallet = shop.program.wallets.get(code="points").pk
    prizes = [{"kind": "points", "wallet": wallet, "points": points}, *fields.pop("also", [])]
    made = calls.save(
        shop.fresh(), None, by=None, now=NOON, name={"en": name}, prizes=prizes, **fields
    )
    calls.switch(made, is_open=True, by=None, now=NOON)
    return made


def squad(shop: Shop):
    """The ambassador squad: 500 points, a badge, and three calls that only its holders see."""
    badge = badges.save(shop.fresh(), None, by=None, now=NOON, name={"en": "Ambassador"})
    for name in ("Write for our blog", "Model for us", "Test a roast"):
        call_of(shop, name, 50, questions=[WHY], badge=badge, is_repeatable=True)
    return call_of(
        shop, "Ambassador squad", 500, questions=[WHY, PAGE],
        also=[{"kind": "badge", "badge": badge.pk}],
    )  # fmt: skip


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def desk(shop, client):
    staff = make_staff(shop.program, Role.REVIEWER)
    client.force_login(staff.user, "django.contrib.auth.backends.ModelBackend")
    return client


def test_p09_an_approved_ambassador_has_500_more_and_three_more_ways_to_earn(shop, desk):
    call = squad(shop)
    with shop.at(2026, 6, 2, 12):
        ana = Member.objects.get(public_id=shop.join(email="ana@example.org"))
        phone, slug = phone_of(ana), shop.program.slug
        seen = phone.get(f"/p/{slug}/calls/").context["calls"]
        assert [str(it.call.name) for it in seen] == ["Ambassador squad"]
        page = f"/p/{slug}/calls/{call.public_id}/"
        key = phone.get(page).context["form"]["key"].value()
        told = {"key": key, "a-why": "I like it", "a-page": "https://ana.example.org/coffee"}
        made = phone.post(page, told)["Location"]
        assert phone.post(page, told)["Location"] == made  # A double click is one application.
        assert phone.post(made, told | {"a-why": "I love it"}).status_code == 302
        queue = desk.get(f"/dashboard/{slug}/contributions/")
        assert "I love it" in read(queue)
        waiting = queue.context["shown"][0]["it"]
        desk.post(f"/dashboard/{slug}/contributions/{waiting.public_id}/approve/")
        assert shop.balance(ana.public_id) == 500
        seen = phone.get(f"/p/{slug}/calls/").context["calls"]
        assert {str(it.call.name) for it in seen} == {
            "Write for our blog", "Model for us", "Test a roast",
        }  # fmt: skip


def test_p09_what_was_withdrawn_cannot_be_approved(shop, desk):
    call = squad(shop)
    with shop.at(2026, 6, 2, 12):
        ana = Member.objects.get(public_id=shop.join(email="ana@example.org"))
        phone, slug = phone_of(ana), shop.program.slug
        page = f"/p/{slug}/calls/{call.public_id}/"
        for _time in range(2):  # Who withdrew may apply again.
            key = phone.get(page).context["form"]["key"].value()
            told = {"key": key, "a-why": "I like it", "a-page": "https://ana.example.org/coffee"}
            made = phone.post(page, told)["Location"]
            phone.post(f"{made}withdraw/")
            desk.post(f"/dashboard/{slug}/contributions/{made.split('/')[-2]}/approve/")
            assert shop.balance(ana.public_id) == 0


def test_p09_a_badge_is_a_condition_of_an_earning_rule_too(shop, desk):
    call = squad(shop)
    badge = shop.program.badges.get()
    shop.rule(
        "Ambassadors share", trigger="shared_a_link", effect={"kind": "fixed", "points": 15},
        conditions=[{"kind": "badge", "badges": [badge.public_id]}],
    )  # fmt: skip
    with shop.at(2026, 6, 2, 12):
        ana = Member.objects.get(public_id=shop.join(email="ana@example.org"))
        shop.do(ana.public_id, "shared_a_link")
        assert shop.balance(ana.public_id) == 0
        made = shop.till.post(
            "contributions",
            {"call": call.public_id, "member": ana.public_id, "reference": "a-1",
             "answers": {"why": "I like it"}},
        ).json()  # fmt: skip
        shop.till.post(f"contributions/{made['id']}/decision", {"decision": "approve"})
    with shop.at(2026, 6, 2, 13):
        shop.do(ana.public_id, "shared_a_link")
        assert shop.balance(ana.public_id) == 515
