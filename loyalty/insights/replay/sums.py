"""What a replay came to: in all, by day, by tier of that time, and by member."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from heapq import nlargest
from typing import Any

from loyalty.insights.replay.judging import Share

WINNERS = 10


@dataclass(slots=True)
class Sum:
    """Points of one wallet, and the sales they are for. ``added`` is less what came back."""

    sales: int = 0  # All that were judged …
    winning: int = 0  # … and those to which the campaign gave something.
    spend_minor: int = 0
    rules: int = 0
    added: int = 0
    itself: int = 0  # Of that by the campaign; the rest is of others that multiply it.
    back: int = 0  # What refunds took of what was added.
    paid: int = 0
    own: int = 0  # Of that by the campaign itself, where it ran then.
    presents: int = 0  # Rewards or badges, less those that refunds took back …
    presents_back: int = 0  # … of which there were so many.

    def add(self, share: Share) -> None:
        self.rules += share.rules
        self.added += share.added
        self.itself += share.itself
        self.paid += share.paid
        self.own += share.own
        self.presents += share.presents
        if share.is_sale:
            self.sales += 1
            self.winning += share.added > 0 or share.presents > 0
            self.spend_minor += share.sale.activity.counted_minor
        else:
            self.back -= share.added
            self.presents_back -= share.presents

    def told(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Member:
    sales: int = 0
    spend_minor: int = 0
    added: int = 0
    paid: int = 0
    presents: int = 0

    @property
    def gains(self) -> bool:
        return self.added > 0 or self.presents > 0


@dataclass(slots=True)
class Sums:
    """All of it, as it comes in."""

    whole: Sum = field(default_factory=Sum)
    days: dict[date, Sum] = field(default_factory=lambda: defaultdict(Sum))
    tiers: dict[int, Sum] = field(default_factory=lambda: defaultdict(Sum))  # By rank.
    members: dict[int, Member] = field(default_factory=lambda: defaultdict(Member))
    by_rank: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, share: Share) -> None:
        """Count it on the day of its sale, and for the tier that the member had then."""
        activity = share.sale.activity
        rank = activity.who.tier_rank
        for it in (self.whole, self.days[activity.on], self.tiers[rank]):
            it.add(share)
        one = self.members[activity.account_id]
        one.added += share.added
        one.paid += share.paid
        one.presents += share.presents
        if share.is_sale:
            one.sales += 1
            one.spend_minor += activity.counted_minor
            if share.added > 0 or share.presents > 0:
                self.by_rank[rank].add(activity.account_id)

    def told(self, days: Iterable[date]) -> dict[str, Any]:
        """As it is kept: whole numbers, accounts and days, and nobody's name."""
        gaining = {account_id for account_id, it in self.members.items() if it.gains}
        return {
            "whole": self.whole.told(),
            "members": len(self.members),
            "gaining": len(gaining),
            "days": [
                {"day": day.isoformat(), **self.days.get(day, Sum()).told()}
                for day in days
            ],
            "tiers": [
                {"rank": rank, "gaining": len(self.by_rank[rank] & gaining), **it.told()}
                for rank, it in sorted(self.tiers.items())
            ],
            "winners": [
                {"account": account_id, "sales": it.sales, "spend_minor": it.spend_minor,
                 "added": it.added, "paid": it.paid, "presents": it.presents}
                for account_id, it in nlargest(
                    WINNERS, self.members.items(),
                    key=lambda pair: (pair[1].added, pair[1].presents, -pair[0]),
                )
                if it.gains
            ],
        }  # fmt: skip
