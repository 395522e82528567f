from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from loyalty.flows import redeem as flow
from loyalty.flows.own_account import OwnAccount
from loyalty.flows.redeem import NotOnOffer, TierTooLow, cancel, gift, redeem
from loyalty.flows.spending import MemberNotActive
from loyalty.flows.vouchers import VoucherExpired, VoucherUsed, use
from loyalty.ledger import audit, posting
from loyalty.ledger.models import Entry
from loyalty.merchants.models import AuditEntry
from loyalty.messaging.models import Message
from loyalty.rewards.codes import code_of
from loyalty.rewards.models import Redemption, Voucher
from loyalty.rewards.supply import SoldOut
from members.models import Member, Tier, TierStatus
from tests.at_once import at_once, times
from tests.makers import (
    NOON,
    TODAY,
    give,
    make_member,
    make_program,
    make_reward,
    make_staff,
    points,
)

real = pytest.mark.django_db(transaction=True)


def nothing_happened(member, before: int) -> bool:
    return (
        points(member) == before
        and not Redemption.objects.exists()
        and not Voucher.objects.exists()
        and not Message.objects.exists()
        and audit.breaches() == []
    )


def test_points_become_a_voucher(ana):
    give(ana, 30)
    made = redeem(ana, make_reward(ana.program, 10), key="click", now=NOON)
    assert points(ana) == 20
    assert made.entry.points == -10
    assert made.voucher.status == Voucher.Status.READY
    assert len(code_of(made.voucher)) == 14
    assert audit.breaches() == []


def test_a_voucher_is_good_for_whole_days_of_the_programs_zone(ana):
    give(ana, 30)
    made = redeem(ana, make_reward(ana.program, voucher_days=30), key="click", now=NOON)
    # 2 June and 30 days more: until midnight after 2 July in Bangkok.
    assert made.voucher.expires_at == datetime(2026, 7, 2, 17, tzinfo=UTC)


def test_a_voucher_without_days_never_expires(ana):
    give(ana, 30)
    made = redeem(ana, make_reward(ana.program, voucher_days=None), key="click", now=NOON)
    assert made.voucher.expires_at is None


def test_an_amount_off_says_what_it_is_worth(ana):
    give(ana, 30)
    reward = make_reward(ana.program, kind="amount_off", amount_minor=5_000)
    assert redeem(ana, reward, key="click", now=NOON).worth_minor == 5_000


def test_the_same_key_redeems_once(ana):
    give(ana, 30)
    reward = make_reward(ana.program)
    first = redeem(ana, reward, key="click", now=NOON)
    again = redeem(ana, reward, key="click", now=NOON + timedelta(minutes=1))
    assert (again, again.voucher) == (first, first.voucher)
    assert points(ana) == 20
    assert Message.objects.count() == 1


def test_a_key_cannot_mean_another_reward(ana):
    give(ana, 30)
    redeem(ana, make_reward(ana.program), key="click", now=NOON)
    with pytest.raises(posting.KeyReused):
        redeem(ana, make_reward(ana.program), key="click", now=NOON)


def test_keys_of_two_members_do_not_meet(ana, ben):
    reward = make_reward(ana.program)
    give(ana, 10), give(ben, 10)
    assert redeem(ana, reward, key="1", now=NOON) != redeem(ben, reward, key="1", now=NOON)


def test_points_that_are_not_there_buy_nothing(ana):
    give(ana, 9)
    reward = make_reward(ana.program, 10, stock=5)
    with pytest.raises(posting.InsufficientPoints) as refusal:
        redeem(ana, reward, key="click", now=NOON)
    assert refusal.value.facts == {"missing": 1}
    reward.refresh_from_db()
    assert reward.stock == 5
    assert nothing_happened(ana, 9)


def test_points_that_expired_this_morning_buy_nothing(ana):
    give(ana, 10, expires_on=TODAY)
    with pytest.raises(posting.InsufficientPoints):
        redeem(ana, make_reward(ana.program, 10), key="click", now=NOON)


@pytest.mark.parametrize(
    "fields",
    [
        {"is_active": False},
        {"archived_at": NOON},
        {"starts_at": NOON + timedelta(seconds=1)},
        {"ends_at": NOON},
        {"is_automatic": True},
    ],
)
def test_what_is_not_on_offer_cannot_be_had(ana, fields):
    give(ana, 30)
    with pytest.raises(NotOnOffer):
        redeem(ana, make_reward(ana.program, **fields), key="click", now=NOON)
    assert nothing_happened(ana, 30)


def test_a_page_that_was_open_too_long_buys_nothing(ana):
    give(ana, 30)
    shown = make_reward(ana.program)
    type(shown).objects.filter(pk=shown.pk).update(archived_at=NOON)
    with pytest.raises(NotOnOffer):
        redeem(ana, shown, key="click", now=NOON)


def test_another_programs_reward_is_not_on_offer(ana):
    give(ana, 30)
    with pytest.raises(NotOnOffer):
        redeem(ana, make_reward(make_program("elsewhere")), key="click", now=NOON)


def test_a_reward_may_ask_for_a_tier(ana):
    gold = Tier.objects.create(program=ana.program, rank=2, name={"en": "Gold"}, threshold=500)
    give(ana, 30)
    reward = make_reward(ana.program, from_rank=2)
    with pytest.raises(TierTooLow, match="Gold"):
        redeem(ana, reward, key="click", now=NOON)
    assert nothing_happened(ana, 30)
    TierStatus.objects.create(account=ana.account, tier=gold, since_on=TODAY)
    redeem(ana, reward, key="click", now=NOON)


def test_what_has_run_out_costs_nothing(ana):
    give(ana, 30)
    with pytest.raises(SoldOut):
        redeem(ana, make_reward(ana.program, stock=0), key="click", now=NOON)
    assert nothing_happened(ana, 30)


@pytest.mark.parametrize("state", [Member.State.BLOCKED, Member.State.LEFT])
def test_who_is_not_active_cannot_spend(ana, state):
    give(ana, 30)
    Member.objects.update(state=state)  # While the page was open.
    with pytest.raises(MemberNotActive):
        redeem(ana, make_reward(ana.program), key="click", now=NOON)
    assert nothing_happened(ana, 30)


def test_the_voucher_is_owed_as_a_letter(ana):
    give(ana, 30)
    made = redeem(ana, make_reward(ana.program), key="click", now=NOON)
    letter = Message.objects.get()
    assert (letter.to, letter.template) == ("ana@example.org", "voucher")
    assert letter.context == {"voucher_id": made.voucher.pk}


def test_a_letter_can_be_spared(ana):
    give(ana, 30)
    redeem(ana, make_reward(ana.program), key="click", now=NOON, letters=False)
    assert flow.present(ana, make_reward(ana.program), key="1", now=NOON, letters=False)
    assert not Message.objects.exists()


def test_what_staff_redeem_for_a_member_is_in_the_trail(ana):
    give(ana, 30)
    cashier = make_staff(ana.program, "cashier")
    made = redeem(ana, make_reward(ana.program), key="click", now=NOON, by=cashier)
    cancel(made, now=NOON, by=cashier, reason="She changed her mind")
    trail = AuditEntry.objects.order_by("pk").values_list("action", "user", "detail__reason")
    assert list(trail) == [
        ("reward.redeem", cashier.user_id, ""),
        ("reward.cancel", cashier.user_id, "She changed her mind"),
    ]


# --- Cancelling -------------------------------------------------------------------------------


def test_a_cancelled_voucher_gives_its_points_back_to_their_lots(ana):
    award = give(ana, 30)
    reward = make_reward(ana.program, stock=3)
    made = cancel(redeem(ana, reward, key="click", now=NOON), now=NOON)
    reward.refresh_from_db()
    award.lot.refresh_from_db()
    assert (points(ana), award.lot.remaining, reward.stock) == (30, 30, 3)
    assert made.status == Redemption.Status.CANCELLED
    assert made.voucher.status == Voucher.Status.CANCELLED
    assert audit.breaches() == []


def test_cancelling_twice_gives_back_once(ana):
    give(ana, 30)
    reward = make_reward(ana.program, stock=3)
    made = redeem(ana, reward, key="click", now=NOON)
    assert cancel(made, now=NOON) == cancel(made, now=NOON)
    reward.refresh_from_db()
    assert (points(ana), reward.stock) == (30, 3)


def test_the_key_of_what_was_cancelled_buys_nothing_new(ana):
    give(ana, 30)
    reward = make_reward(ana.program)
    made = cancel(redeem(ana, reward, key="click", now=NOON), now=NOON)
    assert redeem(ana, reward, key="click", now=NOON) == made
    assert points(ana) == 30


def test_a_used_voucher_is_not_taken_back(ana):
    give(ana, 30)
    made = redeem(ana, make_reward(ana.program), key="click", now=NOON)
    use(ana.program, code_of(made.voucher), now=NOON)
    with pytest.raises(VoucherUsed):
        cancel(made, now=NOON)
    assert points(ana) == 20


def test_a_voucher_that_lapsed_gives_nothing_back(ana):
    give(ana, 30)
    made = redeem(ana, make_reward(ana.program, voucher_days=1), key="click", now=NOON)
    with pytest.raises(VoucherExpired):
        cancel(made, now=NOON + timedelta(days=3))
    assert points(ana) == 20


# --- Presents ---------------------------------------------------------------------------------


def test_a_present_costs_nothing(ana):
    made = gift(ana, make_reward(ana.program, stock=1), key="tier:2", now=NOON)
    assert made.entry is None
    assert made.voucher.status == Voucher.Status.READY
    assert not Entry.objects.exists()
    assert gift(ana, made.reward, key="tier:2", now=NOON) == made


def test_a_present_may_be_what_the_catalog_does_not_show(ana):
    gift(ana, make_reward(ana.program, is_active=False), key="tier:2", now=NOON)
    with pytest.raises(NotOnOffer):
        gift(ana, make_reward(ana.program, archived_at=NOON), key="tier:3", now=NOON)


def test_a_members_own_key_cannot_stand_in_the_way_of_a_present(ana):
    give(ana, 10)
    redeem(ana, make_reward(ana.program), key="tier:2", now=NOON)
    gift(ana, make_reward(ana.program), key="tier:2", now=NOON)


def test_staff_say_why_and_never_to_themselves(ana):
    owner = make_staff(ana.program)
    reward = make_reward(ana.program)
    with pytest.raises(flow.NeedsReason):
        gift(ana, reward, key="1", now=NOON, by=owner, reason=" ")
    gift(ana, reward, key="1", now=NOON, by=owner, reason="The coffee was cold")
    assert AuditEntry.objects.get().told.reason == "The coffee was cold"
    herself = make_member(ana.program, "owner@example.org", user=owner.user)
    with pytest.raises(OwnAccount):
        gift(herself, reward, key="1", now=NOON, by=owner, reason="I work hard")


def test_a_cancelled_present_is_back_in_stock(ana):
    reward = make_reward(ana.program, stock=1)
    cancel(gift(ana, reward, key="1", now=NOON), now=NOON)
    reward.refresh_from_db()
    assert reward.stock == 1
    assert points(ana) == 0


def test_nobody_waits_for_a_present_that_has_run_out(ana):
    assert flow.present(ana, make_reward(ana.program, stock=0), key="1", now=NOON) is None
    assert flow.present(ana, make_reward(ana.program, stock=1), key="1", now=NOON)


# --- At the same moment -----------------------------------------------------------------------


@real
def test_the_last_one_goes_to_one_of_twenty(cafe):
    reward = make_reward(cafe, 10, stock=1)
    people = [make_member(cafe, f"member-{number}@example.org") for number in range(20)]
    for person in people:
        give(person, 10)
    told = times(20, lambda number: redeem(people[number], reward, key="click", now=NOON))
    reward.refresh_from_db()
    assert told.count("sold_out") == 19
    assert sum(points(person) for person in people) == 190
    assert (reward.stock, Voucher.objects.count()) == (0, 1)
    assert audit.breaches() == []


@real
def test_twenty_redemptions_of_one_balance_spend_it_once(cafe):
    ana, reward = make_member(cafe), make_reward(cafe, 10)
    give(ana, 10)
    told = times(20, lambda number: redeem(ana, reward, key=f"click-{number}", now=NOON))
    assert told.count("insufficient_points") == 19
    assert (points(ana), Redemption.objects.count()) == (0, 1)
    assert audit.breaches() == []


@real
def test_eight_clicks_with_one_key_redeem_once(cafe):
    ana, reward = make_member(cafe), make_reward(cafe, 10, stock=8)
    give(ana, 100)
    told = times(8, lambda _number: redeem(ana, reward, key="click", now=NOON))
    reward.refresh_from_db()
    assert len({made.pk for made in told}) == 1
    assert (points(ana), reward.stock) == (90, 7)
    assert audit.breaches() == []


@real
def test_a_limit_holds_under_eight_requests(cafe):
    ana, reward = make_member(cafe), make_reward(cafe, 10, member_limit=2)
    give(ana, 100)
    told = times(8, lambda number: redeem(ana, reward, key=f"click-{number}", now=NOON))
    assert told.count("member_limit_reached") == 6
    assert points(ana) == 80


@real
def test_a_voucher_is_either_used_or_cancelled(cafe):
    ana, reward = make_member(cafe), make_reward(cafe, 10, stock=6)
    give(ana, 60)
    for round_ in range(6):
        made = redeem(ana, reward, key=f"round-{round_}", now=NOON)
        code = code_of(made.voucher)
        told = at_once(partial(use, cafe, code, now=NOON), partial(cancel, made, now=NOON))
        made.voucher.refresh_from_db()
        used = made.voucher.status == Voucher.Status.USED
        assert told[1 if used else 0] in ("voucher_used", "voucher_cancelled")
        cancelled = Redemption.objects.get(pk=made.pk).status == Redemption.Status.CANCELLED
        assert cancelled is not used
    spent = 10 * Voucher.objects.filter(status=Voucher.Status.USED).count()
    reward.refresh_from_db()
    assert (points(ana), reward.stock) == (60 - spent, 6 - spent // 10)
    assert audit.breaches() == []


@real
def test_eight_cancellations_give_back_once(cafe):
    ana, reward = make_member(cafe), make_reward(cafe, 10, stock=1)
    give(ana, 10)
    made = redeem(ana, reward, key="click", now=NOON)
    times(8, lambda _number: cancel(made, now=NOON))
    reward.refresh_from_db()
    assert (points(ana), reward.stock) == (10, 1)
    assert audit.breaches() == []
