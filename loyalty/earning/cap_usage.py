"""How much of each cap is used: the rows, and all the SQL that touches them.

Read and written inside the posting's transaction, after its accounts are locked: that lock makes
the rows of a member safe. Rows of all members together are locked here, always in one order.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from loyalty import bulk
from loyalty.days import PERIODS, period_start
from loyalty.earning.caps import CapKey, subject_key

_KEYS = {
    "place": "integer", "source": "text", "account_id": "bigint", "subject": "text",
    "period": "text", "starts_on": "date",
}  # fmt: skip
_JOIN = """
SELECT v.place, u.used FROM {rows}
JOIN earning_capusage u ON u.source = v.source AND u.subject = v.subject
    AND u.period = v.period AND u.starts_on = v.starts_on
"""
_READ = f"{_JOIN} AND u.account_id = v.account_id WHERE u.account_id IS NOT NULL"
_READ_TOTAL = f"""{_JOIN} WHERE u.account_id IS NULL
ORDER BY u.source, u.subject, u.period, u.starts_on
"""
_MAKE_TOTAL = """
INSERT INTO earning_capusage (program_id, source, subject, period, starts_on, used)
SELECT %s, source, subject, period, starts_on, 0 FROM {rows}
WHERE true ORDER BY source, subject, period, starts_on
ON CONFLICT (source, subject, period, starts_on) WHERE account_id IS NULL DO NOTHING
"""
_FIND = """
SELECT u.id, v.place, u.used FROM {rows}
JOIN earning_capusage u ON u.source = v.source AND u.subject = v.subject
    AND u.period = v.period AND u.starts_on = v.starts_on
"""
_OF_MEMBER, _OF_ALL = "AND u.account_id = v.account_id", "AND u.account_id IS NULL"
# The order in which ``load`` locks.
_ORDER = "ORDER BY u.source, u.subject, u.period, u.starts_on"
_USED = {"id": "bigint", "used": "bigint"}
_SET = "UPDATE earning_capusage SET used = v.used FROM {rows} WHERE earning_capusage.id = v.id"
_ADDED = {
    "source": "text", "account_id": "bigint", "subject": "text", "period": "text",
    "starts_on": "date", "used": "bigint",
}  # fmt: skip
_ADD = f"""
INSERT INTO earning_capusage (program_id, {", ".join(_ADDED)})
SELECT %s, {", ".join(_ADDED)} FROM {{rows}}
WHERE true ORDER BY source, account_id, subject, period, starts_on
ON CONFLICT """
_ADD_MEMBER = f"""{_ADD} (source, account_id, subject, period, starts_on)
WHERE account_id IS NOT NULL DO UPDATE SET used = earning_capusage.used + excluded.used
"""
_ADD_TOTAL = f"""{_ADD} (source, subject, period, starts_on)
WHERE account_id IS NULL DO UPDATE SET used = earning_capusage.used + excluded.used
"""

_ADD_THOSE_OF = """
INSERT INTO earning_capusage (program_id, source, account_id, subject, period, starts_on, used)
SELECT program_id, source, %s, subject, period, starts_on, used
FROM earning_capusage WHERE account_id = %s
ORDER BY source, subject, period, starts_on
ON CONFLICT (source, account_id, subject, period, starts_on)
WHERE account_id IS NOT NULL DO UPDATE SET used = earning_capusage.used + excluded.used
"""
# Where room was given back since, no less than nothing is used.
_TAKE_THOSE_OF = """
UPDATE earning_capusage SET used = CASE
    WHEN earning_capusage.used > other.used THEN earning_capusage.used - other.used ELSE 0 END
FROM earning_capusage other
WHERE earning_capusage.account_id = %s AND other.account_id = %s
    AND other.source = earning_capusage.source AND other.subject = earning_capusage.subject
    AND other.period = earning_capusage.period AND other.starts_on = earning_capusage.starts_on
"""


class Released(NamedTuple):
    """What a member was given on a day, and is taken back."""

    source: str
    account_id: int
    subject: str
    on: date
    points: int


def load(keys: Iterable[CapKey], *, program_id: int) -> dict[CapKey, int]:
    """What is used of each; rows of all members together are made if missing, and stay locked.

    Ask once in a transaction, for everything it needs: the order of locks holds within one call.
    """
    member, total = _apart(keys)
    used = dict.fromkeys((*member, *total), 0)
    if member:
        used |= _read(_READ, member)
    if total:
        bulk.execute(_MAKE_TOTAL, _KEYS, _rows(total), before=[program_id])
        lock = "FOR UPDATE OF u" if connection.features.has_select_for_update else ""
        used |= _read(f"{_READ_TOTAL} {lock}", total)
    return used


def peek(keys: Iterable[CapKey]) -> dict[CapKey, int]:
    """What is used of each, for telling: nothing is locked, and so nothing may be posted by it."""
    member, total = _apart(keys)
    used = dict.fromkeys((*member, *total), 0)
    for query, asked in ((_READ, member), (_READ_TOTAL, total)):
        if asked:
            used |= _read(query, asked)
    return used


def add(deltas: Mapping[CapKey, int], *, program_id: int) -> None:
    """Count what was posted."""
    member, total = _apart(key for key, points in deltas.items() if points)
    for statement, keys in ((_ADD_MEMBER, member), (_ADD_TOTAL, total)):
        if keys:
            rows = [(*key, deltas[key]) for key in keys]
            bulk.execute(statement, _ADDED, rows, before=[program_id])


def release(released: Iterable[Released]) -> None:
    """Give room back in the periods that hold a day, because what was given then was taken back."""
    room: Counter[CapKey] = Counter()
    for it in released:
        for period in PERIODS:
            starts_on = period_start(period, it.on)
            for subject in {"", subject_key(it.subject)}:
                for account_id in (it.account_id, None):
                    room[CapKey(it.source, account_id, subject, period, starts_on)] += it.points
    lock = "FOR UPDATE OF u" if connection.features.has_select_for_update else ""
    for whose, keys in zip((_OF_MEMBER, _OF_ALL), _apart(room), strict=True):
        if not keys:
            continue
        found = bulk.fetch(f"{_FIND} {whose} {_ORDER} {lock}", _KEYS, _rows(keys))
        rows = [(pk, used - min(used, room[keys[place]])) for pk, place, used in found]
        if rows:
            bulk.execute(_SET, _USED, rows, expect=len(rows))


def add_those_of(account_id: int, *, to: int) -> None:
    """Count for one account what another has used as well. The other's own rows stay."""
    _execute(_ADD_THOSE_OF, to, account_id)


def take_those_of(account_id: int, *, out_of: int) -> None:
    """Count it no more."""
    _execute(_TAKE_THOSE_OF, out_of, account_id)


def _execute(statement: str, *accounts: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(accounts))


def _read(statement: str, keys: Sequence[CapKey]) -> dict[CapKey, int]:
    return {keys[place]: used for place, used in bulk.fetch(statement, _KEYS, _rows(keys))}


def _rows(keys: Sequence[CapKey]) -> list[tuple[Any, ...]]:
    return [(place, *key) for place, key in enumerate(keys)]


def _apart(keys: Iterable[CapKey]) -> tuple[list[CapKey], list[CapKey]]:
    member: list[CapKey] = []
    total: list[CapKey] = []
    for key in dict.fromkeys(keys):
        (total if key.account_id is None else member).append(key)
    return member, total
