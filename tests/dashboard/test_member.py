"""One member: what they hold and why, and what staff do for them, each once and on record."""

import pytest

from loyalty.dashboard.member import TABS
from loyalty.merchants.models import AuditEntry, Role
from loyalty.rewards.models import Redemption, Voucher
from members.models import Member
from tests.makers import (
    NOON,
    bring_back,
    buy,
    give,
    make_member,
    make_reward,
    make_staff,
    make_tiers,
    points,
    wants,
)

KEY = "2345678923456789"


@pytest.fixture
def page(ana) -> str:
    return f"/dashboard/cafe/members/{ana.public_id}/"


def text_of(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return " ".join(answer.content.decode().split())


def adjust(client, page, **fields):
    told = {"once": KEY, "way": "give", "points": "50", "reason": "Cold coffee", **fields}
    return client.post(f"{page}adjust/", told)


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_opens(desk, earns, ana, page, tab) -> None:
    make_tiers(earns, 0, 100_00)
    make_reward(earns, 5)
    bring_back(ana, buy(ana, 30_00), 10_00)
    text_of(desk.get(page, {"see": tab}))


def test_a_tab_that_there_is_not(desk, page) -> None:
    assert desk.get(page, {"see": "soul"}).status_code == 404


def test_the_ledger_says_why(desk, earns, ana, page) -> None:
    buy(ana, 45_00, reference="till-7")
    text = text_of(desk.get(page))
    assert "+45 points" in text
    assert "฿45.00 × 1 point per ฿1.00 = 45" in text
    assert "till-7" in text


def test_the_ledger_goes_on_page_by_page(desk, ana, page) -> None:
    for _number in range(35):
        give(ana, 1)
    first = desk.get(page)
    second = desk.get(page + first.context["older"])
    assert [len(it.context["lines"]) for it in (first, second)] == [30, 5]


def test_a_line_names_what_it_drew_from(desk, cafe, ana, page, owner) -> None:
    give(ana, 30)
    adjust(desk, page, way="take", points="10")
    text = text_of(desk.get(f"{page}entries/points-2/"))
    assert "points-1" in text
    assert "Adjusted by hand: Cold coffee" in text
    assert str(owner.user) in text


def test_a_line_that_there_is_not(desk, page) -> None:
    for number in ("points-1", "points-x", "x", "points-99999999999999999999"):
        assert desk.get(f"{page}entries/{number}/").status_code == 404


def test_points_are_given_once(desk, ana, page) -> None:
    for _click in range(2):
        assert adjust(desk, page).status_code == 302
    assert points(ana) == 50
    assert AuditEntry.objects.filter(action="points.adjust").count() == 1


def test_points_are_taken(desk, ana, page) -> None:
    give(ana, 80)
    adjust(desk, page, way="take", points="30")
    assert points(ana) == 50


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"reason": " "}, "This field is required."),
        ({"points": "0"}, "greater than or equal to 1"),
        ({"points": "many"}, "whole number"),
        ({"way": "take"}, "This needs 50; there are 0."),
        ({"once": "x"}, ""),
    ],
)
def test_what_cannot_be_adjusted_is_told_beside_the_form(desk, ana, page, fields, told) -> None:
    answer = adjust(desk, page, **fields)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    if "reason" not in fields:
        assert "Cold coffee" in answer.content.decode()  # What was typed is kept.
    assert points(ana) == 0


def test_a_role_moves_no_more_than_its_limit(cafe, ana, page, sign_in) -> None:
    client = sign_in(make_staff(cafe, Role.REVIEWER))
    assert "200 a month by hand; 200 are left" in text_of(client.get(f"{page}adjust/"))
    assert adjust(client, page, points="201").status_code == 302
    assert points(ana) == 0  # It waits for a second person: see test_proposals.


def test_nobody_adjusts_their_own_account(desk, owner, ana, page) -> None:
    ana.user = owner.user
    ana.save()
    assert adjust(desk, page).status_code == 422
    assert points(ana) == 0


def test_an_adjustment_is_undone_once(desk, ana, page) -> None:
    adjust(desk, page)
    for _click in range(2):
        answer = desk.post(f"{page}entries/points-1/undo/", {"reason": "Wrong"})
        assert answer.status_code == 302
        assert points(ana) == 0
    text = text_of(desk.get(f"{page}entries/points-2/"))
    assert "Undone: Wrong" in text
    assert "Undo this adjustment" not in text_of(desk.get(f"{page}entries/points-1/"))


def test_what_a_rule_gave_is_not_undone_by_hand(desk, earns, ana, page) -> None:
    buy(ana, 10_00)
    assert "Undo this adjustment" not in text_of(desk.get(f"{page}entries/points-1/"))
    assert desk.post(f"{page}entries/points-1/undo/").status_code == 422
    assert points(ana) == 10


def test_the_toast_undoes_an_adjustment(desk, ana, page) -> None:
    answer = desk.post(
        f"{page}adjust/", {"once": KEY, "way": "give", "points": "5", "reason": "x"}, follow=True
    )
    assert f'action="{page}entries/points-1/undo/"' in answer.content.decode()


def test_a_reward_is_given_once(desk, cafe, ana, page) -> None:
    coffee = make_reward(cafe, 10)
    for _click in range(2):
        told = {"once": KEY, "reward": coffee.public_id, "reason": "Cold coffee"}
        assert desk.post(f"{page}gift/", told).status_code == 302
    assert Redemption.objects.get().entry is None
    assert AuditEntry.objects.get(action="reward.give").told.reason == "Cold coffee"


def test_a_reward_of_others_is_not_given(desk, ana, page, bakery) -> None:
    theirs = make_reward(bakery, 10)
    told = {"once": KEY, "reward": theirs.public_id, "reason": "x"}
    assert desk.post(f"{page}gift/", told).status_code == 422
    assert not Redemption.objects.exists()


def test_an_unused_voucher_is_cancelled_once(desk, cafe, ana, page) -> None:
    coffee = make_reward(cafe, 10)
    desk.post(f"{page}gift/", {"once": KEY, "reward": coffee.public_id, "reason": "x"})
    made = Redemption.objects.get()
    for _click in range(2):
        assert desk.post(f"{page}vouchers/{made.public_id}/cancel/").status_code == 302
    assert Voucher.objects.get().status == Voucher.Status.CANCELLED


def test_a_used_voucher_is_not_cancelled(desk, cafe, ana, page) -> None:
    coffee = make_reward(cafe, 10)
    desk.post(f"{page}gift/", {"once": KEY, "reward": coffee.public_id, "reason": "x"})
    Voucher.objects.update(status=Voucher.Status.USED)
    made = Redemption.objects.get()
    answer = desk.post(f"{page}vouchers/{made.public_id}/cancel/", follow=True)
    assert "This voucher was used before." in answer.content.decode()


def test_the_profile_is_edited(desk, ana, page) -> None:
    told = {"name": "Ana S", "phone": "0812345678", "email": ana.email, "language": "th"}
    assert desk.post(f"{page}edit/", told).status_code == 302
    ana.refresh_from_db()
    assert (ana.name, ana.phone, ana.language) == ("Ana S", "+66812345678", "th")
    assert not wants(ana, "account")


def test_an_address_of_somebody_else_is_refused_beside_the_form(desk, ana, ben, page) -> None:
    answer = desk.post(f"{page}edit/", {"name": "X", "email": ben.email, "language": "en"})
    assert answer.status_code == 422
    assert "Another member has this" in answer.content.decode()
    ana.refresh_from_db()
    assert ana.name == "Ana"


def test_a_member_is_blocked_and_let_in_again(desk, ana, page) -> None:
    for to in ("blocked", "blocked", "active"):
        assert desk.post(f"{page}state/", {"to": to, "reason": "Stolen card"}).status_code == 302
        ana.refresh_from_db()
        assert ana.state == to


def test_blocking_needs_a_reason(desk, ana, page) -> None:
    assert desk.post(f"{page}state/", {"to": "blocked"}).status_code == 422
    ana.refresh_from_db()
    assert ana.state == Member.State.ACTIVE


def test_a_note_is_kept(desk, ana, page) -> None:
    desk.post(f"{page}note/", {"note": "Likes <b>oat</b> milk"})
    assert "Likes &lt;b&gt;oat&lt;/b&gt; milk" in text_of(desk.get(page))


def test_a_page_offers_what_its_reader_may_do(cafe, ana, page, sign_in) -> None:
    acts = {"adjust", "gift", "edit", "state", "note"}
    offered = {Role.MANAGER: acts, Role.REVIEWER: {"adjust"}, Role.ANALYST: set()}
    for role, expected in offered.items():
        text = text_of(sign_in(make_staff(cafe, role)).get(page))
        assert {act for act in acts if f"{page}{act}/" in text} == expected


def test_a_member_of_others_does_not_exist(desk, bakery) -> None:
    zoe = make_member(bakery, "zoe@example.org", now=NOON)
    assert desk.get(f"/dashboard/cafe/members/{zoe.public_id}/").status_code == 404
