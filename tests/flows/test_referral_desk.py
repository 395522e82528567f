"""What staff decide about a referral that is held: once, undone if need be, never their own."""

import pytest

from campaigns.referrals.models import Referral
from loyalty.flows import erase, merge, referrals
from loyalty.flows.adjust import NeedsReason
from loyalty.flows.own_account import OwnAccount
from loyalty.flows.referral_desk import AlreadyDecided, CannotReopen, refuse, release, reopen
from loyalty.ledger import audit
from loyalty.merchants.models import AuditEntry
from tests.makers import NOON, bring_back, buy, make_member, make_staff, points
from tests.referral_makers import CLEARED, allow, bought, bring, fresh, of, sweep

State = Referral.State
TWIN = "ana+1@example.org"


@pytest.fixture
def staff(cafe):
    allow(cafe)
    return make_staff(cafe)


@pytest.fixture
def held(staff, ana):
    """A friend of Ana's who has her address but for a tag."""
    twin = bought(ana, email=TWIN)
    sweep(CLEARED)
    assert of(twin).is_held
    assert points(ana) == 0
    return of(twin)


def test_what_is_released_goes_on(held, ana, staff):
    for _twice in range(2):
        release(held, by=staff, now=CLEARED, reason="Two sisters")
    sweep(CLEARED)
    sweep(CLEARED)
    assert points(ana) == 50
    assert AuditEntry.objects.filter(action="referral.release").count() == 1


def test_what_is_refused_counts_no_more(held, ana, staff):
    with pytest.raises(NeedsReason):
        refuse(held, by=staff, now=CLEARED, reason=" ")
    for _twice in range(2):
        refuse(held, by=staff, now=CLEARED, reason="One person")
    sweep(CLEARED)
    assert points(ana) == 0
    assert not Referral.objects.held().exists()
    with pytest.raises(AlreadyDecided):
        release(held, by=staff, now=CLEARED)


def test_a_release_is_undone_and_done_again(held, ana, staff):
    for total in (50, 50):
        release(held, by=staff, now=CLEARED)
        sweep(CLEARED)
        assert points(ana) == total
        for _twice in range(2):
            reopen(held, by=staff, now=CLEARED)
        assert points(ana) == 0
    assert Referral.objects.held().get() == held
    assert not [*audit.breaches()]


def test_a_refusal_is_undone(held, ana, staff):
    refuse(held, by=staff, now=CLEARED, reason="One person")
    reopen(held, by=staff, now=CLEARED)
    release(held, by=staff, now=CLEARED)
    sweep(CLEARED)
    assert points(ana) == 50


def test_what_was_rewarded_can_be_refused_later(staff, ana):
    ben = bought(ana)
    sweep(CLEARED)
    refuse(of(ben), by=staff, now=CLEARED, reason="Found out")
    assert points(ana) == 0


def test_a_refund_is_not_undone(staff, ana):
    ben = bring(ana)
    bring_back(ben, buy(ben, 25_00))
    with pytest.raises(CannotReopen):
        reopen(of(ben), by=staff, now=NOON)


@pytest.mark.parametrize("act", [release, refuse, reopen])
def test_nobody_decides_on_a_referral_of_their_own(held, ana, cafe, act):
    colleague = make_staff(cafe, email="ana@example.org")
    with pytest.raises(OwnAccount):
        act(held, by=colleague, now=CLEARED, **({"reason": "Mine"} if act is refuse else {}))


# --- People who are forgotten, and people who become one -----------------------------------------


def test_whose_friend_is_forgotten_has_brought_nobody(staff, ana):
    ben = bought(ana)
    referral = of(ben)
    erase.erase(ben, now=NOON)
    sweep(CLEARED)
    referral.refresh_from_db()
    assert (referral.state, referral.reason, points(ana)) == (State.REFUSED, "gone", 0)


def test_a_friend_keeps_their_reward_when_who_invited_is_forgotten(staff, ana):
    ben = bought(ana)
    before = points(ben)
    erase.erase(fresh(ana), now=NOON)
    sweep(CLEARED)
    assert points(ben) == before + 20
    assert of(ben).advocate_gift == "none"


def test_friends_come_along_when_memberships_become_one(staff, cafe, ana):
    other = make_member(cafe, "ana.work@example.org", name="Ana")
    ben = bought(other)
    done = merge.merge(fresh(ana), fresh(other), reason="One person", now=NOON, by=staff)
    sweep(CLEARED)
    assert points(ana) == 50
    assert of(ben).advocate_id == ana.account_id
    merge.part(done, reason="Two people", now=CLEARED, by=staff)
    assert of(ben).advocate_id == other.account_id


def test_who_turns_out_to_have_invited_themselves_has_nothing(staff, ana):
    ben = bring(ana)
    buy(ben, 25_00)
    sweep(CLEARED)
    assert points(ana) == 50
    merge.merge(fresh(ana), fresh(ben), reason="One person", now=CLEARED, by=staff)
    sweep(CLEARED)
    assert Referral.objects.get().reason == "same"
    assert points(ana) == 25  # What the purchase earned, carried over.


def test_a_code_leads_to_who_somebody_is_now(staff, cafe, ana):
    other = make_member(cafe, "ana.work@example.org", name="Ana")
    code = referrals.code_of(fresh(other))
    merge.merge(fresh(ana), fresh(other), reason="One person", now=NOON, by=staff)
    assert referrals.advocate_of(cafe, code) == ana
