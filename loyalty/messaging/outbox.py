"""Asking for letters. They leave only if the transaction that asked for them commits."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction

from loyalty import bulk
from loyalty.bulk import Statement
from loyalty.messaging import catalog, waking
from loyalty.messaging.models import Message

_COLUMNS = {
    "program_id": "bigint", "key": "text", "account_id": "bigint", "recipient": "text",
    "template": "text", "language": "text", "context": "jsonb", "must_arrive": "boolean",
    "owed_at": "timestamptz", "due_at": "timestamptz",
}  # fmt: skip
_INSERT = """
INSERT INTO messaging_message (program_id, key, account_id, "to", template, language, context,
    must_arrive, owed_at, due_at, status, lease, attempts, error)
SELECT program_id, key, account_id, recipient, template, language, context,
    must_arrive, owed_at, due_at, 'owed', '', 0, ''
FROM {rows} WHERE true
ON CONFLICT DO NOTHING
"""
_WRITE_DOWN = """
INSERT INTO messaging_message (program_id, key, account_id, "to", template, language, context,
    must_arrive, owed_at, due_at, status, lease, attempts, error)
SELECT program_id, key, account_id, recipient, template, language, context,
    must_arrive, owed_at, due_at, 'dropped', '', 0, %s
FROM {rows} WHERE true
ON CONFLICT DO NOTHING
"""
HOUSE_KEPT = timedelta(days=30)  # Letters about signing in: long enough to look into a complaint.


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What somebody should read. The key names its cause; a key is owed once."""

    program_id: int | None  # None: it is about signing in, to no program.
    key: str
    to: str
    template: str  # See catalog.KINDS, also for what the context must hold.
    language: str
    account_id: int | None = None
    context: dict[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None  # None: at once.


def owe(letters: Iterable[Letter], *, now: datetime) -> None:
    """Write letters into the outbox, and wake a worker once they are committed."""
    for statement in owing(letters, now=now):
        bulk.execute(*statement)


def owing(letters: Iterable[Letter], *, now: datetime) -> list[Statement]:
    """What ``owe`` would do, for somebody who does it together with something else."""
    letters = [letter for letter in letters if letter.to]
    if not letters:
        return []
    rows = [_row(letter, now) for letter in letters]
    is_urgent = any(catalog.KINDS[letter.template].must_arrive for letter in letters)
    transaction.on_commit(partial(waking.wake, at_once=is_urgent))
    return [Statement(_INSERT, _COLUMNS, rows)]


def write_down_unwanted(letters: Iterable[Letter], reason: str, *, now: datetime) -> None:
    """Keep of letters that nobody gets that they were due, to whom, and why they are not sent."""
    rows = [_row(letter, now) for letter in letters]
    if rows:
        bulk.execute(_WRITE_DOWN, _COLUMNS, rows, before=[reason])


def forget(*, now: datetime) -> None:
    """Drop old letters that belong to no program, whatever became of them."""
    Message.objects.filter(program=None, owed_at__lt=now - HOUSE_KEPT).delete()


def _row(it: Letter, now: datetime) -> tuple[Any, ...]:
    kind = catalog.kind_of(it.template, it.context)
    return (
        it.program_id, it.key, it.account_id, it.to, it.template, it.language,
        bulk.text(catalog.with_seals(kind, it.context)), kind.must_arrive, now, it.due_at or now,
    )  # fmt: skip
