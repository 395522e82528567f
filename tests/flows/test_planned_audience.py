"""The letters of a campaign go to whom it means, whatever it gives, and not to who is held out."""

from datetime import timedelta

import pytest

from campaigns.book import compile_campaign
from loyalty.flows import badges as badge_flow
from loyalty.flows import planned, plans, segments
from loyalty.flows.daily import Day
from loyalty.messaging.models import Message
from loyalty.rewards.models import Redemption
from members import badges
from tests.flows.test_campaigns import promise
from tests.makers import NOON, TODAY, buy, choose, make_member, make_reward


@pytest.fixture
def people(cafe, ana, ben):
    for member in (ana, ben):
        choose(member, offers=True)
    plans.save(cafe, None, event="campaign_start", days=0, by=None, now=NOON)
    return ana, ben


def written(cafe):
    cafe.refresh_from_db()
    list(planned.write(Day(program=cafe, on=TODAY, clock=lambda: NOON)))
    owed = Message.objects.filter(template="campaign_start", status="owed")
    return sorted(owed.values_list("to", flat=True))


def start(cafe, **told):
    return promise(cafe, starts_at=NOON, ends_at=NOON + timedelta(days=9), **told)


def test_one_that_gives_a_reward_is_told_of_to_its_audience_alone(cafe, people):
    ana, _ben = people
    testers = segments.save(cafe, None, name={"en": "T"}, kind="list", by=None, now=NOON)
    segments.put_on_list(testers, [ana.email], by=None, now=NOON)
    gives = {"kind": "reward", "reward": make_reward(cafe).public_id}
    start(cafe, effect=gives, conditions=[{"kind": "segment", "segments": [testers.public_id]}])
    assert written(cafe) == [ana.email]


def test_one_for_a_badge_is_told_of_to_those_who_hold_it(cafe, people):
    _ana, ben = people
    badge = badge_flow.save(cafe, None, name={"en": "Regular"}, by=None, now=NOON)
    badges.give(ben, badge, key="a", at=NOON - timedelta(days=1))
    start(cafe, conditions=[{"kind": "badge", "badges": [badge.public_id]}])
    assert written(cafe) == [ben.email]


def test_who_is_held_out_is_neither_told_nor_given_anything(cafe, people):
    members = [*people, *(make_member(cafe, f"m{n}@example.org", offers=True) for n in range(8))]
    gives = {"kind": "reward", "reward": make_reward(cafe).public_id}
    compiled = compile_campaign(start(cafe, effect=gives, held_out_percent=50))
    told = sorted(it.email for it in members if not compiled.leaves_out(it.account_id))
    assert 0 < len(told) < len(members)
    assert written(cafe) == told
    for member in members:
        buy(member, 10_00, made_at=NOON + timedelta(hours=1))
    given = Redemption.objects.values_list("account__member__email", flat=True)
    assert sorted(given) == told
