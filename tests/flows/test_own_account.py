"""Whoever works here and is a member too does nothing for themselves, by whichever way."""

from datetime import date

import pytest

from loyalty.flows import adjust, by_hand, profile, redeem
from loyalty.flows.own_account import OwnAccount
from loyalty.merchants.models import AuditEntry, Role
from loyalty.purchases.sale import SaleLine
from members.models import Member
from tests.makers import NOON, buy, give, make_reward, make_staff, points, purchase_of


@pytest.fixture(params=["by sign-in", "by address"])
def anas_post(request, cafe, ana):
    """Ana manages the café where she is a member; her card knows her sign-in, or her address."""
    if request.param == "by address":
        return make_staff(cafe, Role.MANAGER, "Ana@example.org")
    post = make_staff(cafe, Role.MANAGER, "ana.at.work@example.org")
    Member.objects.filter(pk=ana.pk).update(user=post.user)
    ana.refresh_from_db()
    return post


def adjusting(member, by):
    adjust.adjust(
        member, member.program.wallets.get(), 5, reason="Me", key="own", now=NOON, by=by
    )  # fmt: skip


def undoing(member, by):
    owner = make_staff(member.program)
    wallet = member.program.wallets.get()
    adjust.adjust(member, wallet, -5, reason="Fair", key="took", now=NOON, by=owner)
    taken = member.account.balances.get().entries.get(key="adjust:took")
    adjust.undo(taken, reason="Me", now=NOON, by=by)


def giving(member, by):
    redeem.gift(member, make_reward(member.program), key="own", now=NOON, by=by, reason="Me")


def selling(member, by):
    line = SaleLine(amount_minor=10_00)
    by_hand.sell(member, line, source="counter", reference="own", now=NOON, by=by)


def refunding(member, by):
    by_hand.take_back(purchase_of(buy(member)), key="own", now=NOON, by=by)


def letting_in(member, by):
    profile.set_state(member, Member.State.ACTIVE, now=NOON, by=by, reason="Me")


def moving_the_birthday(member, by):
    profile.change(member, now=NOON, by=by, birthday=date(1990, 6, 3))


@pytest.mark.parametrize(
    "way", [adjusting, undoing, giving, selling, refunding, letting_in, moving_the_birthday]
)
def test_nobody_does_it_for_themselves(way, ana, anas_post) -> None:
    give(ana, 100)
    with pytest.raises(OwnAccount):
        way(ana, anas_post)
    assert not AuditEntry.objects.filter(user=anas_post.user).exists()


@pytest.mark.parametrize("way", [adjusting, giving, selling, refunding, letting_in])
def test_a_colleague_may(way, ana, anas_post, cafe) -> None:
    way(ana, make_staff(cafe))


def test_nobody_takes_a_card_over_by_its_address(ben, cafe) -> None:
    manager = make_staff(cafe, Role.MANAGER, "mali@example.org")
    give(ben, 100)
    with pytest.raises(OwnAccount):
        profile.change(ben, now=NOON, by=manager, email="Mali@example.org")
    ben.refresh_from_db()
    assert ben.email == "ben@example.org"


def test_one_may_mend_ones_own_name(ana, anas_post) -> None:
    assert profile.change(ana, now=NOON, by=anas_post, name="Ana S.").name == "Ana S."
    assert points(ana) == 0
