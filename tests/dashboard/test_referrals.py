"""Referrals at the desk: what waits, side by side, and what somebody decides."""

import pytest
import time_machine

from campaigns.referrals.models import Referral, ReferralTerms
from loyalty.merchants.models import Role
from tests.makers import make_member, make_rule, make_staff, points
from tests.referral_makers import CLEARED, allow, bought, sweep

HERE = "/dashboard/cafe/referrals/"


@pytest.fixture(autouse=True)
def _it_has_cleared():
    with time_machine.travel(CLEARED, tick=False):
        yield


@pytest.fixture
def held(cafe):
    make_rule(cafe)
    allow(cafe)
    ana = make_member(cafe, "ana@example.org", name="Ana Suksawat")
    bought(ana, email="ana+1@example.org", name="Anna")
    sweep(CLEARED)
    return Referral.objects.get()


def test_what_is_held_waits_with_its_reason(held, sign_in, owner):
    desk = sign_in(owner)
    assert "Same e-mail box" in desk.get(HERE).content.decode()
    page = desk.get(f"{HERE}{held.public_id}/").content.decode()
    assert "ana+1@example.org" in page
    assert "ana@example.org" in page
    assert "Letters to this address end up in the same box" in page


def test_released_from_the_desk_and_undone(held, sign_in, owner):
    desk, one = sign_in(owner), f"{HERE}{held.public_id}/"
    for _twice in range(2):
        desk.post(f"{one}release/", {"reason": "Sisters"})
    sweep(CLEARED)
    assert points(held.advocate.member) == 50
    assert "Sisters" in desk.get(one).content.decode()
    desk.post(f"{one}reopen/")
    assert points(held.advocate.member) == 0


def test_a_refusal_needs_a_reason(held, sign_in, owner):
    desk, one = sign_in(owner), f"{HERE}{held.public_id}/"
    assert desk.post(f"{one}refuse/", {"reason": ""}).status_code == 422
    assert desk.post(f"{one}refuse/", {"reason": "One person"}).status_code == 302
    held.refresh_from_db()
    assert held.reason == "staff"


def test_reviewers_decide_and_analysts_do_not(held, cafe, sign_in):
    one = f"{HERE}{held.public_id}/release/"
    assert sign_in(make_staff(cafe, Role.ANALYST)).post(one).status_code == 403
    assert sign_in(make_staff(cafe, Role.REVIEWER)).post(one).status_code == 302


def test_the_list_is_taken_along(held, sign_in, owner):
    table = b"".join(sign_in(owner).get(f"{HERE}csv/?show=all").streaming_content).decode()
    assert "Ana Suksawat" in table
    assert "Same e-mail box" in table


def test_terms_are_written_and_kept(cafe, sign_in, owner):
    desk, page = sign_in(owner), f"{HERE}terms/"
    wallet = cafe.wallets.get(code="points")
    told = {
        "is_on": "on", "friend_gets": "joining", "minimum_minor": "20.00", "within_days": "30",
        "return_days": "14", "month_limit": "5", "ever_limit": "", "advocate_prize-kind": "points",
        "advocate_prize-points": "50", "advocate_prize-wallet": wallet.pk, "friend_prize-kind": "",
    }  # fmt: skip
    assert desk.post(page, told | {"advocate_prize-kind": ""}).status_code == 422
    assert desk.post(page, told).status_code == 302
    terms = ReferralTerms.objects.get()
    assert (terms.minimum_minor, terms.month_limit, terms.ever_limit) == (20_00, 5, None)
    assert desk.post(page, told | {"within_days": "0"}).status_code == 422
    assert terms.versions.count() == 1
