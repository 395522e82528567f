"""Wallets: added once, renamed, and never turned into another kind."""

import pytest

from loyalty.flows import rules as flow
from tests.makers import NOON

STAMPS = {
    "kind": "stamps",
    "code": "stamps",
    "unit_one_en": "stamp",
    "unit_one_th": "ดวง",
    "unit_many_en": "stamps",
    "unit_many_th": "ดวง",
    "expiry": "months",
    "expiry_count": "6",
}


def add(desk, **fields):
    return desk.post("/dashboard/cafe/wallets/new/", {**STAMPS, **fields})


def test_a_wallet_is_added(desk, cafe) -> None:
    assert add(desk).status_code == 302
    wallet = cafe.wallets.get(code="stamps")
    assert (wallet.kind, wallet.expiry, wallet.expiry_count) == ("stamps", "months", 6)
    assert "Expires 6 months after" in desk.get("/dashboard/cafe/wallets/").content.decode()


def test_a_second_click_adds_none(desk, cafe) -> None:
    add(desk)
    assert add(desk).status_code == 302
    assert cafe.wallets.count() == 2


def test_a_code_is_taken_once(desk, cafe) -> None:
    answer = add(desk, code="points", unit_one_en="drop")
    assert answer.status_code == 422
    assert 'value="drop"' in answer.content.decode()


def test_cashback_counts_in_the_currencys_own_digits(desk, cafe) -> None:
    add(desk, kind="cashback", code="cashback")
    assert cafe.wallets.get(code="cashback").exponent == 2


@pytest.mark.parametrize(
    ("expiry", "count"), [("months", "0"), ("months", ""), ("year_end", "11"), ("months", "x")]
)
def test_an_expiry_that_cannot_be_is_refused(desk, cafe, expiry, count) -> None:
    assert add(desk, expiry=expiry, expiry_count=count).status_code == 422


def test_names_and_expiry_change_and_the_kind_does_not(desk, cafe) -> None:
    told = {**STAMPS, "kind": "stamps", "expiry": "never"}
    assert desk.post("/dashboard/cafe/wallets/points/edit/", told).status_code == 302
    wallet = cafe.wallets.get(code="points")
    assert (wallet.kind, wallet.expiry) == ("points", "never")
    assert wallet.unit_many["en"] == "stamps"
    with pytest.raises(flow.WalletFixed):
        flow.save_wallet(cafe, wallet, by=None, now=NOON, kind="stamps")
