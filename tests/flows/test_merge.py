"""Somebody joined twice: the two become one, and can be two again."""

from datetime import date, timedelta

import pytest

from loyalty.flows import adjust, earn, erase, join, merge, redeem
from loyalty.flows.own_account import OwnAccount
from loyalty.flows.spending import MemberNotActive
from loyalty.ledger import audit, sweeps
from loyalty.ledger.models import Balance, Lot
from loyalty.merchants.models import AuditEntry, User
from loyalty.purchases.sale import ReturnLine, SaleLine
from loyalty.rewards.models import Voucher
from members import finding, searching
from members.finding import Named
from members.models import Member, QualifyingDay
from tests.climbing import rank
from tests.makers import (
    NOON,
    balance,
    bring_back,
    buy,
    choose,
    do,
    give,
    make_member,
    make_program,
    make_reward,
    make_rule,
    make_staff,
    make_tiers,
    points,
    sale,
    wants,
)

SOON, LATE = date(2026, 7, 1), date(2027, 7, 1)


@pytest.fixture
def owner(cafe):
    return make_staff(cafe)


@pytest.fixture
def twin(cafe) -> Member:
    """Ana joined a second time, at the till."""
    return make_member(
        cafe, "ana@work.example.org", name="A. Suksawat", phone="+66811111111",
        email_verified_at=NOON, external_id="C-2",
    )  # fmt: skip


@pytest.fixture
def join_them(ana, twin, owner):
    return lambda **told: merge.merge(ana, twin, reason="The same", now=NOON, by=owner, **told)


@pytest.fixture
def part_them(owner):
    return lambda done, now=NOON: merge.part(done, reason="Two people", now=now, by=owner)


def lots(member: Member) -> list[tuple[int, date | None, bool]]:
    found = Lot.objects.filter(balance__account=member.account_id, remaining__gt=0)
    return list(found.order_by("expires_on").values_list("remaining", "expires_on", "is_pending"))


def held(member: Member) -> tuple[int, int, int, int]:
    it = balance(member)
    return it.points, it.pending, it.owed, it.lifetime


def fresh(member: Member) -> Member:
    return Member.objects.select_related("program").get(pk=member.pk)


# --- Points ---------------------------------------------------------------------------------------


def test_each_lot_comes_along_with_its_own_expiry(ana, twin, join_them):
    give(ana, 10, expires_on=LATE)
    give(twin, 20, expires_on=SOON)
    give(twin, 5, expires_on=LATE, available_at=NOON + timedelta(days=3))
    join_them()
    assert lots(ana) == [(20, SOON, False), (10, LATE, False), (5, LATE, True)] or lots(ana) == [
        (20, SOON, False), (5, LATE, True), (10, LATE, False),
    ]  # fmt: skip
    assert held(ana) == (30, 5, 0, 35)
    assert held(twin)[:3] == (0, 0, 0)
    assert not audit.breaches()


def test_what_one_owes_the_other_pays(cafe, ana, twin, join_them, part_them):
    bought = buy(twin, 30_00)
    redeem.redeem(twin, make_reward(cafe, 30), key="1", now=NOON)
    bring_back(twin, bought)
    give(ana, 50)
    done = join_them()
    assert held(ana)[:3] == (20, 0, 0)
    assert not audit.breaches()
    part_them(done)
    assert (held(ana)[:3], held(twin)[:3]) == ((50, 0, 0), (0, 0, 30))
    assert not audit.breaches()


def test_a_debt_that_nobody_can_pay_is_still_owed(cafe, ana, twin, join_them, part_them):
    bought = buy(twin, 30_00)
    redeem.redeem(twin, make_reward(cafe, 30), key="1", now=NOON)
    bring_back(twin, bought)
    done = join_them()
    assert held(ana)[:3] == (0, 0, 30)
    part_them(done)
    assert (held(ana)[:3], held(twin)[:3]) == ((0, 0, 0), (0, 0, 30))
    assert not audit.breaches()


def test_the_points_of_the_other_pay_what_is_owed(cafe, ana, twin, join_them, part_them):
    bought = buy(ana, 30_00)
    redeem.redeem(ana, make_reward(cafe, 30), key="1", now=NOON)
    bring_back(ana, bought)
    give(twin, 50)
    done = join_them()
    assert held(ana)[:3] == (20, 0, 0)
    part_them(done)
    assert (held(ana)[:3], held(twin)[:3]) == ((0, 0, 30), (50, 0, 0))
    assert not audit.breaches()


def test_undone_at_once_everything_is_as_before(ana, twin, join_them, part_them):
    give(ana, 10, expires_on=LATE)
    give(twin, 20, expires_on=SOON)
    give(twin, 5, expires_on=LATE, available_at=NOON + timedelta(days=3))
    before = lots(ana), lots(twin), held(ana), held(twin)
    part_them(join_them())
    assert (lots(ana), lots(twin), held(ana), held(twin)) == before
    assert not audit.breaches()


def test_twice_is_once_either_way(ana, twin, join_them, part_them):
    give(twin, 20)
    done = join_them()
    assert join_them() == done
    assert points(ana) == 20
    part_them(done)
    part_them(done)
    assert (points(ana), points(twin)) == (0, 20)
    actions = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["member.merge", "member.part"]


def test_joined_again_after_parting(ana, twin, join_them, part_them):
    give(twin, 20, expires_on=SOON)
    for _time in range(3):
        done = join_them()
        assert points(ana) == 20
        part_them(done)
        assert (points(ana), points(twin)) == (0, 20)
    assert not audit.breaches()


# --- What happens after it ------------------------------------------------------------------------


def test_a_refund_of_an_old_sale_takes_from_the_lot_it_had_made(cafe, ana, twin, join_them):
    bought = buy(twin, 20_00)
    give(ana, 100, expires_on=SOON)
    join_them()
    bring_back(twin, bought, 5_00)
    assert lots(ana) == [(100, SOON, False), (15, date(2027, 6, 2), False)]
    bring_back(twin, bought, 15_00)
    assert held(ana)[:3] == (100, 0, 0)
    assert not audit.breaches()


def test_a_refund_of_an_old_sale_that_was_spent_takes_other_points_then_is_owed(
    cafe, ana, twin, join_them
):
    first, second = buy(twin, 20_00), buy(twin, 30_00)
    join_them()
    give(ana, 10, expires_on=SOON)
    redeem.redeem(ana, make_reward(cafe, 55), key="1", now=NOON)
    assert points(ana) == 5
    bring_back(twin, first)
    assert held(ana)[:3] == (0, 0, 15)
    bring_back(twin, second)
    assert held(ana)[:3] == (0, 0, 45)
    assert held(twin)[:3] == (0, 0, 0)
    assert not audit.breaches()


def test_a_shortfall_is_borne_only_where_the_survivor_has_nothing_either(
    cafe, ana, twin, join_them
):
    cafe.shortfall = "absorb"
    cafe.save()
    bought = buy(twin, 20_00)
    redeem.redeem(twin, make_reward(cafe, 20), key="1", now=NOON)
    give(ana, 15)
    join_them()
    bring_back(twin, bought)
    assert held(ana)[:3] == (0, 0, 0)
    assert not audit.breaches()


def test_what_came_along_expires_on_its_own_day_and_no_refund_asks_for_it(
    cafe, ana, twin, join_them
):
    bought = buy(twin, 20_00)
    join_them()
    gone = date(2027, 6, 2)
    sweeps.expire_due(cafe.pk, zone=cafe.time_zone, today=gone, now=NOON + timedelta(days=365))
    assert points(ana) == 0
    bring_back(twin, bought, now=NOON + timedelta(days=366))
    assert held(ana)[:3] == (0, 0, 0)
    assert not audit.breaches()


def test_a_return_without_its_sale_finds_what_the_other_bought(cafe, ana, twin, join_them):
    buy(twin, 0, SaleLine(amount_minor=20_00, product="LATTE"))
    join_them()
    outcome = bring_back(ana, None, None, ReturnLine(product="LATTE", amount_minor=20_00))
    assert outcome.matched_minor == 20_00
    assert points(ana) == 0
    assert not audit.breaches()


def test_a_cancelled_voucher_gives_its_points_to_who_has_them_now(
    cafe, ana, twin, join_them, part_them
):
    give(twin, 50, expires_on=SOON)
    made = redeem.redeem(twin, make_reward(cafe, 30), key="1", now=NOON)
    done = join_them()
    made.refresh_from_db()
    assert made.account_id == ana.account_id
    redeem.cancel(made, now=NOON)
    assert sum(left for left, _on, _pending in lots(ana)) == 50
    assert {on for _left, on, _pending in lots(ana)} == {SOON}
    part_them(done)
    assert (points(ana), lots(twin)) == (0, [(50, SOON, False)])
    assert not audit.breaches()


def test_a_voucher_that_is_ready_can_be_used_by_who_has_it_now(cafe, ana, twin, join_them):
    give(twin, 50)
    give(ana, 50)
    coffee = make_reward(cafe, 30)
    for member in (ana, twin):
        redeem.redeem(member, coffee, key="the same", now=NOON)
    join_them()
    assert Voucher.objects.filter(redemption__account=ana.account_id).count() == 2


def test_spent_points_are_made_up_for_by_others_when_they_part(
    cafe, ana, twin, join_them, part_them
):
    give(ana, 40, expires_on=LATE)
    give(twin, 20, expires_on=SOON)
    done = join_them()
    redeem.redeem(ana, make_reward(cafe, 30), key="1", now=NOON)
    part_them(done)
    assert (points(ana), lots(twin)) == (10, [(20, SOON, False)])
    assert not audit.breaches()


def test_they_cannot_part_when_too_much_is_spent_and_the_sentence_says_how_much(
    cafe, ana, twin, join_them, part_them
):
    give(ana, 10)
    give(twin, 50)
    done = join_them()
    redeem.redeem(ana, make_reward(cafe, 45), key="1", now=NOON)
    with pytest.raises(merge.CannotPart, match="35 points that came along") as refused:
        part_them(done)
    assert refused.value.facts == {"missing": 35}
    assert points(ana) == 15
    assert not audit.breaches()


def test_a_refund_before_parting_is_the_other_ones_afterwards(
    cafe, ana, twin, join_them, part_them
):
    first, _second = buy(twin, 20_00), buy(twin, 30_00)
    give(ana, 100, expires_on=LATE)
    done = join_them()
    redeem.redeem(ana, make_reward(cafe, 60), key="1", now=NOON)
    bring_back(twin, first)
    part_them(done)
    assert held(twin) == (30, 0, 0, 30)
    assert held(ana)[:3] == (40, 0, 0)
    assert not audit.breaches()


# --- Earning -------------------------------------------------------------------------------------


def test_a_sale_on_its_way_earns_for_who_has_the_account_now(ana, twin, join_them):
    on_its_way = sale(10_00, member=twin)
    join_them()
    outcome = earn.from_purchase(ana.program, on_its_way, now=NOON)
    assert outcome.account_id == ana.account_id
    assert points(ana) == 10
    assert not audit.breaches()


def test_a_sale_told_again_is_the_same_sale(cafe, ana, twin, join_them):
    told = sale(10_00, member=twin, reference="4711")
    earn.from_purchase(cafe, told, now=NOON)
    join_them()
    again = sale(10_00, member=ana, reference="4711")
    assert earn.from_purchase(cafe, again, now=NOON).status == "repeated"
    assert points(ana) == 10


def test_what_staff_give_by_an_old_page_arrives(cafe, ana, twin, owner, join_them):
    join_them()
    adjust.adjust(twin, cafe.wallets.get(), 7, reason="x", key="1", now=NOON, by=owner)
    assert (points(ana), points(twin)) == (7, 0)
    assert not audit.breaches()


def test_a_limit_counts_what_both_have_had(cafe, ana, twin, join_them, part_them):
    make_rule(
        cafe, trigger="video", effect={"kind": "fixed", "points": 10},
        caps=[{"period": "day", "limit": 15}],
    )  # fmt: skip
    program = type(cafe).objects.get(pk=cafe.pk)
    video(program, twin)
    done = join_them()
    assert video(program, ana) == 5
    part_them(done)
    assert video(program, twin) == 5
    assert video(program, ana) == 10


def video(program, member) -> int:
    member.program = program
    return sum(entry.points for entry in do(member, "video").entries)


def test_days_count_together_and_may_reach_a_tier(cafe, ana, twin, join_them, part_them):
    make_tiers(cafe, 0, 50_00)
    for member in (ana, twin):
        buy(member, 30_00)
    assert (rank(ana), rank(twin)) == (0, 0)
    done = join_them()
    assert rank(ana) == 1
    part_them(done)
    assert rank(ana) == 0
    spends = dict(QualifyingDay.objects.values_list("account", "spend_minor"))
    assert spends == {ana.account_id: 30_00, twin.account_id: 30_00}


def test_a_refund_meanwhile_is_taken_from_the_day_of_both(cafe, ana, twin, join_them, part_them):
    make_tiers(cafe, 0, 50_00)
    bought = buy(twin, 30_00)
    buy(ana, 30_00)
    done = join_them()
    bring_back(twin, bought)
    part_them(done)
    spends = dict(QualifyingDay.objects.values_list("account", "spend_minor"))
    assert spends == {ana.account_id: 30_00, twin.account_id: 0}


# --- Who they are --------------------------------------------------------------------------------


def test_old_cards_and_addresses_find_the_survivor(cafe, ana, twin, join_them):
    join_them(take=["email"])
    names = [
        Named(card_code=twin.card_code), Named(public_id=twin.public_id),
        Named(external_id="C-2"), Named(email="ana@work.example.org"),
    ]  # fmt: skip
    assert {it and it.account_id for it in finding.find(cafe, names)} == {ana.account_id}
    assert searching.named_exactly(cafe, twin.card_code) == [ana]
    assert list(searching.Search(cafe, twin.card_code).page()) == [ana]
    assert list(searching.Search(cafe).page()) == [ana]


def test_the_values_that_win_are_taken_and_given_back(ana, twin, join_them, part_them):
    done = join_them(take=["name", "email", "phone"])
    kept = fresh(ana)
    assert (kept.name, kept.email, kept.phone) == (
        "A. Suksawat", "ana@work.example.org", "+66811111111",
    )  # fmt: skip
    assert kept.email_verified_at == NOON
    part_them(done)
    for member in (ana, twin):
        after = fresh(member)
        for field in merge.CHOICES:
            assert getattr(after, field) == getattr(member, field), field
        assert (after.state, after.merged_into) == (Member.State.ACTIVE, None)
        assert after.email_verified_at == member.email_verified_at


def test_the_longer_membership_counts(cafe, ana, owner, part_them):
    older = make_member(cafe, "old@example.org", now=NOON.replace(year=2020))
    done = merge.merge(ana, older, reason="x", now=NOON, by=owner)
    assert fresh(ana).enrolled_on == date(2020, 6, 2)
    part_them(done)
    assert fresh(ana).enrolled_on == ana.enrolled_on


def test_a_no_of_either_is_a_no(ana, twin, join_them):
    choose(ana, offers=True)
    choose(twin, account=False)
    join_them()
    assert (wants(ana, "offers"), wants(ana, "account")) == (False, False)


def test_either_sign_in_leads_to_the_survivor(cafe, ana, twin, join_them, part_them):
    user = User.objects.create_user("ana@work.example.org")
    Member.objects.filter(pk=twin.pk).update(user=user)
    done = join_them()
    assert fresh(ana).user == user
    assert join.join(cafe, user, now=NOON, email_is_verified=True) == ana
    part_them(done)
    assert (fresh(ana).user, fresh(twin).user) == (None, user)


def test_both_sign_ins_stay_where_there_are_two(cafe, ana, twin, join_them):
    users = [User.objects.create_user(f"{n}@example.org") for n in range(2)]
    for member, user in zip((ana, twin), users, strict=True):
        Member.objects.filter(pk=member.pk).update(user=user)
    join_them()
    for user in users:
        assert join.join(cafe, user, now=NOON, email_is_verified=False) == ana


def test_a_third_becomes_part_and_is_parted_last_in_first_out(  # noqa: PLR0917
    cafe, ana, twin, owner, join_them, part_them
):
    third = make_member(cafe, "third@example.org")
    give(twin, 20, expires_on=SOON)
    give(ana, 5)
    first = join_them()
    second = merge.merge(third, ana, reason="x", now=NOON, by=owner)
    assert points(third) == 25
    [found] = finding.find(cafe, [Named(card_code=twin.card_code)])
    assert found
    assert found.account_id == third.account_id
    with pytest.raises(merge.CannotPart):
        part_them(first)
    part_them(second)
    part_them(first)
    assert (points(twin), points(ana), points(third)) == (20, 5, 0)
    assert not audit.breaches()


def test_a_refund_reaches_through_two_merges(cafe, ana, twin, owner, join_them):
    third = make_member(cafe, "third@example.org")
    bought = buy(twin, 20_00)
    join_them()
    merge.merge(third, ana, reason="x", now=NOON, by=owner)
    give(third, 100, expires_on=SOON)
    bring_back(twin, bought)
    assert held(third)[:3] == (100, 0, 0)
    assert not audit.breaches()


# --- Who may not ---------------------------------------------------------------------------------


def test_only_two_that_are_active_become_one(ana, twin, join_them):
    Member.objects.filter(pk=twin.pk).update(state="blocked")
    with pytest.raises(MemberNotActive):
        join_them()


def test_only_two_of_one_program(ana, owner):
    stranger = make_member(make_program(), "x@example.org")
    for other in (ana, stranger):
        with pytest.raises(merge.CannotMerge):
            merge.merge(ana, other, reason="x", now=NOON, by=owner)


def test_nobody_merges_themselves(cafe, ana, owner):
    hers = make_member(cafe, owner.user.email, user=owner.user)
    for pair in ((ana, hers), (hers, ana)):
        with pytest.raises(OwnAccount):
            merge.merge(*pair, reason="x", now=NOON, by=owner)


def test_who_is_forgotten_is_forgotten_with_every_part(ana, twin, join_them):
    give(twin, 20)
    join_them()
    erase.erase(ana, now=NOON)
    assert not Member.objects.exists()
    assert not Balance.objects.exclude(points=0, pending=0, owed=0).exists()
    assert not audit.breaches()
