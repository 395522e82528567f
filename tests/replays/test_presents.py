"""A replay of a campaign that gives rewards or badges says how many, as if it had been there."""

import pytest

from campaigns.replays.models import Replay
from loyalty.dashboard.replay_figures import beside, day_rows, row_of
from loyalty.flows import badges
from loyalty.insights.replay.telling import happened, notes_of
from loyalty.purchases.models import PurchasePrize
from tests.makers import make_reward
from tests.replays.lives import BEGIN, NOW, live_through, make_shop, plan, replay

pytestmark = pytest.mark.django_db
BIG = [{"kind": "minimum_spend", "minor": 90_00}]
FEW = [{"limit": 2, "period": "ever"}]


def reward(shop):
    return {"kind": "reward", "reward": make_reward(shop, stock=None).public_id}


def badge(shop):
    made = badges.save(shop, None, name={"en": "Regular"}, by=None, now=BEGIN)
    return {"kind": "badge", "badge": made.public_id}


@pytest.mark.parametrize("told", [{}, {"caps": FEW}, {"held_out_percent": 50}], ids=str)
def test_rewards_are_as_many_as_were_given(told):
    shop = make_shop("cafe")
    there = plan(shop, live=True, effect=reward(shop), conditions=BIG, **told)
    shop.refresh_from_db()
    live_through(shop, 1, sales=30)
    result = replay(there)
    given = PurchasePrize.objects.filter(source=there.source)
    whole = result["whole"]
    assert whole["presents"] == given.filter(taken_at=None).count()
    assert whole["presents"] or told.get("held_out_percent")  # The draw may hold all of them out.
    assert whole["presents_back"] == given.exclude(taken_at=None).count()
    assert whole["winning"] == given.count()
    assert (whole["added"], result["cost_minor"], result["liability_minor"]) == (0, None, None)


def test_a_badge_counts_once_a_member():
    shop = make_shop("cafe")
    draft = plan(shop, effect=badge(shop))
    live_through(shop, 4)
    result = replay(draft)
    assert result["whole"]["presents"] == result["gaining"] == result["members"]
    assert {it["presents"] for it in result["winners"]} == {1}


def test_it_is_told_in_pieces_and_not_in_points():
    shop = make_shop("cafe")
    there = plan(shop, live=True, effect=reward(shop), conditions=BIG)
    shop.refresh_from_db()
    live_through(shop, 1, sales=30)
    replay(there)
    it = Replay.objects.select_related("campaign__program").get()
    now = happened(it.campaign, it, now=NOW)
    given = f"{it.result['whole']['presents']} rewards"
    assert row_of(it, there.wallet)["points"] == given
    assert ("Given", given, given) in beside(it, there.wallet, now)
    assert any("a reward and no points" in note for note in notes_of(it))
    heading, rows = day_rows(it)
    assert sum(row[heading.index("Given")] for row in rows) == it.result["whole"]["presents"]
