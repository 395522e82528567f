"""Shops: each with the code that its till sends."""

import pytest

from loyalty.merchants.models import AuditEntry
from loyalty.public_ids import new_public_id

SIAM = {"name_en": "Siam Square", "name_th": "สยามสแควร์", "code": "siam-1"}


def add(desk, **fields):
    return desk.post("/dashboard/cafe/shops/new/", {**SIAM, "once": new_public_id(), **fields})


def test_a_shop_is_added_and_listed(desk, cafe) -> None:
    assert add(desk).status_code == 302
    page = desk.get("/dashboard/cafe/shops/").content.decode()
    assert "Siam Square" in page
    assert "siam-1" in page


def test_a_second_click_adds_none(desk, cafe) -> None:
    once = new_public_id()
    add(desk, once=once)
    assert add(desk, once=once).status_code == 302
    assert cafe.merchant.locations.count() == 1
    assert AuditEntry.objects.filter(action="location.make").count() == 1


@pytest.mark.parametrize("code", ["siam-1", "two words", "", "x" * 41, "a,b"])
def test_a_code_is_one_word_and_used_once(desk, cafe, code) -> None:
    add(desk)
    answer = add(desk, code=code, name_en="Kept as typed")
    assert answer.status_code == 422
    assert "Kept as typed" in answer.content.decode()


def test_a_shop_is_renamed(desk, cafe) -> None:
    add(desk)
    shop = cafe.merchant.locations.get()
    told = {**SIAM, "once": shop.public_id, "code": "siam-2"}
    assert desk.post(f"/dashboard/cafe/shops/{shop.public_id}/", told).status_code == 302
    shop.refresh_from_db()
    assert shop.code == "siam-2"
