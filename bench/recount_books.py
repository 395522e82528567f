"""What the books of a program say, by plain SQL: the other side of the recount."""

import json
import sqlite3
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

try:
    import psycopg
except ImportError:  # Only who compares with PostgreSQL needs its driver.
    psycopg = None  # type: ignore[assignment]

MOVES = {"accrual": "issued", "reversal": "taken_back", "expiry": "expired"}

_MEMBERS = """
SELECT external_id, account_id FROM members_member WHERE program_id = {program}
"""
_PURCHASES = """
SELECT account_id, made_on, COUNT(*), SUM(total_minor) FROM purchases_purchase
WHERE program_id = {program} GROUP BY account_id, made_on
"""
_PURCHASE_LINES = """
SELECT sale.account_id, COUNT(*) FROM purchases_purchaseline line
JOIN purchases_purchase sale ON sale.id = line.purchase_id
WHERE sale.program_id = {program} GROUP BY sale.account_id
"""
_REFUNDS = """
SELECT account_id, made_on, COUNT(*), SUM(matched_minor) FROM purchases_refund
WHERE program_id = {program} GROUP BY account_id, made_on
"""
_REFUND_LINES = """
SELECT refund.account_id, line.problem, COUNT(*) FROM purchases_refundline line
JOIN purchases_refund refund ON refund.id = line.refund_id
WHERE refund.program_id = {program} GROUP BY refund.account_id, line.problem
"""
_ENTRIES = """
SELECT balance.account_id, entry.kind, entry.occurred_at, entry.points FROM ledger_entry entry
JOIN ledger_balance balance ON balance.id = entry.balance_id
JOIN ledger_wallet wallet ON wallet.id = balance.wallet_id
WHERE wallet.program_id = {program} ORDER BY entry.id
"""
_BALANCES = """
SELECT balance.account_id, SUM(balance.points + balance.pending), SUM(balance.owed)
FROM ledger_balance balance JOIN ledger_wallet wallet ON wallet.id = balance.wallet_id
WHERE wallet.program_id = {program} GROUP BY balance.account_id
"""
_TIERS = """
SELECT status.account_id, (
    SELECT COUNT(*) FROM members_tier lower
    WHERE lower.program_id = tier.program_id AND lower.archived_at IS NULL
    AND lower.threshold < tier.threshold
) FROM members_tierstatus status JOIN members_tier tier ON tier.id = status.tier_id
WHERE tier.program_id = {program}
"""
_RUNS = "SELECT counts FROM purchases_importrun WHERE program_id = {program} ORDER BY id"


@dataclass
class Books:
    """The figures of a program: of each member, of each month, and what was left out."""

    members: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    months: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    left_out: Counter[str] = field(default_factory=Counter)


def read(url: str, slug: str) -> Books:
    """Read a program's books from a database: a path of SQLite, or a URL."""
    connection = _connect(url)
    try:
        return books_in(connection, slug)
    finally:
        connection.close()


def books_in(connection: Any, slug: str) -> Books:
    """Read a program's books by any connection that Python's databases have."""
    quoted = slug.replace("'", "''")
    found = _rows(
        connection, f"SELECT id, time_zone FROM merchants_program WHERE slug = '{quoted}'"
    )
    if not found:
        raise SystemExit(f"There is no program {slug!r} in that database.")
    program, zone = found[0]
    return _Reader(connection, int(program), ZoneInfo(zone)).read()


class _Reader:
    def __init__(self, connection: Any, program: int, zone: ZoneInfo) -> None:
        self.connection, self.program, self.zone = connection, program, zone
        self.books = Books()
        self.numbers = {account: number for number, account in self._ask(_MEMBERS)}

    def read(self) -> Books:
        for number in self.numbers.values():
            self.books.members[number]["tier"] = 0
        for account, on, count, pence in self._ask(_PURCHASES):
            self._count(account, str(on)[:7], purchases=count, pence=pence)
        for account, on, count, pence in self._ask(_REFUNDS):
            self._count(account, str(on)[:7], refunds=count, pence_back=pence)
        for account, count in self._ask(_PURCHASE_LINES):
            self._member(account)["purchase_lines"] += count
        for account, problem, count in self._ask(_REFUND_LINES):
            name = f"refund_lines_{problem}" if problem else "refund_pieces"
            self._member(account)[name] += count
        for account, points, owed in self._ask(_BALANCES):
            self._member(account).update(outstanding=points, owed=owed)
        for account, tier in self._ask(_TIERS):
            self._member(account)["tier"] = tier
        self._read_entries()
        for (counts,) in self._ask(_RUNS):
            self.books.left_out.update(json.loads(counts) if isinstance(counts, str) else counts)
        return self.books

    def _read_entries(self) -> None:
        """What each month moved, and what was outstanding and owed when it ended."""
        moved: dict[str, Counter[int]] = defaultdict(Counter)
        for account, kind, at, points in self._ask(_ENTRIES):
            month = f"{self._local(at):%Y-%m}"
            name = MOVES.get(kind, "other")
            self._count(account, month, **{name: points if name == "issued" else -points})
            moved[month][account] += points
        net: Counter[int] = Counter()
        for month in sorted(self.books.months):
            net.update(moved[month])
            figures = self.books.months[month]
            figures["outstanding"] = sum(points for points in net.values() if points > 0)
            figures["owed"] = -sum(points for points in net.values() if points < 0)

    def _local(self, at: datetime | str) -> datetime:
        told = datetime.fromisoformat(at) if isinstance(at, str) else at
        return (told if told.tzinfo else told.replace(tzinfo=UTC)).astimezone(self.zone)

    def _count(self, account: int | None, month: str, **figures: int) -> None:
        self._member(account).update(figures)
        self.books.months[month].update(figures)

    def _member(self, account: int | None) -> Counter[str]:
        number = self.numbers.get(account, "") if account else ""
        return self.books.members[number or f"account {account}"]

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        return _rows(self.connection, sql.format(program=self.program))


def _connect(url: str) -> Any:
    if url.startswith(("postgres://", "postgresql://")):
        return psycopg.connect(url)
    path = unquote(urlsplit(url).path.removeprefix("/")) if url.startswith("sqlite:") else url
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def _rows(connection: Any, sql: str) -> list[tuple[Any, ...]]:
    cursor = connection.cursor()
    cursor.execute(sql)
    return list(cursor.fetchall())
