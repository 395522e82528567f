"""Who is held out: drawn at random, the same each time, and the same in SQL."""

from datetime import timedelta

import pytest
from django.db import connection

from campaigns import holdout
from campaigns.holdout import is_held_out
from loyalty.flows import badges, campaigns, quote
from loyalty.flows.campaigns import CampaignRefused
from loyalty.portal.campaigns import promotions
from loyalty.purchases.models import PurchasePrize
from tests.makers import NOON, buy, make_member, make_reward, sale
from tests.replays.lives import plan, seed_for

SEED = "bcdfghjkmnpqrstv"
ACCOUNTS = range(1, 20_001)


def held_out(seed, percent=10):
    return {account for account in ACCOUNTS if is_held_out(seed, account, percent)}


def test_about_as_many_are_held_out_as_was_asked():
    # Three standard deviations of 20,000 draws of a tenth are 127.
    assert abs(len(held_out(SEED)) - 2_000) < 127
    assert held_out(SEED, 0) == set()


def test_more_are_held_out_of_the_same_by_a_larger_share():
    assert held_out(SEED, 10) < held_out(SEED, 30)


def test_another_campaign_holds_out_others():
    # A tenth of a tenth, give or take three standard deviations.
    assert abs(len(held_out(SEED) & held_out("zzzzzzzzzzzzzzzz")) - 200) < 43


def test_neighbours_are_drawn_apart():
    """Accounts come one after the other: those of one day must not share a lot."""
    found = held_out(SEED)
    pairs = sum(account in found and account + 1 in found for account in ACCOUNTS)
    assert abs(pairs - 200) < 43


def test_the_database_draws_the_same(db):
    place = holdout.sql(SEED, "account_id")
    numbers = (1, 2, 77, 4_711, 10**7, 2**31 - 2, 2**31 + 5, 10**12 + 3)
    rows = " UNION ALL ".join(f"SELECT {number} AS account_id" for number in numbers)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT account_id, {place} < {holdout.limit(40)} "
            f"FROM (SELECT CAST(account_id AS bigint) AS account_id FROM ({rows}) n) m"
        )
        drawn = {account: bool(held) for account, held in cursor.fetchall()}
    assert drawn == {number: is_held_out(SEED, number, 40) for number in numbers}


@pytest.fixture
def halved(cafe):
    """A double day of June from which half of the members are held out, and one of each."""
    told = {"starts_at": NOON - timedelta(1), "ends_at": NOON + timedelta(9)}
    members = [make_member(cafe, f"m{number}@example.org") for number in range(2)]
    seed = seed_for(members, members[:1], 50)
    campaign = plan(cafe, live=True, held_out_percent=50, public_id=seed, **told)
    cafe.refresh_from_db()
    return campaign, *members


def test_the_held_out_get_nothing_of_it_and_are_told_nothing(halved, cafe):
    _campaign, out, treated = halved
    wallet = cafe.wallets.get().pk
    assert (buy(out, 20_00).points(wallet), buy(treated, 20_00).points(wallet)) == (20, 40)
    for member, sources in ((out, 1), (treated, 2)):
        assert len(quote.quote(cafe, sale(20_00, member=member), now=NOON)) == sources


@pytest.mark.parametrize("kind", ["reward", "badge"])
def test_the_held_out_are_given_no_reward_and_no_badge(cafe, kind):
    members = [make_member(cafe, f"m{number}@example.org") for number in range(2)]
    badge = badges.save(cafe, None, name={"en": "Regular"}, by=None, now=NOON)
    gives = make_reward(cafe, 100).public_id if kind == "reward" else badge.public_id
    plan(
        cafe, live=True, held_out_percent=50, public_id=seed_for(members, members[:1], 50),
        effect={"kind": kind, kind: gives}, starts_at=NOON - timedelta(1),
        ends_at=NOON + timedelta(9),
    )  # fmt: skip
    cafe.refresh_from_db()
    for member in members:
        buy(member, 20_00)
    given = PurchasePrize.objects.values_list("purchase__account", flat=True)
    assert list(given) == [members[1].account_id]


def test_they_do_not_see_it_on_their_page(halved, cafe):
    _campaign, out, treated = halved
    assert [len(promotions(cafe, [], now=NOON, member=it)) for it in (out, treated)] == [0, 1]


def test_who_is_held_out_stays_so_while_it_runs(halved, cafe):
    campaign, _out, _treated = halved
    with pytest.raises(CampaignRefused, match="stays the same"):
        campaigns.save(cafe, campaign, by=None, now=NOON, held_out_percent=10)


def test_at_most_half_are_held_out(cafe):
    with pytest.raises(CampaignRefused, match="from 0 to 50"):
        plan(cafe, held_out_percent=51)
