"""Seals: each night a program's new entries are added up and hashed, one seal upon the other.

The triggers forbid to change an entry. Who takes them away and changes one all the same changes
its hash, and every later one: `manage.py audit_ledger` finds it, and each backup keeps the newest
hashes elsewhere. A hash is that of the seal before and one line of JSON an entry, worked out in
Python, so that it is the same on both databases.
"""

import hashlib
import json
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from loyalty.ledger.audit import Breach
from loyalty.ledger.models import Seal

PAGE = 20_000  # Entries read at once.
MOST = 50_000  # Entries under one seal.
PATIENCE = 60  # Seconds that a transaction which is writing entries gets to end.

COLUMNS = (
    "id, balance_id, seq, kind, points, balance_after, key, source, occurred_at, posted_at,"
    " reverses_id, explanation"
)
# The page is taken first, by the primary key, whoever's the entries are.
_ENTRIES = f"""
SELECT wallet.program_id, entry.* FROM (
    SELECT {COLUMNS} FROM ledger_entry WHERE id > %s AND id <= %s ORDER BY id LIMIT {PAGE}
) entry
JOIN ledger_balance held ON held.id = entry.balance_id
JOIN ledger_wallet wallet ON wallet.id = held.wallet_id
ORDER BY entry.id
"""
_WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE relation = 'ledger_entry'::regclass AND mode = 'RowExclusiveLock'
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND pid <> pg_backend_pid()
"""
_SEALS = """
SELECT program_id, id, last_entry, count, points, hash FROM ledger_seal
ORDER BY program_id, number
"""

_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class StillWriting(Exception):
    """Entries are being written by a transaction that does not end: try again later."""


@dataclass(slots=True)
class Roll:
    """Entries of one program, added up as they are read."""

    previous: str = ""
    last_entry: int = 0
    count: int = 0
    points: int = 0
    _sum: Any = field(init=False)

    def __post_init__(self) -> None:
        self._sum = hashlib.sha256(self.previous.encode())

    def add(self, row: Sequence[Any]) -> None:
        self.last_entry = row[0]
        self.count += 1
        self.points += row[4]
        self._sum.update(_line(row))

    @property
    def hash(self) -> str:
        return str(self._sum.hexdigest())

    @property
    def figures(self) -> tuple[int, int, int, str]:
        return self.last_entry, self.count, self.points, self.hash


@dataclass(frozen=True, slots=True)
class Head:
    """All entries of a program: its newest one, how many, their sum, and the hash over all."""

    program_id: int
    last_entry: int
    count: int
    points: int
    hash: str


def seal(program_id: int, *, now: datetime) -> Iterator[Seal]:
    """Put the entries that a program has had since its last seal under seals."""
    until = _settled(connection)
    newest = Seal.objects.filter(program=program_id).order_by("-number").first()
    number = newest.number if newest else 0
    roll = Roll(newest.hash, newest.last_entry) if newest else Roll()
    for owner, row in _rows(connection, after=roll.last_entry, until=until):
        if owner == program_id:
            roll.add(row)
        if roll.count >= MOST:
            number += 1
            yield _write(program_id, number, roll, now)
            roll = Roll(roll.hash, roll.last_entry)
    if roll.count:
        yield _write(program_id, number + 1, roll, now)


def breaches() -> list[Breach]:
    """Seals that do not fit the entries under them. Everything is read and hashed again."""
    _heads, broken = walk(connection)
    return [Breach("a seal fits its entries", len(broken), broken[:5])] if broken else []


def walk(connection: BaseDatabaseWrapper) -> tuple[list[Head], list[int]]:
    """Read every entry once: what each program has, and the ids of the seals that do not fit."""
    seals, rolls = _seals(connection), dict[int, Roll]()
    counts, points, broken = Counter[int](), Counter[int](), list[int]()

    def close(program: int) -> None:
        """Hold the entries so far against the seal that ends here; the next one builds on it."""
        seal_id, *figures = seals[program].popleft()
        if rolls[program].figures != tuple(figures):
            broken.append(seal_id)
        rolls[program] = Roll(figures[-1], figures[0])

    for program in seals:
        rolls[program] = Roll()
    for program, row in _rows(connection):
        roll = rolls.setdefault(program, Roll())
        while seals[program] and row[0] > seals[program][0][1]:
            close(program)
            roll = rolls[program]
        roll.add(row)
        counts[program] += 1
        points[program] += row[4]
    for program in rolls:
        while seals[program]:
            close(program)
    heads = [
        Head(program, roll.last_entry, counts[program], points[program], roll.hash)
        for program, roll in sorted(rolls.items())
    ]
    return heads, broken


def _write(program_id: int, number: int, roll: Roll, now: datetime) -> Seal:
    last_entry, count, points, hashed = roll.figures
    return Seal.objects.create(
        program_id=program_id, number=number, last_entry=last_entry, count=count, points=points,
        hash=hashed, sealed_at=now,
    )  # fmt: skip


def _settled(connection: BaseDatabaseWrapper) -> int:
    """The newest entry before which none can appear any more.

    On PostgreSQL ids commit out of order: we wait for those who were writing when it was read.
    """
    newest = int(_ask(connection, "SELECT COALESCE(MAX(id), 0) FROM ledger_entry")[0][0])
    if connection.vendor != "postgresql":
        return newest
    ends, writing = time.monotonic() + PATIENCE, set(_ask(connection, _WRITERS))
    while writing:
        if time.monotonic() > ends:
            raise StillWriting("A transaction has been writing entries for a minute.")
        time.sleep(0.05)
        writing &= set(_ask(connection, _WRITERS))
    return newest


def _seals(connection: BaseDatabaseWrapper) -> dict[int, deque[tuple[Any, ...]]]:
    """Of each program its seals, in their order: id, last entry, count, points, hash."""
    found: dict[int, deque[tuple[Any, ...]]] = defaultdict(deque)
    for program, *seal in _ask(connection, _SEALS):
        found[program].append(tuple(seal))
    return found


def _rows(
    connection: BaseDatabaseWrapper, *, after: int = -(2**63), until: int = 2**63 - 1
) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Entries in the order of their ids, and whose they are; read page by page."""
    while page := _ask(connection, _ENTRIES, after, until):
        for program, *row in page:
            yield program, tuple(row)
        after = page[-1][1]


def _ask(connection: BaseDatabaseWrapper, query: str, *told: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, told)
        return list(cursor.fetchall())


def _line(row: Sequence[Any]) -> bytes:
    """An entry in the one form that is hashed, whichever database it was read from."""
    *plain, occurred_at, posted_at, reverses_id, explanation = row
    told = [
        *plain, _instant(occurred_at), _instant(posted_at), reverses_id, json.loads(explanation)
    ]  # fmt: skip
    return _encode(told).encode() + b"\n"


def _instant(at: datetime | str) -> str:
    """As SQLite keeps it: in UTC, without saying so."""
    return at if isinstance(at, str) else str(at.astimezone(UTC).replace(tzinfo=None))
