"""P05: named activities with caps; other rules for new customers and for a tier."""

import pytest

from loyalty.flows import tiers
from tests.makers import NOON
from tests.programs.stage import Shop

pytestmark = pytest.mark.django_db


def videos(shop: Shop) -> None:
    shop.rule(
        "Video", trigger="watched_video", effect={"kind": "fixed", "points": 10},
        caps=[{"period": "week", "limit": 30}],
    )  # fmt: skip


def test_p05_custom_actions_with_caps(db):
    shop = Shop()
    videos(shop)
    with shop.at(2026, 6, 7, 12):  # A Sunday.
        ana = shop.join()
        for _video in range(5):
            shop.do(ana, "watched_video")
        assert shop.balance(ana) == 30
    with shop.at(2026, 6, 8, 0):  # Monday begins another week.
        shop.do(ana, "watched_video")
        assert shop.balance(ana) == 40


def test_p05_the_first_video_ever_gives_more_to_the_new(db):
    shop = Shop()
    videos(shop)
    shop.rule(
        "First video", trigger="watched_video", effect={"kind": "fixed", "points": 50},
        conditions=[{"kind": "nth_activity", "n": 1}, {"kind": "new_member", "days": 30}],
    )  # fmt: skip
    with shop.at(2026, 1, 1, 12):
        old = shop.join()
    with shop.at(2026, 6, 2, 12):
        new = shop.join()
        for member in (old, new, new):
            shop.do(member, "watched_video")
        assert (shop.balance(old), shop.balance(new)) == (10, 70)


def test_p05_a_session_pays_in_one_tier_only(db):
    shop = Shop()
    program = shop.fresh()
    tiers.save_tier(program, None, by=None, now=NOON, name={"en": "Base"}, threshold=0)
    tiers.save_policy(program, by=None, now=NOON, measure="spend")
    plus = tiers.save_tier(
        shop.fresh(), None, by=None, now=NOON, name={"en": "Plus"}, threshold=100_00
    )
    shop.rule(
        "Session", trigger="signed_up_for_session", effect={"kind": "fixed", "points": 100},
        conditions=[{"kind": "tier", "from_rank": plus.rank}],
    )  # fmt: skip
    with shop.at(2026, 6, 2, 12):
        ana, ben = shop.join(), shop.join()
        shop.buy(ana, "100.00")
        for member in (ana, ben):
            shop.do(member, "signed_up_for_session")
        assert (shop.balance(ana), shop.balance(ben)) == (100, 0)
