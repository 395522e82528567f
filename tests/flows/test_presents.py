"""Rules and campaigns that give a reward or a badge, and what a refund does to it."""

from datetime import timedelta

import pytest

from loyalty.flows import badges as badge_flow
from loyalty.flows import campaigns, vouchers
from loyalty.insights.campaigns import results_of
from loyalty.rewards import codes
from loyalty.rewards.models import Redemption, Reward, Voucher
from members import badges
from tests.makers import NOON, bring_back, buy, do, make_reward, make_rule, points

SOON = NOON + timedelta(hours=1)


@pytest.fixture
def coffee(cafe):
    return make_reward(cafe, 100, stock=5)


@pytest.fixture
def regular(cafe):
    return badge_flow.save(cafe, None, name={"en": "Regular"}, by=None, now=NOON)


def run(program, effect, **told):
    made = campaigns.save(
        program, None, by=None, now=NOON, name={"en": "Big basket"}, wallet="points", effect=effect,
        starts_at=NOON - timedelta(days=1), ends_at=NOON + timedelta(days=9), **told,
    )  # fmt: skip
    return campaigns.schedule(made, by=None, now=NOON)


def of(reward):
    return {"kind": "reward", "reward": reward.public_id}


def held(member):
    return [it.voucher.status for it in Redemption.objects.filter(account=member.account_id)]


def left(reward):
    return Reward.objects.values_list("stock", flat=True).get(pk=reward.pk)


def test_a_campaign_gives_a_reward_beside_the_points(cafe, ana, ben, coffee):
    campaign = run(cafe, of(coffee), conditions=[{"kind": "minimum_spend", "minor": 50_00}])
    buy(ana, 50_00)
    buy(ben, 49_99)
    assert held(ana) == [Voucher.Status.READY]
    assert held(ben) == []
    assert points(ana) == 50
    assert left(coffee) == 4
    assert results_of([campaign])[campaign.pk].awards == 1


def test_the_same_sale_gives_it_once(cafe, ana, coffee):
    run(cafe, of(coffee))
    for _told in range(2):
        buy(ana, 50_00, reference="till-1")
    assert held(ana) == [Voucher.Status.READY]


def test_limits_count_what_was_given(cafe, ana, ben, coffee):
    member, all_ = (
        {"period": "ever", "limit": limit, "scope": scope}
        for limit, scope in ((1, "member"), (2, "total"))
    )
    run(cafe, of(coffee), caps=[member, all_])
    for member in (ana, ana, ben):
        buy(member, 10_00)
    assert (len(held(ana)), len(held(ben))) == (1, 1)


def test_what_has_run_out_uses_up_no_limit(cafe, ana, coffee):
    run(cafe, of(coffee), caps=[{"period": "ever", "limit": 1}])
    Reward.objects.filter(pk=coffee.pk).update(stock=0)
    buy(ana, 10_00)
    assert held(ana) == []
    assert points(ana) == 10
    Reward.objects.filter(pk=coffee.pk).update(stock=1)
    buy(ana, 10_00)
    assert held(ana) == [Voucher.Status.READY]


def test_a_budget_counts_presents(cafe, ana, coffee):
    run(cafe, of(coffee), budget=2)
    for _sale in range(3):
        buy(ana, 10_00)
    assert len(held(ana)) == 2


def test_a_refund_withdraws_a_voucher_that_was_not_used(cafe, ana, coffee):
    run(cafe, of(coffee), conditions=[{"kind": "minimum_spend", "minor": 50_00}])
    bought = buy(ana, 60_00)
    bring_back(ana, bought, 10_00)
    assert held(ana) == [Voucher.Status.READY]
    bring_back(ana, bought, 1_00)
    assert held(ana) == [Voucher.Status.CANCELLED]
    assert left(coffee) == 5
    bring_back(ana, bought, 49_00)
    assert left(coffee) == 5
    assert points(ana) == 0


def test_what_was_used_was_used(cafe, ana, coffee):
    run(cafe, of(coffee))
    bought = buy(ana, 60_00)
    made = Redemption.objects.get()
    vouchers.use(cafe, codes.code_of(made.voucher), now=SOON)
    bring_back(ana, bought, 60_00)
    assert held(ana) == [Voucher.Status.USED]


def test_a_badge_goes_with_the_sale_that_gave_it(cafe, ana, regular):
    make_rule(cafe, effect={"kind": "badge", "badge": regular.public_id}, multiplied_by_tier=False)
    first = buy(ana, 10_00)
    buy(ana, 10_00)
    assert [it.badge for it in badges.held_by(ana)] == [regular]
    bring_back(ana, first, 10_00)
    assert badges.held_by(ana) == []


def test_an_activity_gives_a_badge_that_no_refund_takes(cafe, ana, regular):
    make_rule(
        cafe, trigger="review", effect={"kind": "badge", "badge": regular.public_id},
        multiplied_by_tier=False,
    )  # fmt: skip
    do(ana, "review")
    assert [it.badge for it in badges.held_by(ana)] == [regular]


def test_what_was_archived_gives_nothing_and_stops_nobody(cafe, ana, coffee, regular):
    for effect in (of(coffee), {"kind": "badge", "badge": regular.public_id}):
        run(cafe, effect)
    badge_flow.archive(regular, by=None, now=NOON)
    Reward.objects.filter(pk=coffee.pk).update(archived_at=NOON)
    buy(ana, 10_00)
    assert points(ana) == 10
    assert held(ana) == badges.held_by(ana) == []
