"""Tiers: the ladder, its figures, and how a tier is lost."""

import pytest

from loyalty.flows import tiers as flow
from loyalty.public_ids import new_public_id
from tests.dashboard.things import make_reward, make_tiers
from tests.makers import NOON

GOLD = {
    "name_en": "Gold",
    "threshold": "500.00",
    "multiplier": "1.5",
    "benefits_en": "Free oat milk",
    "entry_points": "50",
}
POLICY = {
    "measure": "visits",
    "window": "rolling",
    "kept_years": "1",
    "downgrade": "one_step",
    "grace_days": "14",
    "notice_days": "30",
}


def post(desk, address="/dashboard/cafe/tiers/new/", **fields):
    return desk.post(address, {**GOLD, "once": new_public_id(), **fields})


def test_the_first_tier_is_everybodys(desk, cafe) -> None:
    assert "everybody has it" in desk.get("/dashboard/cafe/tiers/new/").content.decode()
    assert post(desk, name_en="Member", threshold="500").status_code == 302
    assert cafe.tiers.get().threshold == 0


def test_a_tier_is_added_and_told(desk, cafe) -> None:
    make_tiers(cafe)
    reward = make_reward(cafe)
    assert post(desk, name_en="Black", threshold="2000", entry_reward=reward.public_id)
    tier = cafe.tiers.last()
    assert (tier.threshold, tier.multiplier_percent, tier.entry_points) == (200_000, 150, 50)
    assert tier.entry_reward == reward
    page = desk.get("/dashboard/cafe/tiers/").content.decode()
    assert "From ฿2,000 spent" in page
    assert "1.5 × the points" in page
    assert "Free oat milk" in page


def test_a_second_click_adds_none(desk, cafe) -> None:
    make_tiers(cafe)
    once = new_public_id()
    post(desk, threshold="900", once=once)
    assert post(desk, threshold="900", once=once).status_code == 302
    assert cafe.tiers.count() == 3


@pytest.mark.parametrize(
    "fields", [{"threshold": "500"}, {"multiplier": "0.5"}, {"threshold": ""}, {"name_en": ""}]
)
def test_a_tier_that_cannot_be_is_refused_and_kept_as_typed(desk, cafe, fields) -> None:
    make_tiers(cafe)
    answer = post(desk, **{"threshold": "900", **fields, "benefits_en": "Kept as typed"})
    assert answer.status_code == 422
    assert "Kept as typed" in answer.content.decode()
    assert cafe.tiers.count() == 2


def test_a_tier_is_changed(desk, cafe) -> None:
    _base, gold = make_tiers(cafe)
    address = f"/dashboard/cafe/tiers/{gold.public_id}/"
    assert 'value="500.00"' in desk.get(address).content.decode()
    post(desk, address, once=gold.public_id, threshold="600", multiplier="2")
    gold.refresh_from_db()
    assert (gold.threshold, gold.multiplier_percent) == (60_000, 200)


def test_the_base_tier_stays_at_nothing(desk, cafe) -> None:
    base, _gold = make_tiers(cafe)
    address = f"/dashboard/cafe/tiers/{base.public_id}/"
    assert 'name="threshold"' not in desk.get(address).content.decode()
    post(desk, address, once=base.public_id, name_en="Friend", threshold="700")
    base.refresh_from_db()
    assert (str(base.name), base.threshold) == ("Friend", 0)
    assert desk.post(f"{address}archive/").status_code == 409


def test_a_tier_is_put_away_once(desk, cafe) -> None:
    _base, gold = make_tiers(cafe)
    for _click in range(2):
        answer = desk.post(f"/dashboard/cafe/tiers/{gold.public_id}/archive/")
        assert answer.status_code == 302
    assert not cafe.tiers.kept().filter(pk=gold.pk).exists()


def test_how_tiers_are_lost_is_changed_and_told(desk, cafe) -> None:
    make_tiers(cafe)
    assert desk.post("/dashboard/cafe/tiers/policy/", POLICY).status_code == 302
    cafe.tier_policy.refresh_from_db()
    assert (cafe.tier_policy.measure, cafe.tier_policy.grace_days) == ("visits", 14)
    page = desk.get("/dashboard/cafe/tiers/").content.decode()
    assert "One step at a time" in page
    assert "14 days of grace" in page
    assert "days with a purchase" in page  # The thresholds are told in the new measure.


@pytest.mark.parametrize(
    "fields", [{"measure": "castles"}, {"grace_days": "181"}, {"kept_years": "-1"}]
)
def test_a_policy_that_cannot_be_is_refused(desk, cafe, fields) -> None:
    assert desk.post("/dashboard/cafe/tiers/policy/", {**POLICY, **fields}).status_code == 422


@pytest.mark.parametrize(("measure", "typed"), [("points", "1,000"), ("visits", "1000")])
def test_the_figure_is_asked_for_in_what_counts(desk, cafe, measure, typed) -> None:
    make_tiers(cafe)
    flow.save_policy(cafe, by=None, now=NOON, measure=measure)
    post(desk, threshold=typed)
    assert cafe.tiers.kept().filter(threshold=1000).exists()
