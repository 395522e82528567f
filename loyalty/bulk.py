"""Many rows in one statement, written once for both databases.

A statement names its rows as ``{rows}``, which becomes a table called ``v`` with the columns given:
scalars for one row and ``json_to_recordset`` for more on PostgreSQL, ``json_each`` on SQLite. The
text of a statement does not depend on how many rows there are, so PostgreSQL prepares it once.
(Arrays and ``unnest`` cost four times as much for one row, and a third more for a thousand.)
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

Columns = Mapping[str, str]  # Name and PostgreSQL type; "jsonb" columns take ready JSON texts.
Row = Sequence[Any]
Answer = Callable[[], list[tuple[Any, ...]]]  # Waits for what was asked.


class Statement(NamedTuple):
    """A statement over rows that waits to be run, by itself or as a part of another one."""

    sql: str
    columns: Columns
    rows: Sequence[Row]


def execute(
    sql: str,
    columns: Columns,
    rows: Iterable[Row],
    *,
    before: Sequence[Any] = (),
    after: Sequence[Any] = (),
    expect: int | None = None,
) -> None:
    """Run a statement over rows. If it touches more or fewer than expected, nothing is written."""
    db = _database()
    statement = _bound(db, sql, columns, list(rows), before, after)
    with _cursor(db) as cursor:
        cursor.execute(*statement)
        if expect is not None and not _later(db, cursor, expect):
            exactly(cursor.rowcount, expect)


def fetch(
    sql: str,
    columns: Columns,
    rows: Iterable[Row],
    *,
    before: Sequence[Any] = (),
    after: Sequence[Any] = (),
) -> list[tuple[Any, ...]]:
    """Run a statement over rows, and return what it selects or returns."""
    return ask(sql, columns, rows, before=before, after=after)()


def ask(
    sql: str,
    columns: Columns,
    rows: Iterable[Row],
    *,
    before: Sequence[Any] = (),
    after: Sequence[Any] = (),
) -> Answer:
    """Like ``fetch``; but where statements go together, more can be sent before this is awaited."""
    db = _database()
    return _asked(db, *_bound(db, sql, columns, list(rows), before, after))


def ask_tables(
    sql: str,
    tables: Mapping[str, tuple[Columns, Sequence[Row]]],
    *,
    also: Sequence[Statement] = (),
) -> Answer:
    """One statement over several tables of rows, on PostgreSQL: ``{name}`` becomes a table.

    The tables are given in the order in which the statement names them. What else should be done,
    by INSERTs that answer nothing, becomes a part of it in the place of ``{also}``.
    """
    shapes = tuple(
        (name, tuple(columns.items()), _shape(rows)) for name, (columns, rows) in tables.items()
    )
    others = tuple((it.sql, tuple(it.columns.items()), _shape(it.rows)) for it in also)
    parameters = [it for columns, rows in tables.values() for it in _parameters(columns, rows)]
    parameters += [it for other in also for it in _parameters(other.columns, other.rows)]
    return _asked(_database(), _texts(sql, shapes, others), parameters)


Shapes = tuple[tuple[str, tuple[tuple[str, str], ...], str], ...]  # Name or SQL, columns, shape.


@lru_cache(maxsize=512)
def _texts(sql: str, shapes: Shapes, also: Shapes) -> str:
    for name, kinds, shape in shapes:
        sql = sql.replace("{" + name + "}", table(kinds, shape, name))
    parts = [f", also_{number} AS ({_bind(*other)})" for number, other in enumerate(also, 1)]
    return sql.replace("{also}", "".join(parts))


def _asked(db: BaseDatabaseWrapper, statement: str, parameters: Sequence[Any]) -> Answer:
    with _cursor(db) as cursor:
        cursor.execute(statement, parameters)
        if not _is_together(db):
            rows = list(cursor.fetchall())
            return lambda: rows

    def answer() -> list[tuple[Any, ...]]:
        with db.wrap_database_errors:
            return list(cursor.fetchall())

    return answer


def _shape(rows: Sequence[Row]) -> str:
    return "scalars" if len(rows) == 1 else "records"


def _parameters(columns: Columns, rows: Sequence[Row]) -> list[Any]:
    if len(rows) == 1:
        return list(rows[0])
    names = list(columns)
    return [text([dict(zip(names, row, strict=True)) for row in rows])]


@contextmanager
def together() -> Iterator[None]:
    """Send statements without waiting for each: PostgreSQL's pipeline mode; elsewhere, as ever.

    Inside a transaction, and not around code that catches errors of the database: one that fails
    fails them all.
    """
    db = _database()
    if not _is_raw(db) or _is_together(db):
        yield
        return
    if not db.in_atomic_block:
        raise transaction.TransactionManagementError("Statements go together in a transaction.")
    expected: list[tuple[Any, int]] = []
    db.taem_expected = expected  # type: ignore[attr-defined]
    try:
        with db.wrap_database_errors, db.connection.pipeline():
            yield
        for cursor, expect in expected:
            exactly(cursor.rowcount, expect)
    finally:
        db.taem_expected = None  # type: ignore[attr-defined]


def _database() -> BaseDatabaseWrapper:
    """The connection itself: its proxy looks it up again for each attribute."""
    return connections[DEFAULT_DB_ALIAS]


def _is_raw(db: BaseDatabaseWrapper) -> bool:
    return db.vendor == "postgresql" and not db.queries_logged


@contextmanager
def _cursor(db: BaseDatabaseWrapper) -> Iterator[Any]:
    """The driver's own cursor where we can: Django's wrappers cost as much as a short statement."""
    if not _is_raw(db):
        with db.cursor() as cursor:
            yield cursor
        return
    db.ensure_connection()
    db.validate_no_broken_transaction()
    with db.wrap_database_errors:
        yield db.connection.cursor()


def _is_together(db: BaseDatabaseWrapper) -> bool:
    return getattr(db, "taem_expected", None) is not None


def _later(db: BaseDatabaseWrapper, cursor: Any, expect: int) -> bool:
    """Whether a count is looked at when the statements that go together are through."""
    if not _is_together(db):
        return False
    db.taem_expected.append((cursor, expect))  # type: ignore[attr-defined]
    return True


def exactly(touched: int, expected: int) -> None:
    """A row that is not as it was read means that a lock was not held."""
    if touched != expected:
        raise RuntimeError(f"{expected} rows were under lock, {touched} of them were as read.")


def _bound(  # noqa: PLR0917
    db: BaseDatabaseWrapper,
    sql: str,
    columns: Columns,
    rows: list[Row],
    before: Sequence[Any],
    after: Sequence[Any],
) -> tuple[str, list[Any]]:
    kinds = tuple(columns.items())
    if db.vendor != "postgresql":
        told = text([[plain(value) for value in row] for row in rows])
        given = [plain(value) for value in before], [plain(value) for value in after]
        return _bind(sql, kinds, "sqlite"), [*given[0], told, *given[1]]
    return _bind(sql, kinds, _shape(rows)), [*before, *_parameters(columns, rows), *after]


@lru_cache(maxsize=512)
def _bind(sql: str, kinds: tuple[tuple[str, str], ...], shape: str) -> str:
    return sql.replace("{rows}", table(kinds, shape))


def table(kinds: Sequence[tuple[str, str]], shape: str, name: str = "v") -> str:
    """A FROM item that holds rows. Its parameters: each value, or one JSON text."""
    names = ", ".join(column for column, _ in kinds)
    if shape == "scalars":
        values = ", ".join(f"%s::{kind}" for _, kind in kinds)
        return f"(VALUES ({values})) AS {name}({names})"
    if shape == "records":
        told = ", ".join(
            f"{column} {'text' if kind == 'jsonb' else kind}" for column, kind in kinds
        )
        cast = ", ".join(
            f"{column}::jsonb" if kind == "jsonb" else column for column, kind in kinds
        )
        return (
            f"(SELECT {cast} FROM json_to_recordset(%s::json) AS told({told})) AS {name}({names})"
        )
    fields = ", ".join(
        f"json_extract(value, '$[{place}]') AS {column}" for place, (column, _) in enumerate(kinds)
    )
    # The limit, which is none, keeps the rows a table: SQLite would else read the JSON again for
    # each row of another table that it has put before it.
    return f"(SELECT {fields} FROM json_each(%s) LIMIT -1) AS {name}"


def text(value: Any) -> str:
    """JSON, with dates and decimals in a form that PostgreSQL reads back as the column's type."""
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def plain(value: Any) -> Any:
    """A value as Django keeps it on SQLite."""
    if isinstance(value, datetime):
        return str(value.astimezone(UTC).replace(tzinfo=None))
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
