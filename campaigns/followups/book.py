"""The follow-up offers that a program has opened, as plain values."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.followups.models import FollowUp
from loyalty.earning.activity import Item
from loyalty.earning.conditions.basket import SHIPPING
from loyalty.kept import Kept
from loyalty.merchants.models import Program


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pattern:
    """A follow-up, compiled. See FollowUp."""

    id: int
    name: Any  # Localized
    starts_at: datetime
    ends_at: datetime | None
    is_open: bool  # Else what it gave may still be withdrawn.
    of: str
    codes: frozenset[str]  # Folded; none: each thing counts for itself.
    count: str
    every: int
    repeats: bool
    on: str
    reward_id: int

    @property
    def source(self) -> str:
        return f"followup:{self.id}"

    def holds(self, at: datetime) -> bool:
        return self.is_open and self.starts_at <= at and (self.ends_at is None or at < self.ends_at)

    def things(self, items: tuple[Item, ...]) -> Iterator[tuple[str, str]]:
        """What of a basket is counted: each thing once, folded, and as the shop writes it."""
        seen: set[str] = set()
        for item in items:
            told = item.product if self.of == FollowUp.Of.PRODUCT else item.category
            thing = folded(told)
            if not thing or thing in seen or item.kind == SHIPPING or item.amount_minor <= 0:
                continue
            if not self.codes or thing in self.codes:
                seen.add(thing)
                yield thing, told

    def due(self, counted: int) -> int:
        """The number of the latest offer that so many have earned; 0: none yet."""
        number = counted // self.every
        return number if self.repeats else min(number, 1)


def folded(told: str) -> str:
    """Capitals make no difference; as the database can see it too."""
    return told.strip().lower()


def book_for(program_id: int, version: int) -> tuple[Pattern, ...]:
    """A program's follow-ups, at least as new as the version asked for."""
    return _kept.get(program_id, version)


def compiled(it: FollowUp) -> Pattern:
    return Pattern(
        id=it.pk, name=it.name, starts_at=it.starts_at, ends_at=it.ends_at,
        is_open=it.state == FollowUp.State.OPEN, of=str(it.of),
        codes=frozenset(folded(code) for code in it.codes), count=str(it.count), every=it.every,
        repeats=it.repeats, on=str(it.on), reward_id=it.reward_id,
    )  # fmt: skip


def _load(program_id: int) -> tuple[int, tuple[Pattern, ...]]:
    version = Program.objects.values_list("version", flat=True).get(pk=program_id)
    begun = FollowUp.objects.filter(program=program_id).exclude(state=FollowUp.State.DRAFT)
    return version, tuple(compiled(it) for it in begun.order_by("pk"))


_kept = Kept(_load)
