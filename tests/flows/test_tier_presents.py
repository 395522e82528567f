"""What a tier gives on entry, it gives once in a qualification period, whatever it gives by now."""

from datetime import date, timedelta

from loyalty.flows import tiers
from loyalty.merchants.models import Program
from loyalty.rewards.models import Redemption
from members.models import Member
from tests.climbing import night, rank
from tests.makers import NOON, bring_back, buy, make_reward, make_tiers, points


def test_a_tier_that_gives_something_else_by_now_gives_nothing_again(
    cafe: Program, ana: Member
) -> None:
    silver = make_tiers(cafe, 0, 100_00)[1]
    first, second = make_reward(cafe, 5), make_reward(cafe, 6)
    tiers.save_tier(cafe, silver, by=None, now=NOON, entry_points=50, entry_reward=first)
    bought = buy(ana, 100_00)
    assert (rank(ana), points(ana)) == (1, 150)
    bring_back(ana, bought)
    night(cafe, date(2026, 6, 3))
    assert (rank(ana), points(ana)) == (0, 50)

    tiers.save_tier(cafe, silver, by=None, now=NOON, entry_points=70, entry_reward=second)
    again = buy(ana, 100_00, made_at=NOON + timedelta(days=1))
    assert [entry.points for entry in again.entries] == [100]
    assert (rank(ana), points(ana)) == (1, 150)
    assert Redemption.objects.get().reward == first
