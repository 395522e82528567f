"""Planning a campaign, promising it, changing it, ending it."""

from datetime import timedelta

import pytest

from campaigns.models import Campaign
from loyalty.earning.models import CapUsage
from loyalty.flows import campaigns
from loyalty.flows.campaigns import CampaignOver, CampaignRefused
from loyalty.insights.campaigns import results_of
from loyalty.ledger import audit, figures
from loyalty.merchants.models import AuditEntry, Program
from loyalty.public_ids import new_public_id
from tests.makers import NOON, bring_back, buy, points

DOUBLE = {"kind": "times", "percent": 200}
DAY = timedelta(days=1)


def plan(cafe, **told) -> Campaign:
    told = {
        "name": {"en": "Double"}, "effect": DOUBLE, "wallet": "points",
        "starts_at": NOON - DAY, "ends_at": NOON + DAY, **told,
    }  # fmt: skip
    program = Program.objects.get(pk=cafe.pk)
    return campaigns.save(program, None, by=None, now=NOON, **told)


def promise(cafe, **told) -> Campaign:
    return campaigns.schedule(plan(cafe, **told), by=None, now=NOON)


def problems(cafe, **told) -> dict[str, str]:
    with pytest.raises(CampaignRefused) as refused:
        plan(cafe, **told)
    return refused.value.facts["problems"]


def test_a_draft_gives_nothing(cafe, ana):
    plan(cafe)
    buy(ana, 100_00)
    assert points(ana) == 100


def test_one_that_is_promised_gives(cafe, ana):
    promise(cafe)
    buy(ana, 100_00)
    assert points(ana) == 200
    assert audit.breaches() == []


def test_the_same_sale_is_doubled_once(cafe, ana):
    promise(cafe)
    buy(ana, 100_00, reference="till-1")
    buy(ana, 100_00, reference="till-1")
    assert points(ana) == 200


def test_paused_it_gives_nothing_and_then_goes_on(cafe, ana):
    campaign = promise(cafe)
    campaigns.pause(campaign, by=None, now=NOON)
    buy(ana, 100_00)
    campaigns.schedule(campaign, by=None, now=NOON)
    buy(ana, 100_00)
    assert points(ana) == 300


def test_ended_it_is_over_for_good(cafe, ana):
    campaign = promise(cafe)
    campaigns.end(campaign, by=None, now=NOON)
    campaigns.end(campaign, by=None, now=NOON)
    buy(ana, 100_00)
    assert points(ana) == 100
    with pytest.raises(CampaignOver):
        campaigns.schedule(campaign, by=None, now=NOON)


def test_archived_it_gives_nothing_and_what_it_gave_stays(cafe, ana):
    campaign = promise(cafe)
    buy(ana, 100_00)
    campaigns.archive(campaign, by=None, now=NOON)
    buy(ana, 100_00)
    assert points(ana) == 300
    campaigns.restore(campaign, by=None, now=NOON)
    buy(ana, 100_00)
    assert points(ana) == 500


def test_a_second_click_makes_none(cafe):
    once = new_public_id()
    assert plan(cafe, public_id=once) == plan(cafe, public_id=once)
    assert AuditEntry.objects.filter(action="campaign.make").count() == 1


def test_a_change_while_live_is_kept_as_a_version(cafe, ana):
    campaign = promise(cafe)
    buy(ana, 100_00)
    program = Program.objects.get(pk=cafe.pk)
    triple = {"kind": "times", "percent": 300}
    campaigns.save(program, campaign, by=None, now=NOON, effect=triple)
    buy(ana, 100_00)
    assert points(ana) == 200 + 300
    told = [version.told["effect"]["percent"] for version in campaign.versions.order_by("number")]
    assert told == [200, 300]


def test_what_is_no_campaign_is_told_field_by_field(cafe):
    assert set(problems(cafe, ends_at=NOON - DAY - DAY)) == {"ends_at"}
    assert set(problems(cafe, starts_at="soon", budget=0, stacking="pile", colour="red")) == {
        "starts_at", "budget", "stacking", "colour",
    }  # fmt: skip
    assert "effect.percent" in problems(cafe, effect={"kind": "times", "percent": 100})


def test_what_was_promised_is_not_undone_behind_anybodys_back(cafe, ana):
    campaign = promise(cafe, budget=1000)
    buy(ana, 300_00)
    program = Program.objects.get(pk=cafe.pk)
    for told in ({"starts_at": NOON}, {"ends_at": NOON - timedelta(hours=1)}, {"budget": 299}):
        with pytest.raises(CampaignRefused) as refused:
            campaigns.save(program, campaign, by=None, now=NOON, **told)
        assert set(refused.value.facts["problems"]) == set(told)
    campaigns.save(program, campaign, by=None, now=NOON, budget=300)


def test_a_refund_gives_the_budget_room_again(cafe, ana):
    promise(cafe, budget=100)
    first = buy(ana, 100_00)
    buy(ana, 100_00)
    assert points(ana) == 300
    bring_back(ana, first)
    buy(ana, 100_00)
    assert points(ana) == 300
    assert CapUsage.objects.get(account=None).used == 100


def test_its_results_are_what_it_gave_less_what_came_back(cafe, ana, ben):
    campaign = promise(cafe)
    first = buy(ana, 100_00)
    buy(ben, 50_00)
    bring_back(ana, first)
    figures.add_up()
    (result,) = results_of([campaign]).values()
    assert (result.awards, result.paid) == (2, 50)
