"""How a book is written down: the SQL of a posting, in one place for both databases."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from loyalty import bulk
from loyalty.days import local_date
from loyalty.ledger import figures
from loyalty.ledger.book import Bite, Book, Held, Line

_LINES = {
    "balance_id": "bigint", "seq": "bigint", "kind": "text", "points": "bigint",
    "balance_after": "bigint", "key": "text", "source": "text", "occurred_at": "timestamptz",
    "posted_at": "timestamptz", "reverses_id": "bigint", "explanation": "jsonb",
}  # fmt: skip
_INSERT_LINES = f"""
INSERT INTO ledger_entry ({", ".join(_LINES)})
SELECT {", ".join(_LINES)} FROM {{rows}} RETURNING id, balance_id, seq
"""
_LOTS = {
    "entry_id": "bigint", "balance_id": "bigint", "granted": "bigint", "remaining": "bigint",
    "available_at": "timestamptz", "is_pending": "boolean", "expires_on": "date",
}  # fmt: skip
_LOTS_MOVED = _LOTS | {"origin_id": "bigint"}
_INSERT_LOTS = f"""
INSERT INTO ledger_lot ({", ".join(_LOTS_MOVED)})
SELECT {", ".join(_LOTS_MOVED)} FROM {{rows}} RETURNING id, entry_id
"""
_LOT_CHANGES = {"id": "bigint", "remaining": "bigint", "is_pending": "boolean"}
_UPDATE_LOTS = """
UPDATE ledger_lot SET remaining = v.remaining, is_pending = v.is_pending
FROM {rows} WHERE ledger_lot.id = v.id
"""
_DRAWS = {"lot_id": "bigint", "entry_id": "bigint", "points": "bigint"}
_INSERT_DRAWS = """
INSERT INTO ledger_draw (lot_id, entry_id, points) SELECT lot_id, entry_id, points FROM {rows}
"""
_REMARKS = {"entry_id": "bigint", "remark": "text"}
_INSERT_REMARKS = "INSERT INTO ledger_remark (entry_id, text) SELECT entry_id, remark FROM {rows}"
_DEBTS = {
    "entry_id": "bigint", "balance_id": "bigint",
    "granted": "bigint", "remaining": "bigint", "absorbed": "bigint",
}  # fmt: skip
_INSERT_DEBTS = f"""
INSERT INTO ledger_debt ({", ".join(_DEBTS)})
SELECT {", ".join(_DEBTS)} FROM {{rows}} RETURNING id, entry_id
"""
_DEBT_CHANGES = {"id": "bigint", "remaining": "bigint", "absorbed": "bigint"}
_UPDATE_DEBTS = """
UPDATE ledger_debt SET remaining = v.remaining, absorbed = v.absorbed
FROM {rows} WHERE ledger_debt.id = v.id
"""
_BALANCES = {
    "id": "bigint", "points": "bigint", "pending": "bigint", "owed": "bigint",
    "lifetime": "bigint", "seq": "bigint", "seq_before": "bigint",
}  # fmt: skip
_UPDATE_BALANCES = """
UPDATE ledger_balance SET points = v.points, pending = v.pending, owed = v.owed,
    lifetime = v.lifetime, seq = v.seq
FROM {rows} WHERE ledger_balance.id = v.id AND ledger_balance.seq = v.seq_before
"""


# The common case, accruals and nothing else, is one statement on PostgreSQL.
_ACCRUALS = _LINES | {
    "available_at": "timestamptz", "is_pending": "boolean", "expires_on": "date",
}  # fmt: skip
_WRITE_ACCRUALS = f"""
WITH told AS (SELECT * FROM {{lines}}), posted AS (
    INSERT INTO ledger_entry ({", ".join(_LINES)})
    SELECT {", ".join(_LINES)} FROM told RETURNING id, balance_id, seq
), opened AS (
    INSERT INTO ledger_lot ({", ".join(_LOTS)})
    SELECT posted.id, told.balance_id, told.points, told.points,
           told.available_at, told.is_pending, told.expires_on
    FROM told JOIN posted ON posted.balance_id = told.balance_id AND posted.seq = told.seq
), changed AS (
    UPDATE ledger_balance SET points = balances.points, pending = balances.pending,
        owed = balances.owed, lifetime = balances.lifetime, seq = balances.seq
    FROM {{balances}}
    WHERE ledger_balance.id = balances.id AND ledger_balance.seq = balances.seq_before
    RETURNING 1
), tallied AS (
    INSERT INTO ledger_tally (program_id, "on", measure, count, amount)
    SELECT program_id, made_on, measure, count, amount FROM {{tallies}}
) {{also}}
SELECT id, balance_id, seq, (SELECT count(*) FROM changed) FROM posted
"""


def write(book: Book, also: Sequence[bulk.Statement] = ()) -> None:
    """Write every line, lot, draw, debt and balance of a book, and what the day's figures gain.

    ``also`` are INSERTs about the same cause, which may join ``{posted}``, the new entries.
    """
    lines = [line for line in book.lines if line.id is None]
    counted = [*book.counted, *(_counted(book, line) for line in lines)]
    book.counted = []
    book.given.clear()  # What this book takes of them is in the ledger from here on.
    if lines and connection.vendor == "postgresql" and _is_plain(book, lines):
        also = [it._replace(sql=it.sql.replace("{posted}", "posted")) for it in also]
        _write_accruals(book, lines, figures.summed(counted), also)
        return
    with bulk.together():
        _write_lines(book, lines)
        _write_shares(book)
        _write_dues(book)
        _write_bites(book)
        _write_balances(book)
        figures.tally(counted)
        for it in also:
            bulk.execute(it.sql.replace("{posted}", "ledger_entry posted"), it.columns, it.rows)


def _is_plain(book: Book, lines: list[Line]) -> bool:
    """Whether a book holds accruals only, each with a lot of which nothing is taken."""
    touched = book.touched_shares or book.new_dues or book.touched_dues or book.bites
    said = any(line.remark for line in lines)
    return not touched and not said and len(lines) == len(book.new_shares)


def _write_accruals(
    book: Book,
    lines: list[Line],
    tallies: list[figures.Counted],
    also: Sequence[bulk.Statement],
) -> None:
    lots = {id(share.line): share for share in book.new_shares}
    told = [
        (*row, lots[id(line)].available_at, lots[id(line)].is_pending, lots[id(line)].expires_on)
        for line, row in zip(lines, _line_rows(lines), strict=True)
    ]
    changed = _changed(book)
    by_place = {(line.held.id, line.seq): line for line in lines}
    tables: dict[str, tuple[bulk.Columns, Sequence[bulk.Row]]] = {
        "lines": (_ACCRUALS, told),
        "balances": (_BALANCES, _balance_rows(changed)),
        "tallies": (figures.COLUMNS, tallies),
    }
    for entry_id, balance_id, seq, balances in bulk.ask_tables(
        _WRITE_ACCRUALS, tables, also=also
    )():
        bulk.exactly(balances, len(changed))
        by_place[balance_id, seq].id = entry_id
    for held in changed:
        held.as_read = held.figures


def _write_lines(book: Book, lines: list[Line]) -> None:
    if not lines:
        return
    by_place = {(line.held.id, line.seq): line for line in lines}
    for entry_id, balance_id, seq in bulk.fetch(_INSERT_LINES, _LINES, _line_rows(lines)):
        by_place[balance_id, seq].id = entry_id
    if remarks := [(line.id, line.remark) for line in lines if line.remark]:
        bulk.execute(_INSERT_REMARKS, _REMARKS, remarks)


def _line_rows(lines: list[Line]) -> list[tuple[Any, ...]]:
    # The one clock that is nobody's argument: no rule reads when a row was written.
    written_at = timezone.now()
    return [
        (
            line.held.id, line.seq, line.kind, line.points, line.balance_after, line.key,
            line.source, line.occurred_at, written_at, line.reverses_id,
            bulk.text(line.explanation),
        )
        for line in lines
    ]  # fmt: skip


def _write_shares(book: Book) -> None:
    new = [share for share in book.new_shares if share.id is None]
    if new:
        for share in new:
            share.entry_id = share.line.id if share.line else None
        rows = [
            (
                it.entry_id, it.held.id, it.granted, it.remaining, it.available_at, it.is_pending,
                it.expires_on, it.origin.id if it.origin else None,
            )
            for it in new
        ]  # fmt: skip
        by_entry = {share.entry_id: share for share in new}
        for lot_id, entry_id in bulk.fetch(_INSERT_LOTS, _LOTS_MOVED, rows):
            by_entry[entry_id].id = lot_id
    if book.touched_shares:
        changes = [(it.id, it.remaining, it.is_pending) for it in book.touched_shares.values()]
        bulk.execute(_UPDATE_LOTS, _LOT_CHANGES, changes, expect=len(changes))


def _write_dues(book: Book) -> None:
    new = [due for due in book.new_dues if due.id is None]
    if new:
        for due in new:
            due.entry_id = due.line.id if due.line else None
        rows = [(it.entry_id, it.held.id, it.granted, it.remaining, it.absorbed) for it in new]
        by_entry = {due.entry_id: due for due in new}
        for debt_id, entry_id in bulk.fetch(_INSERT_DEBTS, _DEBTS, rows):
            by_entry[entry_id].id = debt_id
    if book.touched_dues:
        changes = [(it.id, it.remaining, it.absorbed) for it in book.touched_dues.values()]
        bulk.execute(_UPDATE_DEBTS, _DEBT_CHANGES, changes, expect=len(changes))


def _write_bites(book: Book) -> None:
    if book.bites:
        rows = [(bite.share.id, _debit(bite), bite.points) for bite in book.bites]
        bulk.execute(_INSERT_DRAWS, _DRAWS, rows)
        book.bites.clear()


def _debit(bite: Bite) -> int | None:
    return bite.line.id if bite.line else bite.entry_id


def _write_balances(book: Book) -> None:
    if changed := _changed(book):
        rows = _balance_rows(changed)
        bulk.execute(_UPDATE_BALANCES, _BALANCES, rows, expect=len(rows))
        for held in changed:
            held.as_read = held.figures


def _changed(book: Book) -> list[Held]:
    return [held for held in book.balances.values() if held.figures != held.as_read]


def _balance_rows(changed: list[Held]) -> list[tuple[int, ...]]:
    return [(held.id, *held.figures, held.as_read[-1]) for held in changed]


def _counted(book: Book, line: Line) -> figures.Counted:
    measure = figures.measure_of(line.held.wallet_id, line.kind, line.points)
    return figures.Counted(
        book.program_id, local_date(line.occurred_at, book.zone), measure, 1, line.points
    )
