"""Prizes: each kind is given once a key, taken back as far as it can be, and told in words."""

from datetime import timedelta

import pytest

from loyalty.flows import badges as badge_flow
from loyalty.flows import prizes, vouchers
from loyalty.flows.prizes import PrizeRefused
from loyalty.flows.spending import MemberNotActive
from loyalty.ledger import audit
from loyalty.localized import Localized
from loyalty.rewards import codes
from loyalty.rewards.models import Redemption, Voucher
from loyalty.rewards.supply import SoldOut
from members import badges
from members.models import Member
from tests.makers import NOON, balance, make_program, make_reward

LATER = NOON + timedelta(days=1)


def give(member, prize, key="contest:3/place:1", **more):
    facts = {"source": "contest:3", "at": NOON, "reason": Localized(en="Summer contest")}
    return prizes.give(member, prize, key=key, **facts | more)


def back(member, prize, key="contest:3/place:1"):
    return prizes.take_back(member, prize, key=key, source="contest:3", at=LATER)


def points_of(program, n=50):
    return {"kind": "points", "wallet": program.wallets.get(code="points").pk, "points": n}


def test_points_are_given_once_and_can_be_taken_back(cafe, ana):
    prize = points_of(cafe)
    assert give(ana, prize).is_new
    assert not give(ana, prize).is_new
    assert balance(ana).points == 50
    assert back(ana, prize)
    assert not back(ana, prize)
    assert balance(ana).points == 0
    assert not list(audit.breaches_of(cafe.pk))[0][1]


def test_a_reward_comes_as_a_voucher_without_a_price(cafe, ana):
    reward = make_reward(cafe, 100, stock=1)
    prize = {"kind": "reward", "reward": reward.pk}
    made = give(ana, prize)
    assert made.is_new
    assert made.redemption.entry is None
    assert not give(ana, prize).is_new
    assert Redemption.objects.get().voucher.status == Voucher.Status.READY
    with pytest.raises(SoldOut):
        give(ana, prize, key="another")
    assert back(ana, prize)
    assert not back(ana, prize)
    reward.refresh_from_db()
    assert reward.stock == 1


def test_a_voucher_that_was_used_stays_used(cafe, ana):
    prize = {"kind": "reward", "reward": make_reward(cafe).pk}
    made = give(ana, prize)
    vouchers.use(cafe, codes.code_of(made.redemption.voucher), now=NOON)
    assert not back(ana, prize)


def test_a_badge_is_given_and_taken_back(cafe, ana):
    badge = badge_flow.save(cafe, None, name={"en": "Winner"}, by=None, now=NOON)
    prize = {"kind": "badge", "badge": badge.pk}
    assert give(ana, prize).is_new
    assert not give(ana, prize).is_new
    assert prizes.told(prize) == "the badge “Winner”"
    assert back(ana, prize)
    assert badges.held_by(ana) == []


def test_nobody_gets_anything_who_is_not_active(cafe, ana):
    Member.objects.filter(pk=ana.pk).update(state=Member.State.BLOCKED)
    badge = badge_flow.save(cafe, None, name={"en": "W"}, by=None, now=NOON)
    for prize in (
        points_of(cafe),
        {"kind": "reward", "reward": make_reward(cafe).pk},
        {"kind": "badge", "badge": badge.pk},
    ):
        with pytest.raises(MemberNotActive):
            give(ana, prize)


def test_prizes_read_names_and_numbers_and_write_names(cafe):
    reward = make_reward(cafe)
    read = prizes.clean(cafe, {"kind": "reward", "reward": reward.public_id}, at=NOON)
    assert read == {"kind": "reward", "reward": reward.pk}
    assert prizes.clean(cafe, read, at=NOON) == read
    assert prizes.written(read) == {"kind": "reward", "reward": reward.public_id}
    points = prizes.clean(cafe, {"kind": "points", "wallet": "points", "points": 5}, at=NOON)
    assert prizes.written(points) == {"kind": "points", "wallet": "points", "points": 5}
    assert prizes.told_all([read, points])[0] == "Free coffee"


@pytest.mark.parametrize(
    "wrong",
    [
        None, [], {}, {"kind": "car"}, {"kind": "points"}, {"kind": "points", "wallet": "points"},
        {"kind": "points", "wallet": "points", "points": 0},
        {"kind": "points", "wallet": "points", "points": True},
        {"kind": "points", "wallet": "points", "points": 5, "more": 1},
        {"kind": "reward", "reward": "nothing"}, {"kind": "reward", "reward": 2**70},
        {"kind": "badge", "badge": 0}, {"kind": "badge", "badge": "a\0b"},
    ],
)  # fmt: skip
def test_what_is_no_prize_is_refused_by_field(cafe, wrong):
    with pytest.raises(PrizeRefused) as refused:
        prizes.clean(cafe, wrong, at=NOON)
    assert refused.value.facts["problems"]


def test_what_cannot_be_had_cannot_be_promised(cafe):
    other = make_reward(make_program("other"))
    gone = make_reward(cafe, archived_at=NOON)
    empty, over = make_reward(cafe, stock=0), make_reward(cafe, ends_at=NOON)
    pool = make_reward(cafe, uses_pool=True)
    for reward in (other, gone, empty, over, pool):
        with pytest.raises(PrizeRefused):
            prizes.clean(cafe, {"kind": "reward", "reward": reward.pk}, at=NOON)
