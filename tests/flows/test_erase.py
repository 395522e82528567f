"""A person is forgotten, and the books are kept."""

from datetime import timedelta

import pytest

from loyalty.flows import earn, erase, join, lapse, leave, pay, profile, redeem
from loyalty.flows.enroll import enroll
from loyalty.flows.own_account import OwnAccount
from loyalty.ledger import audit, figures
from loyalty.ledger.models import Account, Balance, Debt, Entry
from loyalty.merchants.models import AuditEntry, User
from loyalty.purchases.models import Purchase
from loyalty.purchases.recording import ReferenceReused
from loyalty.refusal import Refusal
from loyalty.rewards.models import Voucher
from members import finding
from members.models import Member
from tests.makers import (
    NOON,
    bring_back,
    buy,
    give,
    make_member,
    make_program,
    make_reward,
    make_staff,
    sale,
)

IN_TWO_WEEKS = NOON + timedelta(days=14)


def held_by(account: int) -> list[tuple[int, int, int]]:
    return list(Balance.objects.filter(account=account).values_list("points", "pending", "owed"))


def test_the_account_stays_without_a_name(cafe, ana):
    buy(ana)
    before = list(Entry.objects.values_list("pk", "points"))
    assert erase.erase(ana, now=NOON)
    assert not Member.objects.exists()
    assert Account.objects.count() == 1
    assert list(Entry.objects.values_list("pk", "points"))[: len(before)] == before
    assert not audit.breaches()


def test_what_they_had_is_forfeited_as_points_that_nobody_used(cafe, ana):
    give(ana, 70)
    give(ana, 30, available_at=NOON + timedelta(days=3))
    erase.erase(ana, now=NOON)
    assert held_by(ana.account_id) == [(0, 0, 0)]
    last = Entry.objects.latest("pk")
    assert (last.kind, last.points, last.key) == (Entry.Kind.EXPIRY, -100, "erasure")
    [expired] = [
        amount
        for name, (_count, amount) in figures.totals(
            cafe.pk, since=NOON.date(), until=NOON.date() + timedelta(1)
        ).items()
        if name.endswith(".expiry")
    ]
    assert expired == -100
    assert not audit.breaches()


def test_what_they_owed_is_borne(cafe, ana):
    bought = buy(ana)
    redeem.redeem(ana, make_reward(cafe, 8), key="1", now=NOON)
    bring_back(ana, bought)
    assert held_by(ana.account_id) == [(0, 0, 8)]
    erase.erase(ana, now=NOON)
    assert held_by(ana.account_id) == [(0, 0, 0)]
    debt = Debt.objects.get()
    assert (debt.remaining, debt.absorbed) == (0, 8)
    assert not audit.breaches()


def test_twice_is_once(cafe, ana):
    give(ana, 10)
    assert erase.erase(ana, now=NOON)
    entries = Entry.objects.count()
    assert not erase.erase(ana, now=NOON)
    assert Entry.objects.count() == entries
    assert AuditEntry.objects.filter(action="member.erase").count() == 1


def test_vouchers_lapse_and_money_that_waited_is_forfeited_with_the_rest(cafe, ana):
    cafe.pay_points, cafe.pay_minor = 1, 100
    cafe.save()
    ana.program = cafe
    give(ana, 50)
    redeem.redeem(ana, make_reward(cafe, 10), key="1", now=NOON)
    pay.pay(ana, amount_minor=20_00, key="2", now=NOON)
    erase.erase(ana, now=NOON)
    statuses = Voucher.objects.order_by("pk").values_list("status", flat=True)
    assert list(statuses) == ["expired", "cancelled"]
    assert held_by(ana.account_id) == [(0, 0, 0)]
    assert lapse.lapse_due(now=NOON + timedelta(days=400)) == 0
    assert not audit.breaches()


def test_a_sale_that_is_told_again_earns_nothing_again(cafe, ana):
    told = sale(10_00, member=ana, reference="4711")
    earn.from_purchase(cafe, told, now=NOON)
    erase.erase(ana, now=NOON)
    again = enroll(cafe, now=NOON, email="ana@example.org")
    with pytest.raises(ReferenceReused):
        earn.from_purchase(cafe, sale(10_00, member=again, reference="4711"), now=NOON)
    assert held_by(again.account_id) == [(0, 0, 0)]


def test_a_refund_told_later_takes_nothing_from_nobody(cafe, ana):
    bought = buy(ana)
    erase.erase(ana, now=NOON)
    bring_back(ana, bought)
    assert held_by(ana.account_id) == [(0, 0, 0)]
    assert Purchase.objects.get().refunded_minor == 10_00
    assert not audit.breaches()


def test_a_refund_told_later_of_what_was_spent_is_borne_by_the_shop(cafe, ana):
    bought = buy(ana)
    redeem.redeem(ana, make_reward(cafe, 10), key="1", now=NOON)
    erase.erase(ana, now=NOON)
    bring_back(ana, bought)
    assert held_by(ana.account_id) == [(0, 0, 0)]
    assert not audit.breaches()


def test_a_sale_on_its_way_while_they_are_forgotten_earns_nothing(cafe, ana):
    on_its_way = sale(10_00, member=ana)
    erase.erase(ana, now=NOON)
    assert earn.from_purchase(cafe, on_its_way, now=NOON).entries == []
    assert held_by(ana.account_id) == [(0, 0, 0)]
    assert not audit.breaches()


def test_what_is_open_on_a_page_finds_nobody(cafe, ana):
    erase.erase(ana, now=NOON)
    with pytest.raises(finding.UnknownMember):
        profile.change(ana, now=NOON, name="Anna")
    with pytest.raises(finding.UnknownMember):
        leave.leave(ana, now=NOON)
    with pytest.raises(Refusal):
        redeem.redeem(ana, make_reward(cafe), key="1", now=NOON)


def test_the_same_person_joins_again_afresh(cafe, ana):
    give(ana, 100)
    erase.erase(ana, now=NOON)
    again = enroll(cafe, now=NOON, email="ana@example.org")
    assert again.account_id != ana.account_id
    assert held_by(again.account_id) == [(0, 0, 0)]


# --- The sign-in ------------------------------------------------------------------------------


def test_who_signs_in_nowhere_else_has_no_sign_in_left(cafe):
    user = User.objects.create_user("dao@example.org")
    dao = make_member(cafe, "dao@example.org", user=user)
    erase.erase(dao, now=NOON)
    assert not User.objects.filter(pk=user.pk).exists()


def test_another_membership_or_a_post_keeps_the_sign_in(cafe):
    owner = make_staff(cafe)
    of_owner = make_member(cafe, "owner@example.org", user=owner.user)
    user = User.objects.create_user("dao@example.org")
    dao = make_member(cafe, "dao@example.org", user=user)
    make_member(make_program(), "dao@example.org", user=user)
    for member in (of_owner, dao):
        erase.erase(member, now=NOON)
    assert User.objects.filter(pk__in=[owner.user_id, user.pk]).count() == 2


# --- Sales that wait under an address -----------------------------------------------------------


@pytest.mark.parametrize(("verified", "by_staff", "left"), [
    (None, False, "dao@example.org"), (NOON, False, ""), (None, True, ""),
])  # fmt: skip
def test_an_address_is_forgotten_with_who_showed_that_it_is_theirs(cafe, verified, by_staff, left):
    earn.from_purchase(cafe, sale(contact_email="dao@example.org"), now=NOON)
    dao = make_member(cafe, "dao@example.org", email_verified_at=verified)
    erase.erase(dao, now=NOON, by=make_staff(cafe) if by_staff else None)
    assert Purchase.objects.get().contact_email == left


# --- Two weeks to think again -------------------------------------------------------------------


def test_whoever_asks_leaves_at_once_and_is_forgotten_in_two_weeks(cafe, ana):
    give(ana, 100)
    asked = erase.ask(ana, now=NOON)
    assert (asked.state, asked.erase_at) == (Member.State.LEFT, IN_TWO_WEEKS)
    assert not list(erase.erase_due(cafe, now=IN_TWO_WEEKS - timedelta(seconds=1)))
    assert list(erase.erase_due(cafe, now=IN_TWO_WEEKS)) == [ana.pk]
    assert not Member.objects.exists()
    assert held_by(ana.account_id) == [(0, 0, 0)]


def test_asking_again_does_not_make_it_later(ana):
    erase.ask(ana, now=NOON)
    assert erase.ask(ana, now=NOON + timedelta(days=5)).erase_at == IN_TWO_WEEKS
    assert AuditEntry.objects.filter(action="member.ask_erase").count() == 1


def test_whoever_comes_back_in_time_is_as_before(cafe):
    user = User.objects.create_user("dao@example.org")
    dao = make_member(cafe, "dao@example.org", user=user)
    give(dao, 100)
    erase.ask(dao, now=NOON)
    back = join.join(cafe, user, now=NOON + timedelta(days=13), email_is_verified=False)
    assert (back.state, back.erase_at, back.left_at) == (Member.State.ACTIVE, None, None)
    assert not list(erase.erase_due(cafe, now=IN_TWO_WEEKS))
    assert held_by(dao.account_id) == [(100, 0, 0)]


def test_whoever_only_left_is_not_forgotten(cafe, ana):
    leave.leave(ana, now=NOON)
    assert not list(erase.erase_due(cafe, now=NOON + timedelta(days=365)))


def test_nobody_at_work_erases_themselves(cafe):
    owner = make_staff(cafe)
    member = make_member(cafe, owner.user.email, user=owner.user)
    for act in (erase.ask, erase.erase):
        with pytest.raises(OwnAccount):
            act(member, now=NOON, by=owner, reason="counter")
