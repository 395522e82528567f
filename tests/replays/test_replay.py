"""A replay says what would have been: the same as a campaign that was really there."""

import pytest

from members.models import Segment
from tests.replays.lives import live_through, make_shop, paid_by, plan, replay

pytestmark = pytest.mark.django_db
FIXED = {"kind": "fixed", "points": 40}


CASES = {
    "part of the basket, a limit a week": (
        1,
        {
            "conditions": [{"kind": "category", "codes": ["food"]}],
            "caps": [{"limit": 90, "period": "week"}],
        },
        {},
    ),
    "a tier, a budget": (
        2, {"budget": 150, "conditions": [{"kind": "tier", "from_rank": 1}]}, {},
    ),
    "a bonus at every second purchase": (
        3,
        {
            "effect": {"kind": "fixed", "points": 40},
            "conditions": [
                {"kind": "nth_purchase", "n": 2, "every": True},
                {"kind": "minimum_spend", "minor": 30_00},
            ],
        },
        {},
    ),
    "another that multiplies it": (
        4, {"conditions": [{"kind": "returning", "days": 2}]}, {"priority": 5},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_it_comes_to_what_a_campaign_that_was_there_gave(case):
    seed, told, beside = CASES[case]
    lived, tried = make_shop("lived"), make_shop("tried")
    if beside:
        for shop in (lived, tried):
            plan(shop, live=True, name={"en": "Beside"}, **beside)
    there = plan(lived, live=True, **told)
    for shop in (lived, tried):
        shop.refresh_from_db()
        live_through(shop, seed)
    whole = replay(plan(tried, **told))["whole"]
    assert whole["itself"] == paid_by(there.source, lived) > 0
    assert whole["added"] == paid_by("", lived) - paid_by("", tried)


def test_segments_count_as_they_were_at_each_purchase():
    lived, tried = make_shop("lived"), make_shop("tried")
    found = []
    for shop in (lived, tried):
        regulars = Segment.objects.create(
            program=shop, name={"en": "Regulars"}, kind="live",
            conditions=[{"kind": "purchases", "compared": "at_least", "count": 2}],
        )  # fmt: skip
        meant = {"conditions": [{"kind": "segment", "segments": [regulars.public_id]}]}
        found.append(plan(shop, live=shop == lived, **meant))
        shop.refresh_from_db()
        live_through(shop, 6)
    there, draft = found
    assert replay(draft)["whole"]["itself"] == paid_by(there.source, lived) > 0


def test_its_days_and_tiers_add_up_to_the_whole():
    shop = make_shop("tried")
    live_through(shop, 5)
    result = replay(plan(shop))
    for name in ("sales", "added", "itself", "paid", "rules", "back", "spend_minor"):
        assert sum(day[name] for day in result["days"]) == result["whole"][name]
        assert sum(tier[name] for tier in result["tiers"]) == result["whole"][name]
    assert result["whole"]["paid"] == result["whole"]["rules"]  # The rule is as it was.
    assert len(result["days"]) == 30
    assert result["gaining"] <= result["members"] <= 4
    winners = [it["added"] for it in result["winners"]]
    assert winners == sorted(winners, reverse=True)
