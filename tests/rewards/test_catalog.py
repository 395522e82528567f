from datetime import timedelta

from loyalty.flows.redeem import redeem
from loyalty.rewards.catalog import offer_for, offers_for
from tests.makers import NOON, give, make_program, make_reward

DAY = timedelta(1)


def offers(member, *, rank: int = 0, at=NOON):
    return offers_for(member.program, member.account_id, rank=rank, at=at)


def test_an_offer_says_what_is_missing(ana):
    make_reward(ana.program, 30)
    give(ana, 12)
    [offer] = offers(ana)
    assert (offer.price, offer.points, offer.missing) == (30, 12, 18)
    assert not offer.can_be_had


def test_what_can_be_had_says_so(ana):
    make_reward(ana.program, 30)
    give(ana, 30)
    assert [it.can_be_had for it in offers(ana)] == [True]


def test_only_what_is_on_offer_now_is_in_the_catalog(ana):
    cafe = ana.program
    shown = make_reward(cafe, starts_at=NOON, ends_at=NOON + DAY)
    make_reward(cafe, starts_at=NOON + DAY)
    make_reward(cafe, ends_at=NOON)
    make_reward(cafe, is_active=False)
    make_reward(cafe, archived_at=NOON)
    make_reward(cafe, is_automatic=True)
    make_reward(make_program("elsewhere"))
    assert [it.reward for it in offers(ana)] == [shown]


def test_an_offer_says_why_it_is_locked(ana):
    cafe = ana.program
    give(ana, 100)
    gold = make_reward(cafe, 10, from_rank=2)
    gone = make_reward(cafe, 11, stock=0)
    no_code = make_reward(cafe, 12, uses_pool=True)
    once = make_reward(cafe, 13, member_limit=1)
    redeem(ana, once, key="first", now=NOON)
    locked = {it.reward: it.locked for it in offers(ana)}
    assert locked == {
        gold: "tier_too_low",
        gone: "sold_out",
        no_code: "sold_out",
        once: "member_limit_reached",
    }
    assert {it.reward: it.locked for it in offers(ana, rank=2)}[gold] == ""


def test_a_catalog_costs_the_same_however_long_it_is(ana, django_assert_num_queries):
    for price in range(1, 12):
        make_reward(ana.program, price, member_limit=1, uses_pool=price % 2 == 0)
    with django_assert_num_queries(3):
        assert [str(it.reward.wallet) for it in offers(ana)] == ["points"] * 11


def test_one_offer_is_found_by_its_public_name(ana):
    reward = make_reward(ana.program)
    found = offer_for(ana.program, ana.account_id, reward.public_id, rank=0, at=NOON)
    assert found
    assert found.reward == reward
    assert offer_for(ana.program, ana.account_id, "somebody-elses", rank=0, at=NOON) is None
