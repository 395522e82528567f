"""How often a member has had a reward, against how often they may."""

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Protocol

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from loyalty.days import local_date, period_start, start_of
from loyalty.refusal import Refusal
from loyalty.rewards.models import Redemption

Had = Counter[tuple[int, int]]  # By account and reward.


class Limited(Protocol):
    """A reward, as a row or as plain values."""

    @property
    def id(self) -> int: ...
    @property
    def member_limit(self) -> int | None: ...
    @property
    def member_limit_period(self) -> str: ...


class LimitReached(Refusal):
    code = "member_limit_reached"

    def __init__(self, limit: int) -> None:
        super().__init__(_("You have had this reward as often as you may."), limit=limit)


def had(rewards: Iterable[Limited], accounts: Collection[int], *, at: datetime, zone: str) -> Had:
    """How often accounts have bought limited rewards in the period that holds an instant.

    What was cancelled or given as a present does not count. Binding only under the accounts' lock.
    """
    today = local_date(at, zone)
    asked = Q()
    for reward in rewards:
        if reward.member_limit is not None:
            begun = start_of(period_start(reward.member_limit_period, today), zone)
            asked |= Q(reward=reward.id, made_at__gte=begun)
    if not asked:
        return Counter()
    bought = Redemption.objects.filter(
        asked, account__in=accounts, entry__isnull=False, status=Redemption.Status.DONE
    )
    rows = bought.order_by().values_list("account", "reward").annotate(count=Count("pk"))
    return Counter({(account, reward): count for account, reward, count in rows})


def left(reward: Limited, account_id: int, had: Had) -> int | None:
    """How often an account may still have a reward; None: without limit."""
    if reward.member_limit is None:
        return None
    return max(0, reward.member_limit - had[account_id, reward.id])
