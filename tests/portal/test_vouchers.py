"""A voucher until it is used, cancelled or expired."""

from datetime import timedelta

import pytest
import time_machine

from loyalty.flows import vouchers
from loyalty.flows.redeem import gift, redeem
from loyalty.rewards.codes import code_of
from tests.makers import NOON, give, make_reward, points
from tests.portal.conftest import read


@pytest.fixture
def made(ana):
    give(ana, 100)
    return redeem(ana, make_reward(ana.program, 80), key="one", now=NOON)


def address(made, verb=""):
    return f"/p/cafe/vouchers/{made.public_id}/{verb}"


def test_it_shows_its_code_and_until_when(made, phone):
    page = read(phone.get(address(made)))
    assert code_of(made.voucher) in page
    assert "<svg" in page
    assert "Valid until 2 July 2026." in page


def test_it_can_be_cancelled_while_unused(ana, made, phone):
    answer = phone.post(address(made, "cancel/"))
    assert answer["Location"] == address(made)
    assert points(ana) == 100
    assert "Cancelled, and the points are back." in read(phone.get(address(made)))


def test_cancelling_twice_is_once(ana, made, phone):
    for _ in range(2):
        assert phone.post(address(made, "cancel/")).status_code == 302
    assert points(ana) == 100


def test_a_used_one_is_not_cancelled(ana, made, phone):
    vouchers.use(ana.program, code_of(made.voucher), now=NOON)
    answer = phone.post(address(made, "cancel/"))
    assert answer.status_code == 409
    assert "This voucher was used before." in read(answer)
    page = read(phone.get(address(made)))
    assert "Used on 2 Jun 2026, 12:00." in page
    assert "cancel it" not in page


def test_it_expires_on_time_whenever_the_sweep_comes(made, phone):
    with time_machine.travel(NOON + timedelta(days=40), tick=False):
        page = read(phone.get(address(made)))
    assert "Expired after 2 July 2026." in page


def test_a_present_cannot_be_thrown_away(ana, phone):
    made = gift(ana, make_reward(ana.program, 80), key="one", now=NOON)
    assert "cancel it" not in read(phone.get(address(made)))
    assert phone.post(address(made, "cancel/")).status_code == 404


def test_cancelling_takes_a_form(made, phone):
    assert phone.get(address(made, "cancel/")).status_code == 405


def test_the_list_keeps_ready_ones_apart(ana, made, phone):
    page = read(phone.get("/p/cafe/vouchers/"))
    assert code_of(made.voucher) in page
    assert "Before" not in page
    vouchers.use(ana.program, code_of(made.voucher), now=NOON)
    page = read(phone.get("/p/cafe/vouchers/"))
    assert "No voucher is waiting" in page
    assert "Before" in page
    assert code_of(made.voucher) not in page
