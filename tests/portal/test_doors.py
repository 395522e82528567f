"""Every address of the portal, from the table itself: who comes in, and who does not."""

import re
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse

from loyalty.admission import Audience
from loyalty.flows.redeem import redeem
from loyalty.flows.settings import bump
from loyalty.merchants.models import Program
from loyalty.portal.doors import page
from loyalty.portal.urls import urlpatterns
from members.models import Member
from tests.makers import NOON, buy, give, make_member, make_reward, make_tiers
from tests.portal.conftest import phone_of, read, sign_in

MEMBERS_ONLY = [it for it in urlpatterns if it.callback.admits.audience == Audience.MEMBERS]
each_page = pytest.mark.parametrize("pattern", MEMBERS_ONLY, ids=lambda it: it.name)
IS_READ = {it.name: "GET" in it.callback.admits.asks for it in MEMBERS_ONLY}
# Pages of a thing that this file does not make are asked for in tests/walk, with one of their own.
OF_THINGS_MADE = re.compile(r"^p/<slug:slug>/(?:(?:rewards|vouchers)/<str:public_id>/)?[^<]*$")
READ = [it for it in MEMBERS_ONLY if IS_READ[it.name] and OF_THINGS_MADE.match(str(it.pattern))]


def things_of(member: Member) -> dict[str, str]:
    """What fills the addresses of a member's things: a reward on offer, a voucher of theirs."""
    Program.objects.filter(pk=member.program_id).update(pay_points=10, pay_minor=100)
    give(member, 100)
    reward = make_reward(member.program, 10)
    client = phone_of(member)
    client.post(f"/p/{member.program.slug}/rewards/{reward.public_id}/", {"key": "k" * 16})
    made = member.account.redemptions.get()
    return {"slug": member.program.slug, "reward": reward.public_id, "voucher": made.public_id}


def address_of(pattern: Any, things: dict[str, str]) -> str:
    thing = things["voucher" if pattern.name.startswith("voucher") else "reward"]
    filled = {"slug": things["slug"], "public_id": thing}
    return "/" + re.sub(
        r"<\w+:(\w+)>", lambda found: filled.get(found[1], thing), str(pattern.pattern)
    )


def ask(client: Any, pattern: Any, address: str) -> HttpResponse:
    return client.get(address) if IS_READ[pattern.name] else client.post(address)


def test_only_few_pages_are_for_everybody() -> None:
    open_doors = {it.name for it in urlpatterns if it.callback.admits.audience != Audience.MEMBERS}
    assert open_doors == {
        "landing", "program", "join", "invited",
        "code", "codes",  # A code on a product is kept until its finder has joined.
        "asked",  # A survey's letter opens by its signed link.
        "contests", "contest", "contest_rows", "contest_picture", "contest_entry_picture",
    }  # fmt: skip


def test_a_page_that_says_nothing_does_not_start() -> None:
    def silent(request):
        return HttpResponse("for whom?")

    with pytest.raises(ImproperlyConfigured):
        page("silent/", silent, "silent")


@each_page
def test_a_guest_is_asked_to_sign_in(pattern, client, ana) -> None:
    answer = ask(client, pattern, address_of(pattern, things_of(ana)))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/?next=/p/cafe/")


@each_page
def test_who_is_no_member_gets_nothing(pattern, ana, stranger) -> None:
    address = address_of(pattern, things_of(ana))
    answer = ask(stranger, pattern, address)
    if not IS_READ[pattern.name]:
        assert answer.status_code in (302, 404)
    else:
        assert (answer.status_code, answer["Location"]) == (302, "/p/cafe/join/")


@each_page
def test_who_has_left_is_asked_to_join(pattern, ana, ben) -> None:
    address = address_of(pattern, things_of(ana))
    client = phone_of(ben)
    Member.objects.filter(pk=ben.pk).update(state="left")
    assert ask(client, pattern, address).status_code in (302, 404)


@pytest.mark.parametrize("pattern", READ, ids=lambda it: it.name)
def test_who_is_blocked_sees_what_they_have(pattern, ana) -> None:
    things = things_of(ana)
    Member.objects.filter(pk=ana.pk).update(state="blocked")
    client = phone_again(ana)
    answer = client.get(address_of(pattern, things))
    assert answer.status_code == 200
    if pattern.name != "data":
        assert "Your membership is blocked" in read(answer)


@pytest.mark.parametrize("name", ["voucher", "voucher_cancel"])
def test_a_voucher_is_its_owners_alone(name, ana, ben) -> None:
    pattern = next(it for it in urlpatterns if it.name == name)
    address = address_of(pattern, things_of(ana))
    assert ask(phone_of(ben), pattern, address).status_code == 404


@pytest.mark.parametrize("name", ["reward", "voucher", "voucher_cancel"])
def test_things_of_another_program_are_not_found_in_ones_own(name, ana, bakery) -> None:
    pattern = next(it for it in urlpatterns if it.name == name)
    theirs = things_of(make_member(bakery, "bo@example.org"))
    address = address_of(pattern, {**theirs, "slug": "cafe"})
    assert ask(phone_of(ana), pattern, address).status_code == 404


def test_a_program_that_is_not_there_is_not_found(client, stranger) -> None:
    assert client.get("/p/nowhere/").status_code == 404
    assert stranger.get("/p/nowhere/join/").status_code == 404


@pytest.mark.parametrize("pattern", READ, ids=lambda it: it.name)
def test_pages_are_kept_by_no_cache(pattern, ana) -> None:
    things = things_of(ana)
    answer = phone_again(ana).get(address_of(pattern, things))
    assert "no-store" in answer["Cache-Control"]


def test_a_page_asks_the_database_few_questions(ana, phone, django_assert_max_num_queries) -> None:
    make_tiers(ana.program, 0, 200_00)
    bump(ana.program)
    redeem(ana, make_reward(ana.program, give(ana, 9).points), key="one", now=NOON)
    for amount in range(1, 6):
        buy(ana, amount * 100)
        give(ana, amount)
        make_reward(ana.program, amount)
    phone.get("/p/cafe/home/")  # Writes down in which browser she is, once a day.
    for place in ("home", "activity", "rewards", "vouchers", "card", "profile"):
        # Three of these read the tiers, which a server keeps from one page to the next.
        with django_assert_max_num_queries(15 + 3):
            assert phone.get(f"/p/cafe/{place}/").status_code == 200


def phone_again(member: Member) -> Any:
    """Another browser of somebody who has an account."""
    member.refresh_from_db()
    return sign_in(member.user)
