"""What was known of members at a moment of the past: their tier then, what they had bought before.

A step up by a sale holds from the sale after it; one by a night's review from the day's beginning.
"""

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q

from loyalty.days import local_date
from loyalty.earning.activity import Who
from loyalty.merchants.models import Program
from loyalty.purchases.models import Purchase, RefundLine
from members.models import Member, Tier, TierChange, TierStatus


@dataclass(frozen=True, slots=True)
class Rank:
    """A tier, as far as rules ask for it."""

    rank: int = 0
    name: Any = ""
    percent: int = 100


@dataclass(slots=True)
class Past:
    """One account, as it was when we last looked."""

    enrolled_on: date
    birthday: date | None
    birthday_set_on: date | None
    tier_id: int | None = None
    purchases: int = 0
    last_purchase_on: date | None = None
    # Steps that are still to come: (day, the sale that it came of or 0, tier).
    steps: deque[tuple[date, int, int]] = field(default_factory=deque)


class People:
    """The members of a program, met bite by bite, from a moment on."""

    def __init__(self, program: Program, since: datetime) -> None:
        self.since = since
        self.since_on = local_date(since, program.time_zone)
        self._ranks = {
            tier.pk: Rank(tier.rank, tier.name, tier.multiplier_percent)
            for tier in Tier.objects.filter(program=program)
        }
        base = min(self._ranks.values(), key=lambda it: it.rank, default=Rank())
        self._base = base
        self._met: dict[int, Past] = {}

    def __contains__(self, account_id: int) -> bool:
        return account_id in self._met

    def meet(self, accounts: Collection[int], *, counts: bool) -> None:
        """Read what was known of those whom we have not met yet."""
        new = {it for it in accounts if it not in self._met}
        if not new:
            return
        told = Member.objects.filter(account__in=new)
        for account_id, enrolled_on, birthday, set_on in told.values_list(
            "account_id", "enrolled_on", "birthday", "birthday_set_on"
        ):
            self._met[account_id] = Past(enrolled_on, birthday, set_on)
        if self._ranks:
            self._read_tiers(new)
        if counts:
            self._read_counts(new)

    def who(self, account_id: int, on: date, facts: frozenset[str] = frozenset()) -> Who:
        """The member as rules knew them then."""
        past = self._met[account_id]
        while past.steps and self._holds(past.steps[0], on):
            past.tier_id = past.steps.popleft()[2]
        rank = self._ranks.get(past.tier_id or 0, self._base)
        return Who(
            enrolled_on=past.enrolled_on, tier_rank=rank.rank, tier_name=rank.name,
            multiplier_percent=rank.percent, purchases_before=past.purchases,
            birthday=past.birthday, birthday_set_on=past.birthday_set_on,
            last_purchase_on=past.last_purchase_on, facts=facts,
        )  # fmt: skip

    def bought(self, account_id: int, purchase_id: int, on: date) -> None:
        past = self._met[account_id]
        past.purchases += 1
        past.last_purchase_on = max(past.last_purchase_on or on, on)
        for number, (day, cause, tier_id) in enumerate(past.steps):
            if cause == purchase_id:
                # It holds from now on; what came before it is overtaken.
                past.tier_id = tier_id
                for _done in range(number + 1):
                    past.steps.popleft()
                break
            if day > on:
                break

    def came_back_whole(self, account_id: int) -> None:
        if past := self._met.get(account_id):
            past.purchases -= 1

    @staticmethod
    def _holds(step: tuple[date, int, int], on: date) -> bool:
        day, cause, _tier_id = step
        return day < on or (day == on and not cause)

    def _read_tiers(self, accounts: set[int]) -> None:
        statuses = TierStatus.objects.filter(account__in=accounts)
        for account_id, tier_id in statuses.values_list("account_id", "tier_id"):
            if past := self._met.get(account_id):
                past.tier_id = tier_id
        changes = TierChange.objects.filter(account__in=accounts).order_by("account", "on", "pk")
        seen: set[int] = set()
        for account_id, before_id, after_id, on, reason in changes.values_list(
            "account_id", "before_id", "after_id", "on", "reason"
        ):
            past = self._met.get(account_id)
            if past is None:
                continue
            if account_id not in seen:
                seen.add(account_id)
                past.tier_id = before_id
            if on < self.since_on:
                past.tier_id = after_id
            else:
                past.steps.append((on, _sale_of(reason), after_id))

    def _read_counts(self, accounts: set[int]) -> None:
        for account_id, (number, last) in bought_before(accounts, self.since).items():
            if past := self._met.get(account_id):
                past.purchases += number
                past.last_purchase_on = max(
                    filter(None, (past.last_purchase_on, last)), default=None
                )


def bought_before(accounts: set[int], at: datetime) -> dict[int, tuple[int, date | None]]:
    """For each account, how many sales it had before a moment that were not back whole by then."""
    later = RefundLine.objects.filter(line__purchase=OuterRef("pk"), refund__made_at__gte=at)
    is_kept = Q(refunded_minor__lt=F("total_minor")) | Q(total_minor=0) | Q(Exists(later))
    sales = Purchase.objects.filter(account__in=accounts, made_at__lt=at)
    rows = sales.values("account").annotate(number=Count("pk", filter=is_kept), last=Max("made_on"))
    return {row["account"]: (row["number"], row["last"]) for row in rows}


def _sale_of(reason: str) -> int:
    """The sale that a step came of; 0 where it came of something else."""
    kind, _colon, number = reason.partition(":")
    return int(number) if kind == "purchase" and number.isdigit() else 0
