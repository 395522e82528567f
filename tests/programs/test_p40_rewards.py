"""P40: rewards of every kind, with stock, limits, tier gates, and a validity of what is issued."""

from datetime import UTC, datetime, timedelta

import pytest

from loyalty.flows.redeem import redeem
from loyalty.flows.rewards import save_reward
from loyalty.flows.vouchers import use
from loyalty.ledger import audit
from loyalty.refusal import Refusal
from loyalty.rewards.catalog import offers_for
from loyalty.rewards.codes import code_of
from loyalty.rewards.models import Voucher
from members.models import Tier, TierStatus
from tests.at_once import times
from tests.makers import NOON, TODAY, give, make_member, make_staff, points


def sell(cafe, **fields):
    """A reward, as the owner puts it into the catalog."""
    fields = {"name": {"en": "Reward"}, "price": 10, "wallet": cafe.wallets.get()} | fields
    return save_reward(cafe, None, by=make_staff(cafe), now=NOON, **fields)


def refused(member, reward, *, key: str, now=NOON) -> str:
    with pytest.raises(Refusal) as refusal:
        redeem(member, reward, key=key, now=now)
    return refusal.value.code


@pytest.mark.parametrize(
    ("fields", "worth"),
    [
        ({"kind": "amount_off", "amount_minor": 5_000}, 5_000),
        ({"kind": "percent_off", "percent": 15}, None),
        ({"kind": "free_product", "product": "latte"}, None),
        ({"kind": "free_shipping"}, None),
        ({"kind": "store_credit", "amount_minor": 20_000}, 20_000),
        ({"kind": "custom"}, None),
    ],
)
def test_a_reward_of_any_kind_is_bought_and_used(cafe, ana, fields, worth):
    give(ana, 10)
    made = redeem(ana, sell(cafe, **fields), key="click", now=NOON)
    used = use(cafe, code_of(made.voucher), now=NOON)
    assert (used.status, used.redemption.worth_minor) == (Voucher.Status.USED, worth)
    assert points(ana) == 0


def test_limits_tiers_and_dates_are_kept(cafe, ana):
    give(ana, 100)
    weekly = sell(cafe, member_limit=1, member_limit_period="week")
    redeem(ana, weekly, key="monday", now=NOON)
    assert refused(ana, weekly, key="tuesday") == "member_limit_reached"
    redeem(ana, weekly, key="next week", now=NOON + timedelta(days=7))

    gold = Tier.objects.create(program=cafe, rank=1, name={"en": "Gold"}, threshold=100)
    lounge = sell(cafe, from_rank=1)
    assert refused(ana, lounge, key="1") == "tier_too_low"
    TierStatus.objects.create(account=ana.account, tier=gold, since_on=TODAY)
    redeem(ana, lounge, key="1", now=NOON)

    summer = sell(cafe, starts_at=NOON + timedelta(days=1), ends_at=NOON + timedelta(days=2))
    assert refused(ana, summer, key="early") == "reward_not_on_offer"
    redeem(ana, summer, key="in time", now=NOON + timedelta(days=1))
    assert refused(ana, summer, key="late", now=NOON + timedelta(days=2)) == "reward_not_on_offer"
    assert points(ana) == 60


def test_what_is_issued_is_good_for_as_long_as_the_reward_says(cafe, ana):
    give(ana, 10)
    made = redeem(ana, sell(cafe, voucher_days=7), key="click", now=NOON)
    assert made.voucher.expires_at == datetime(2026, 6, 9, 17, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_the_last_item_goes_to_one_of_twenty_and_nobody_loses_points(cafe):
    bag = sell(cafe, name={"en": "Bag"}, stock=1)
    people = [make_member(cafe, f"member-{number}@example.org") for number in range(20)]
    for person in people:
        give(person, 10)
    told = times(20, lambda number: redeem(people[number], bag, key="click", now=NOON))
    assert told.count("sold_out") == 19
    assert sorted(points(person) for person in people) == [0] + [10] * 19
    [offer] = offers_for(cafe, people[0].account_id, rank=0, at=NOON)
    assert offer.locked == "sold_out"
    assert audit.breaches() == []
