"""P08: a review is held until it is approved: a text 20, a photo 10 more, a rejected one 0."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from loyalty.flows import calls, deciding, letters
from loyalty.merchants.models import Role
from members.models import Member
from tests.makers import NOON, make_staff
from tests.portal.conftest import phone_of, read
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db
TEXT = {"key": "text", "kind": "long", "words": {"en": "Your review"}, "required": True}


@pytest.fixture(autouse=True)
def _pictures_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def photo() -> SimpleUploadedFile:
    drawn = io.BytesIO()
    Image.new("RGB", (8, 6), "brown").save(drawn, "PNG")
    return SimpleUploadedFile("me.png", drawn.getvalue(), "image/png")


def reviews(shop: Shop, **fields):
    """20 for a text, 10 more with a photo."""
    wallet = shop.program.wallets.get(code="points").pk
    call = calls.save(
        shop.fresh(), None, by=None, now=NOON, kind="review", name={"en": "Reviews"},
        questions=[TEXT], most_pictures=2,
        prizes=[{"kind": "points", "wallet": wallet, "points": 20}],
        picture_prizes=[{"kind": "points", "wallet": wallet, "points": 10}], **fields,
    )  # fmt: skip
    calls.switch(call, is_open=True, by=None, now=NOON)
    return call


class Desk:
    """The shop's reviewer, who decides in the dashboard."""

    def __init__(self, shop: Shop, client) -> None:
        self.slug, self.client = shop.program.slug, client
        staff = make_staff(shop.program, Role.REVIEWER)
        client.force_login(staff.user, "django.contrib.auth.backends.ModelBackend")

    def decide(self, contribution: str, act: str, reason: str = ""):
        place = f"/dashboard/{self.slug}/contributions/{contribution}/{act}/"
        return self.client.post(place, {"reason": reason})


def hand_in(shop: Shop, phone, call, **told) -> str:
    """A review as the portal's form sends it; the id of what was handed in."""
    page = f"/p/{shop.program.slug}/calls/{call.public_id}/"
    key = phone.get(page).context["form"]["key"].value()
    answer = phone.post(page, {"key": key, "rating": "5", "a-text": "Lovely", **told})
    assert answer.status_code == 302, read(answer)
    return str(answer["Location"].split("/")[-2])


def test_p08_product_reviews(client):
    shop = Shop()
    call = reviews(shop)
    desk = Desk(shop, client)
    with shop.at(2026, 6, 2, 12):
        ana = Member.objects.get(public_id=shop.join(email="ana@example.org"))
        phone = phone_of(ana)
        plain = hand_in(shop, phone, call, product="latte")
        with_photo = hand_in(shop, phone, call, product="mocha", pictures=photo())
        rude = hand_in(shop, phone, call, product="tea", **{"a-text": "Buy at mine"})
        assert shop.balance(ana.public_id) == 0  # Held until somebody has looked.
        desk.decide(plain, "approve")
        assert shop.balance(ana.public_id) == 20
        desk.decide(with_photo, "approve")
        assert shop.balance(ana.public_id) == 20 + 30
        desk.decide(rude, "reject", "This is an advertisement.")
        assert shop.balance(ana.public_id) == 50
        page = f"/p/{shop.program.slug}/contributions/{rude}/"
        assert "This is an advertisement." in read(phone.get(page))


def test_p08_once_per_product_and_member_and_taken_back_by_an_undo(client):
    shop = Shop()
    call = reviews(shop)
    desk = Desk(shop, client)
    with shop.at(2026, 6, 2, 12):
        member = shop.join(email="ana@example.org")
        phone = phone_of(Member.objects.get(public_id=member))
        made = hand_in(shop, phone, call, product="latte")
        for act, points in (("approve", 20), ("undo", 0), ("approve", 20), ("approve", 20)):
            desk.decide(made, act)
            assert shop.balance(member) == points
        page = f"/p/{shop.program.slug}/calls/{call.public_id}/"
        key = phone.get(page).context["form"]["key"].value()
        again = phone.post(page, {"key": key, "rating": "1", "a-text": "Again", "product": "Latte"})
        assert again.status_code == 409
        assert "You have reviewed this product already." in read(again)


def test_p08_told_by_the_shop_and_the_member_hears_why(mailoutbox):
    """A shop's machine tells of it twice: it is there once, and the letter says why not."""
    shop = Shop()
    call = reviews(shop)
    with shop.at(2026, 6, 2, 12):
        member = shop.join(email="ana@example.org")
        told = {
            "call": call.public_id, "member": member, "reference": "r-1", "product": "latte",
            "rating": 2, "answers": {"text": "Cold"},
            "picture_link": "https://shop.example.org/1.jpg",
        }  # fmt: skip
        first, second = (shop.till.post("contributions", told) for _twice in range(2))
        assert (first.status_code, second.status_code) == (201, 200)
        made = first.json()["id"]
        assert second.json()["id"] == made
        refused = shop.till.post(f"contributions/{made}/decision", {"decision": "reject"})
        assert refused.status_code == 422
        decided = shop.till.post(
            f"contributions/{made}/decision",
            {"decision": "reject", "reason": "Not about the coffee."},
        )
        assert decided.json()["state"] == "rejected"
        later = NOON + deciding.TO_THINK
        letters.send_due(clock=lambda: later)
    assert "Not about the coffee." in mailoutbox[-1].body
    assert shop.balance(member) == 0
