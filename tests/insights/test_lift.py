"""Both groups of a campaign, counted from the books and held against a plain count."""

import random
import statistics
from datetime import timedelta

import pytest

from campaigns.holdout import is_held_out
from loyalty.insights.lift.groups import Group, Pair, lift_of
from loyalty.insights.lift.statistics import difference
from loyalty.insights.lift.telling import measured, sentence, shared_of, told_of
from loyalty.ledger.worth import Worth
from loyalty.purchases.models import PurchaseAward
from tests.makers import NOON, bring_back, buy, make_member
from tests.replays.lives import plan, seed_for

WHILE = {"starts_at": NOON - timedelta(1), "ends_at": NOON + timedelta(9)}
LATER = NOON + timedelta(20)
MEMBERS = 8


@pytest.fixture
def lived(cafe):
    """A campaign with two of five held out, eight members, and what each of them bought."""
    members = [make_member(cafe, f"m{number}@example.org") for number in range(MEMBERS)]
    first = seed_for(members, [members[1], members[4], members[6]], 40)
    second = seed_for(members, [members[2], members[4]], 30)
    campaign = plan(cafe, live=True, public_id=first, held_out_percent=40, **WHILE)
    beside = {"name": {"en": "Beside"}, "held_out_percent": 30}
    other = plan(cafe, live=True, public_id=second, **beside, **WHILE)
    cafe.margin_percent, cafe.pay_points, cafe.pay_minor = 40, 100, 1000
    cafe.save()
    luck, spend = random.Random(5), {}
    for member in members:
        spend[member] = []
        for _purchase in range(luck.randrange(3)):
            amount = luck.randrange(100, 90_00)
            bought = buy(member, amount)
            if luck.random() < 0.3:
                bring_back(member, bought, amount // 2)
                amount -= amount // 2
            spend[member].append(amount)
        buy(member, 50_00, made_at=NOON + timedelta(10), now=LATER)  # After its end.
    campaign.program.refresh_from_db()
    return campaign, other, spend


def test_both_groups_are_as_counted_by_hand(lived):
    campaign, _other, spend = lived
    found = lift_of(campaign, spent_basis_points=5_000, worth=Worth(100, 1000), now=LATER)
    held = {it for it in spend if is_held_out(campaign.public_id, it.account_id, 40)}
    assert len(held) == 3
    for pair, figure in ((found.spend, sum), (found.purchases, len)):
        for group, members in ((pair.held_out, held), (pair.treated, spend.keys() - held)):
            figures = [figure(spend[it]) for it in members]
            assert group.members == len(members)
            assert group.mean == pytest.approx(statistics.mean(figures))
            assert group.variance == pytest.approx(statistics.variance(figures))


def test_the_margin_is_less_by_what_the_campaign_costs(lived):
    campaign, _other, spend = lived
    found = lift_of(campaign, spent_basis_points=5_000, worth=Worth(100, 1000), now=LATER)
    assert found.margin.held_out.mean == pytest.approx(found.spend.held_out.mean * 0.4)
    assert found.margin.treated.mean < found.spend.treated.mean * 0.4
    held = {it.account_id for it in spend if is_held_out(campaign.public_id, it.account_id, 40)}
    given = _given(campaign, held) * 10 * 0.5 / found.margin.treated.members
    assert found.margin.treated.mean == pytest.approx(found.spend.treated.mean * 0.4 - given)


def _given(campaign, held):
    awards = PurchaseAward.objects.filter(entry__source=campaign.source)
    assert not awards.filter(entry__balance__account__in=held).exists()
    return sum(
        it.entry.points + sum(back.points for back in it.entry.reversals.all())
        for it in awards.select_related("entry")
    )


def test_it_says_who_was_in_another_campaign_meanwhile(lived):
    campaign, other, spend = lived
    found = measured(campaign, now=LATER)
    (shared,) = found.shared
    in_other = [
        it for it in spend if spend[it] and not is_held_out(other.public_id, it.account_id, 30)
    ]
    ours = [it for it in in_other if is_held_out(campaign.public_id, it.account_id, 40)]
    assert (shared.campaign, shared.members) == (other, len(ours))
    assert shared.purchases == sum(len(spend[it]) for it in ours)
    elsewhere = [
        it for it in spend if spend[it] and is_held_out(other.public_id, it.account_id, 30)
    ]
    assert shared.held_members == len(elsewhere)
    assert shared.held_purchases == sum(len(spend[it]) for it in elsewhere)
    assert "“Beside”" in "".join(shared_of(shared))


def test_every_figure_has_a_sentence(lived):
    campaign, _other, _spend = lived
    told = {it.name: it for it in told_of(measured(campaign, now=LATER), "THB")}
    assert told.keys() == {"spend", "purchases", "margin"}
    assert "Not distinguishable from zero" in told["spend"].sentence


def test_nothing_is_compared_where_nobody_is_held_out_or_it_has_not_begun(cafe):
    nobody = plan(cafe, live=True, **WHILE)
    draft = plan(cafe, held_out_percent=10, **WHILE)
    ahead = plan(cafe, live=True, held_out_percent=10, **WHILE)
    assert measured(nobody, now=LATER) is None
    assert measured(draft, now=LATER) is None
    assert measured(ahead, now=NOON - timedelta(2)) is None


@pytest.mark.parametrize(
    ("treated", "held", "words"),
    [
        (Group(900, 60.0, 100.0), Group(100, 50.0, 100.0), "10 more a member because of"),
        (Group(900, 40.0, 100.0), Group(100, 50.0, 100.0), "10 less a member because of"),
        (Group(900, 51.0, 100.0), Group(100, 50.0, 100.0), "about 7,700 more members"),
        (Group(900, 50.0, 100.0), Group(100, 50.0, 100.0), "next to none"),
        (Group(900, 51.0, 100.0), Group(1, 50.0), "too few members"),
    ],
)
def test_it_says_no_more_than_is_known(treated, held, words):
    told = sentence(Pair(treated, held), difference(treated, held), lambda value: f"{value:.0f}")
    assert words in told
