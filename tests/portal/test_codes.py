"""Codes in the portal: typed, kept, and not to be guessed."""

import pytest

from loyalty.flows import code_batches
from loyalty.portal import codes as door
from tests.makers import NOON, make_reward, points
from tests.portal.conftest import read

PAGE = "/p/cafe/codes/"


def print_codes(program, kind="single", **fields):
    if "reward" not in fields:
        fields = {"points": 20, "wallet": program.wallets.get(code="points"), **fields}
    batch = code_batches.make(
        program, name={"en": "Cold brew"}, kind=kind, by=None, now=NOON, **fields
    )
    return [code for _number, code in code_batches.printed(batch)]


def test_a_code_is_typed_and_paid(cafe, ana, phone):
    [code] = print_codes(cafe, count=1)
    for told in ("20 points for “Cold brew”. It is yours.", "You have had this code before."):
        assert told in read(phone.post(PAGE, {"code": code}, follow=True))
    assert points(ana) == 20


def test_the_link_gives_nothing_until_somebody_says_so(cafe, ana, phone):
    [code] = print_codes(cafe, count=1)
    page = read(phone.get(f"/c/{code}", follow=True))
    assert "20 points for “Cold brew” are waiting for you." in page
    assert f'value="{code}"' in page
    assert not ana.account.code_uses.exists()


def test_a_prize_leads_to_its_voucher(cafe, phone):
    [code] = print_codes(cafe, count=1, reward=make_reward(cafe, 10))
    assert "/vouchers/" in phone.post(PAGE, {"code": code})["Location"]


def test_a_word_is_found_in_the_program_that_its_link_names(cafe, bakery, phone):
    for program in (bakery, cafe):
        print_codes(program, "shared", word="SUMMER")
    assert phone.get("/c/SUMMER?in=cafe")["Location"] == PAGE
    assert phone.get("/c/SUMMER?in=bakery")["Location"] == "/p/bakery/codes/"


@pytest.mark.parametrize("code", ["WRONG", "%20", "ก", "A" * 300], ids=["a", "b", "c", "d"])
def test_a_wrong_link_says_one_sentence(cafe, client, code):
    answer = client.get(f"/c/{code}")
    assert answer.status_code == 404
    assert "Perhaps a letter is mistyped" in read(answer)


def test_who_tries_codes_is_asked_to_wait(cafe, phone):
    [code] = print_codes(cafe, count=1)
    for number in range(door.MOST_WRONG["person"]):
        assert phone.post(PAGE, {"code": f"WRONG-{number}"}).status_code == 409
    assert phone.post(PAGE, {"code": code}).status_code == 429


def test_a_strangers_code_is_kept_unlooked_at(cafe, client):
    page = read(client.post(PAGE, {"code": "WRONG"}, follow=True))
    assert "Your code is kept" in page
