"""What a posting knows while it holds the lock: balances, and the rows that it is about to write.

Nothing here reads or writes the database. ``posting`` fills a book, changes it by the laws of the
ledger, and writes it down in a handful of statements however many entries there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from loyalty.ledger import remarks


@dataclass(slots=True, eq=False)
class Held:
    """One balance under lock. Always: the sum of its entries = points + pending − owed."""

    id: int
    account_id: int
    wallet_id: int
    points: int
    pending: int
    owed: int
    lifetime: int
    seq: int
    carried_to: int | None = None  # The balance that holds everything of this one.
    as_read: tuple[int, ...] = ()
    lifetime_told: int = 0  # What of ``lifetime`` is in the other's.

    def __post_init__(self) -> None:
        self.as_read = self.figures
        self.lifetime_told = self.lifetime if self.carried_to else 0

    @property
    def figures(self) -> tuple[int, ...]:
        return (self.points, self.pending, self.owed, self.lifetime, self.seq)

    @property
    def net(self) -> int:
        return self.points + self.pending - self.owed


@dataclass(slots=True, eq=False)
class Line:
    """One entry: in the ledger when it has an id, about to be when it has none."""

    held: Held
    seq: int
    kind: str
    points: int
    balance_after: int
    key: str
    source: str
    occurred_at: datetime
    reverses_id: int | None = None
    explanation: list[dict[str, Any]] = field(default_factory=list)
    id: int | None = None
    available_at: datetime | None = None  # Of an accrual.
    remark: str = ""  # What somebody wrote beside it.

    @property
    def is_new(self) -> bool:
        return self.id is None

    @property
    def steps(self) -> list[dict[str, Any]]:
        return remarks.together(self.explanation, self.remark)


@dataclass(slots=True, eq=False)
class Share:
    """One lot as it will be. ``line`` is its accrual, where that is not written yet."""

    held: Held
    granted: int
    remaining: int
    is_pending: bool
    expires_on: date | None = None
    available_at: datetime | None = None
    line: Line | None = None
    id: int | None = None
    entry_id: int | None = None
    origin: "Share | None" = None  # The lot of another balance that it was moved from.


@dataclass(slots=True, eq=False)
class Due:
    """One debt as it will be."""

    held: Held
    granted: int
    remaining: int
    absorbed: int
    line: Line | None = None  # The reversal, where it is not written yet.
    entry_id: int | None = None
    id: int | None = None


@dataclass(slots=True, eq=False)
class Bite:
    """What a line takes from a lot (or, negative, gives back)."""

    share: Share
    points: int
    line: Line | None = None
    entry_id: int | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """One accrual as it was found, and what was reversed and had expired of it by then."""

    entry_id: int
    share: Share
    reversed: int
    expired: int


class Book:
    """Balances under lock, and what is to be written about them."""

    def __init__(self, program_id: int, zone: str, now: datetime, balances: Iterable[Held]) -> None:
        self.program_id = program_id
        self.zone = zone
        self.now = now
        self.balances = {(held.account_id, held.wallet_id): held for held in balances}
        self.counted: list[Any] = []  # Figures of the day that are not entries: the sale itself.
        self.lines: list[Line] = []
        self.shares: dict[int, Share] = {}  # Lots in the database that were read, by id.
        self.new_shares: list[Share] = []
        self.given: dict[int, Given] = {}  # Accruals that were looked up, by their entry.
        self.touched_shares: dict[int, Share] = {}
        self.bites: list[Bite] = []
        self.dues: dict[int, Due] = {}
        self.new_dues: list[Due] = []
        self.touched_dues: dict[int, Due] = {}

    def add(
        self, held: Held, points: int, *, explanation: Iterable[dict[str, Any]] = (), **fields: Any
    ) -> Line:
        """The next line of a balance. The caller moves points, pending and owed to match."""
        held.seq += 1
        steps, remark = remarks.apart(explanation)
        line = Line(
            held=held, seq=held.seq, points=points, balance_after=held.net + points,
            explanation=steps, remark=remark, **fields,
        )  # fmt: skip
        self.lines.append(line)
        return line

    def bite(
        self, share: Share, points: int, *, line: Line | None = None, entry_id: int | None = None
    ) -> None:
        """Take points from a lot (negative: put them back), and move the balance with it."""
        share.remaining -= points
        if share.is_pending:
            share.held.pending -= points
        else:
            share.held.points -= points
        if share.id is not None:
            self.touched_shares[share.id] = share
        self.bites.append(Bite(share, points, line=line, entry_id=entry_id))

    def mature(self, share: Share) -> None:
        share.is_pending = False
        share.held.pending -= share.remaining
        share.held.points += share.remaining
        if share.id is not None:
            self.touched_shares[share.id] = share

    def settle(self, due: Due, points: int) -> None:
        due.remaining -= points
        due.held.owed -= points
        if due.id is not None:
            self.touched_dues[due.id] = due

    def holder_of(self, account_id: int) -> int:
        """Who holds now what an account held: itself, or the one that it is part of."""
        accounts = {held.id: held.account_id for held in self.balances.values()}
        for held in self.balances.values():
            if held.account_id == account_id and held.carried_to in accounts:
                return self.holder_of(accounts[held.carried_to])
        return account_id

    def known(self, held: Held, key: str) -> Line | None:
        return next((it for it in self.lines if it.held is held and it.key == key), None)
