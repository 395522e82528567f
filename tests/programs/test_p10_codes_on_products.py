"""P10: a code on the product gives 100 points once, to the first, and also to who joins for it."""

import pytest
import time_machine
from django.test import Client

from loyalty.flows import code_batches
from tests.makers import NOON
from tests.portal.conftest import make_user, read, sign_in
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db


def print_codes(shop: Shop, kind: str = "single", **fields) -> list[str]:
    """The codes of a new batch, as they stand on the sheet."""
    fields = {
        "points": 100,
        "count": 3,
        "wallet": shop.program.wallets.get(code="points"),
        **fields,
    }
    batch = code_batches.make(
        shop.fresh(), name={"en": "Cold brew"}, kind=kind, by=None, now=NOON, **fields
    )
    return [code for _number, code in code_batches.printed(batch)]


def tell(shop: Shop, member: str, code: str):
    return shop.till.post("codes", {"member": member, "code": code})


def test_p10_a_code_scanned_twice_gives_100(db):
    shop = Shop()
    with shop.at(2026, 6, 2, 12):
        ana = shop.join()
        code, *_others = print_codes(shop)
        link = f"https://points.example.org/c/{code.replace('-', '').lower()}"
        assert [tell(shop, ana, it).status_code for it in (code, link)] == [201, 200]
        assert shop.balance(ana) == 100


def test_p10_a_single_use_code_is_the_firsts_and_a_shared_one_is_everybodys(db):
    shop = Shop()
    with shop.at(2026, 6, 2, 12):
        ana, ben = shop.join(), shop.join()
        own, *_others = print_codes(shop)
        [shared] = print_codes(shop, "shared", word="summer 26")
        assert shared == "SUMMER26"
        assert tell(shop, ana, own).status_code == 201
        refused = tell(shop, ben, own)
        assert (refused.status_code, refused.json()["code"]) == (409, "code_refused")
        for member in (ana, ana, ben, ben):
            tell(shop, member, "Summer-26")
        assert (shop.balance(ana), shop.balance(ben)) == (200, 100)


def test_p10_a_scan_before_sign_up_is_kept_and_paid_on_sign_up(db):
    shop = Shop()
    code, *_others = print_codes(shop)
    slug = shop.program.slug
    with time_machine.travel(NOON, tick=False):
        zoe = make_user("zoe@example.org")
        phone = Client()
        scanned = phone.get(f"/c/{code.replace('-', '')}", follow=True)
        assert "Your code is kept" in read(scanned)
        # She makes an account in the same browser, and comes back to join.
        phone.force_login(zoe, "django.contrib.auth.backends.ModelBackend")
        joined = phone.post(f"/p/{slug}/join/", {"name": "Zoe", "language": "en"}, follow=True)
        assert "100 points for “Cold brew”. It is yours." in read(joined)
        again = sign_in(make_user("yai@example.org")).get(f"/c/{code.replace('-', '')}")
        assert again.status_code == 404
    with shop.at(2026, 6, 2, 13):
        member = shop.till.get("members?email=zoe@example.org").json()["items"][0]["id"]
        assert shop.balance(member) == 100
