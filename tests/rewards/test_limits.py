from datetime import UTC, datetime

import pytest

from loyalty.flows.redeem import cancel, gift, redeem
from loyalty.rewards.limits import LimitReached
from tests.makers import NOON, give, make_reward

# Sunday, 31 May 2026, 23:59 and Monday, 1 June, 00:00 in Bangkok.
LAST_MINUTE = datetime(2026, 5, 31, 16, 59, tzinfo=UTC)
NEXT_MINUTE = datetime(2026, 5, 31, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize("period", ["day", "week", "month"])
def test_a_period_ends_at_midnight_of_the_programs_zone(ana, period):
    give(ana, 100, now=LAST_MINUTE)
    reward = make_reward(ana.program, member_limit=1, member_limit_period=period)
    redeem(ana, reward, key="1", now=LAST_MINUTE)
    with pytest.raises(LimitReached):
        redeem(ana, reward, key="2", now=LAST_MINUTE)
    redeem(ana, reward, key="3", now=NEXT_MINUTE)


def test_ever_is_for_ever_and_each_member_has_a_limit_of_their_own(ana, ben):
    give(ana, 100), give(ben, 100)
    reward = make_reward(ana.program, member_limit=2)
    for key in ("1", "2"):
        redeem(ana, reward, key=key, now=NOON)
    with pytest.raises(LimitReached):
        redeem(ana, reward, key="3", now=NOON.replace(year=2027, month=1))
    redeem(ben, reward, key="1", now=NOON)


def test_what_was_cancelled_or_given_does_not_count(ana):
    give(ana, 100)
    reward = make_reward(ana.program, member_limit=1)
    gift(ana, reward, key="sorry", now=NOON)
    cancel(redeem(ana, reward, key="1", now=NOON), now=NOON)
    redeem(ana, reward, key="2", now=NOON)
