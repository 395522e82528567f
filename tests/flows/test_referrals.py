"""Who is brought by whom, by a code that is entered in time; and when both are rewarded."""

from datetime import timedelta

import pytest

from campaigns.referrals.models import Referral
from loyalty.flows import referral_terms, referrals
from loyalty.flows.referral_terms import TermsRefused
from loyalty.flows.referrals import CannotBeInvited, UnknownCode, enter_code
from loyalty.ledger import audit
from loyalty.purchases.sale import SaleLine
from members.models import Member
from tests.at_once import at_once
from tests.makers import NOON, bring_back, buy, make_member, make_reward, points
from tests.referral_makers import CLEARED, allow, bought, bring, fresh, of, sweep

State = Referral.State


@pytest.fixture
def open_cafe(cafe):
    allow(cafe)
    return cafe


def test_both_are_rewarded_once_the_purchase_has_cleared(open_cafe, ana):
    ben = bought(ana)
    sweep(NOON)
    before = points(ana), points(ben)
    assert of(ben).state == State.BOUGHT
    sweep(CLEARED)
    sweep(CLEARED)
    assert (points(ana), points(ben)) == (before[0] + 50, before[1] + 20)
    assert of(ben).state == State.CLEARED


def test_a_refund_that_comes_later_takes_both_back(open_cafe, ana):
    ben = bring(ana)
    sale = buy(ben, 25_00)
    sweep(CLEARED)
    bring_back(ben, sale, made_at=CLEARED)
    sweep(CLEARED)
    assert points(ana) == 0
    assert of(ben).reason == "refunded"
    assert not [*audit.breaches()]


def test_a_code_is_entered_before_the_first_purchase(open_cafe, ana, ben):
    code = referrals.code_of(ana)
    buy(ben)
    with pytest.raises(CannotBeInvited):
        enter_code(fresh(ben), code, now=NOON)


def test_nobody_invites_themselves(open_cafe, ana):
    with pytest.raises(CannotBeInvited):
        enter_code(fresh(ana), referrals.code_of(ana), now=NOON)


def test_there_is_no_such_code(open_cafe, ben):
    with pytest.raises(UnknownCode):
        enter_code(fresh(ben), "ZZZZZZZZ", now=NOON)


@pytest.mark.parametrize("length", [2, 3])
def test_nobody_is_invited_by_whom_they_invited(open_cafe, length):
    people = [
        fresh(make_member(open_cafe, f"{name}@example.org", now=NOON))
        for name in ("somsri", "kanda", "pairoj")[:length]
    ]
    for inviter, friend in zip(people, people[1:], strict=False):
        enter_code(friend, referrals.code_of(inviter), now=NOON)
    with pytest.raises(CannotBeInvited):
        enter_code(people[0], referrals.code_of(people[-1]), now=NOON)


def test_the_first_who_invites_is_the_one(open_cafe, ana, ben):
    friend = bring(ana)
    with pytest.raises(CannotBeInvited):
        enter_code(fresh(friend), referrals.code_of(ben), now=NOON)
    assert enter_code(fresh(friend), referrals.code_of(ana), now=NOON) == of(friend)


def test_a_member_has_as_many_rewards_as_the_terms_allow(cafe, ana):
    allow(cafe, month_limit=2)
    for _number in range(3):
        bought(ana)
    sweep(CLEARED)
    assert points(ana) == 100
    assert Referral.objects.filter(reason="limit", state=State.CLEARED).count() == 1


def test_the_terms_of_joining_hold_whatever_comes_later(cafe, ana):
    allow(cafe)
    bought(ana)
    allow(cafe, is_on=False, advocate_prize={"kind": "points", "wallet": "points", "points": 1})
    sweep(CLEARED)
    assert points(ana) == 50


def test_a_reward_that_has_run_out_stays_owed(cafe, ana):
    reward = make_reward(cafe, 10, stock=1)
    allow(cafe, advocate_prize={"kind": "reward", "reward": reward.public_id}, friend_prize={})
    first, second = bought(ana), bought(ana)
    sweep(CLEARED)
    assert {of(first).advocate_gift, of(second).advocate_gift} == {"given", "waiting"}
    reward.stock = 1
    reward.save()
    sweep(CLEARED + timedelta(days=1))
    assert {of(first).advocate_gift, of(second).advocate_gift} == {"given"}


def test_points_do_not_make_a_purchase_large(open_cafe, ana):
    """What counts is spend: a gift card of 100 is none here."""
    ben = bring(ana)
    buy(ben, 0, SaleLine(amount_minor=100_00, kind="gift_card"))
    sweep(CLEARED)
    assert of(ben).state == State.JOINED


def test_a_sale_that_is_told_late_counts_if_it_was_made_in_time(cafe, ana):
    allow(cafe, within_days=10)
    ben, late = bring(ana), NOON + timedelta(days=40)
    sweep(late)
    assert of(ben).state == State.LAPSED
    buy(ben, 25_00, made_at=NOON + timedelta(days=3), now=late)
    sweep(late)
    assert of(ben).state == State.CLEARED


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"within_days": 0}, "within_days"),
        ({"month_limit": 5, "ever_limit": 4}, "month_limit"),
        ({"advocate_prize": {}, "friend_prize": {}}, "advocate_prize"),
        ({"friend_prize": {"kind": "points", "wallet": "none", "points": 1}},
         "friend_prize.wallet"),
    ],
    ids=["no days", "more a month than ever", "nothing to get", "no such wallet"],
)  # fmt: skip
def test_terms_that_nobody_could_keep_are_refused(cafe, fields, wrong):
    with pytest.raises(TermsRefused) as refused:
        allow(cafe, **fields)
    assert wrong in refused.value.facts["problems"]
    assert referral_terms.terms_of(cafe).pk is None


@pytest.mark.django_db(transaction=True)
def test_of_two_who_invite_one_friend_at_once_one_has_invited(cafe, ana, ben):
    allow(cafe)
    friend = make_member(cafe, "wanida@example.org", now=NOON)
    codes = [referrals.code_of(fresh(it)) for it in (ana, ben)]
    told = at_once(*(
        lambda code=code: enter_code(fresh(friend), code, now=NOON).advocate_id for code in codes
    ))  # fmt: skip
    assert "cannot_be_invited" in told
    assert of(friend).advocate_id in told


@pytest.mark.django_db(transaction=True)
def test_two_who_invite_each_other_at_once_make_no_circle(cafe):
    allow(cafe)
    one, two = (make_member(cafe, f"{it}@example.org", now=NOON) for it in ("ploy", "jintana"))
    codes = [referrals.code_of(fresh(it)) for it in (one, two)]
    at_once(
        lambda: enter_code(fresh(one), codes[1], now=NOON),
        lambda: enter_code(fresh(two), codes[0], now=NOON),
    )
    assert Referral.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_give_once(cafe, ana):
    allow(cafe)
    for _number in range(3):
        bought(ana)
    sweep(NOON)
    at_once(*[lambda: referrals.advance_due(now=CLEARED)] * 3)
    sweep(CLEARED)
    assert points(Member.objects.get(pk=ana.pk)) == 150
    assert not [*audit.breaches()]
