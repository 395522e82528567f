"""Inviting friends in the portal: a link, a friend who comes by it, and what became of them."""

import pytest
from django.test import Client

from campaigns.referrals.models import Referral
from loyalty.flows import referrals
from members.models import Member
from tests.makers import make_member
from tests.portal.conftest import make_user, phone_of, read, sign_in
from tests.referral_makers import allow, bring, fresh

PAGE = "/p/cafe/friends/"
ZOE = {"name": "Zoe", "phone": "", "birthday": "", "language": "en"}


@pytest.fixture
def link(cafe, ana):
    allow(cafe, friend_gets="joining")
    return f"/p/cafe/invited/{referrals.code_of(fresh(ana))}/"


def join(client: Client) -> Member:
    client.post("/p/cafe/join/", ZOE)
    return Member.objects.get(user__email="zoe@example.org")


def test_the_page_has_a_link_and_ways_to_share_it(link, ana):
    page = read(phone_of(ana).get(PAGE, {"message": "Come & try"}))
    assert link in page
    assert "https://line.me/R/share?text=Come%20%26%20try%20http" in page
    assert "50 points" in page


def test_who_comes_by_the_link_is_brought_by_its_owner(link, ana, stranger):
    page = read(stranger.get(link))
    assert "A••• invites you to Café points" in page
    assert "A••• invites you" in read(stranger.get("/p/cafe/join/"))
    zoe = join(stranger)
    assert Referral.objects.get().friend_id == zoe.account_id
    assert "They have joined." in read(phone_of(fresh(ana)).get(PAGE))


def test_the_link_is_kept_while_somebody_makes_an_account(link, ana):
    guest = Client()
    guest.get(link)
    signed_in = sign_in(make_user("zoe@example.org"))
    signed_in.cookies["invited"] = guest.cookies["invited"].value
    join(signed_in)
    assert Referral.objects.get().advocate_id == ana.account_id


def test_the_first_link_counts(link, ana, ben, stranger):
    stranger.get(link)
    stranger.get(f"/p/cafe/invited/{referrals.code_of(fresh(ben))}/")
    join(stranger)
    assert Referral.objects.get().advocate_id == ana.account_id


def test_a_made_up_cookie_brings_nobody(link, stranger):
    stranger.cookies["invited"] = link.split("/")[-2]
    join(stranger)
    assert not Referral.objects.exists()


def test_an_invitation_of_nobody_says_so(link, client):
    answer = client.get("/p/cafe/invited/BCDFGHJK/")
    assert answer.status_code == 404
    assert "This invitation is over" in read(answer)


def test_the_same_device_is_held(link, ana, stranger):
    """Ana's own phone, in which Zoe signs in."""
    phone = phone_of(fresh(ana))
    phone.get("/p/cafe/home/")
    stranger.cookies["device"] = phone.cookies["device"].value
    stranger.get(link)
    join(stranger)
    assert Referral.objects.get().signals[0]["kind"] == "device"
    assert Referral.objects.get().is_held
    assert "Being looked at" in read(phone.get(PAGE))


def test_a_code_can_be_typed_afterwards(link, ana, cafe):
    pim = make_member(cafe, "pim@example.org", now=fresh(ana).enrolled_at.replace(2026, 6, 1))
    phone = phone_of(pim)
    assert "Did a friend invite you?" in read(phone.get(PAGE))
    assert phone.post(f"{PAGE}code/", {"code": "nonsense"}).status_code == 409
    phone.post(f"{PAGE}code/", {"code": referrals.code_of(fresh(ana)).lower()})
    assert Referral.objects.get().friend_id == pim.account_id


def test_names_of_friends_are_masked(link, ana):
    bring(ana, name="<b>Wanida</b> Srisuk")
    page = phone_of(fresh(ana)).get(PAGE).content.decode()
    assert "Wanida" not in page
    assert "•••" in page


def test_nothing_is_offered_where_nobody_invites(cafe, ana):
    phone = phone_of(ana)
    assert "No invitations at the moment" in read(phone.get(PAGE))
    assert "Invite friends" not in read(phone.get("/p/cafe/home/"))
