"""Who stands where, and the rows that are published. Nothing here reads or writes anything.

More comes first; of two with as much, whoever had it first; of those, the older membership. A draw
ranks tickets instead: by what the seed makes of their numbers, which nobody knows before.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol


class Score(NamedTuple):
    """What an account has reached, and when it had reached it. In a draw: the ticket's number."""

    account_id: int
    score: int
    reached_at: datetime


class Row(Protocol):
    @property
    def place(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def score(self) -> int: ...
    @property
    def reached_at(self) -> datetime: ...


def ranked(scores: Iterable[Score]) -> list[Score]:
    """The first place first. Who has nothing stands nowhere."""
    standing = [it for it in scores if it.score > 0]
    return sorted(standing, key=lambda it: (-it.score, it.reached_at, it.account_id))


def drawn(tickets: Iterable[Score], *, seed: str, contest: str) -> list[Score]:
    """Tickets in the order in which the seed draws them."""
    return sorted(tickets, key=lambda it: ticket_hash(seed, contest, it.score))


def ticket_hash(seed: str, contest: str, number: int) -> str:
    """By which a ticket is drawn: the lowest comes first."""
    return hashlib.sha256(f"{seed}:{contest}:{number}".encode()).hexdigest()


def commitment_of(seed: str) -> str:
    """What is told before the draw: it fixes the seed, and gives nothing of it away."""
    return hashlib.sha256(seed.encode()).hexdigest()


def published(contest: str, measure: str, rows: Sequence[Row]) -> str:
    """The board as anybody may keep it. The hash of exactly this text is the board's."""
    lines = [f"contest,{contest},{measure}", "place,code,score,reached_at"]
    lines += [f"{it.place},{it.code},{it.score},{_instant(it.reached_at)}" for it in rows]
    return "\n".join(lines) + "\n"


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
