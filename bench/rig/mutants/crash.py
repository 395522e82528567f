"""Mutants that only a process killed at the wrong moment shows.

Where the broken moment is shorter than a kill is likely to meet, the mutant lingers in it: a busy
machine does so by itself, once in a while. SQLite with synchronous=OFF is not here: what a killed
process has written is safe with the operating system, and only a power cut would show it.
"""

import time
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from threading import Thread
from typing import Any

from django.db import connection, transaction
from django.db.backends.signals import connection_created

from bench.rig.breaking import reached, replace, rewrite
from bench.rig.mutants import mutant
from loyalty.checks import databases
from loyalty.flows import clock, daily
from loyalty.flows.letters import Desk
from loyalty.ledger import figures
from loyalty.merchants import requests
from loyalty.merchants.models import JobRun, KeyedRequest
from loyalty.merchants.requests import Given
from loyalty.messaging import delivery, outbox
from loyalty.messaging.models import Message
from loyalty.messaging.outbox import Letter

A_MOMENT = 0.2


def linger(*_given: Any) -> None:
    """Stay for a moment where a kill is to find us."""
    reached()
    time.sleep(A_MOMENT)


# --- Letters -------------------------------------------------------------------------------------


@mutant(caught_by="crash:worker")
def letters_are_marked_before_they_are_sent() -> None:
    """A letter is written down as sent, and then it is sent."""
    delivery.linger = linger  # type: ignore[attr-defined]
    rewrite(
        delivery._send, "    try:\n        server.send(mail)\n",
        "    _finish(message, status=Status.SENT, sent_at=clock(), error='')\n"
        "    linger()\n"
        "    try:\n        server.send(mail)\n",
    )  # fmt: skip


@mutant(caught_by="crash:worker")
def doubt_is_not_kept() -> None:
    """Of a letter that must not repeat it is not written down that it was begun."""
    rewrite(delivery._begin, '"status": Status.SENDING, ', "")


@mutant(caught_by="crash:web")
def letters_are_owed_after_the_commit() -> None:
    """A letter is written into the outbox when what it tells of is committed already."""
    owe = outbox.owe

    def later(letters: Iterable[Letter], *, now: datetime) -> None:
        some = list(letters)
        transaction.on_commit(linger)
        transaction.on_commit(partial(owe, some, now=now))

    replace(outbox, "owe", later)


@mutant(caught_by="crash:web", on="postgresql")
def letters_are_sent_before_the_commit() -> None:
    """A letter leaves inside the transaction of its cause, which may never be committed."""
    owe = outbox.owe

    def at_once(letters: Iterable[Letter], *, now: datetime) -> None:
        some = list(letters)
        owe(some, now=now)
        keys = [letter.key for letter in some]
        rows = Message.objects.filter(program__in={it.program_id for it in some}, key__in=keys)
        for message in rows.select_related("program"):
            Desk([message], now=now).write(message).send()
        rows.update(status=Message.Status.SENT, sent_at=now)

    replace(outbox, "owe", at_once)


# --- Keys ----------------------------------------------------------------------------------------


@mutant(caught_by="crash:web")
def answers_are_kept_after_the_effect() -> None:
    """The effect of a request is committed first, and its answer a moment later."""

    def keep(row: KeyedRequest) -> None:
        transaction.on_commit(linger)
        transaction.on_commit(row.save)

    replace(requests, "_keep", keep)


@mutant(caught_by="crash:web", on="postgresql")
def answers_are_kept_before_the_effect() -> None:
    """The answer to a request is committed first, and its effect a moment later."""

    def keep(row: KeyedRequest) -> None:
        apart = Thread(target=save, args=[row])
        apart.start()
        apart.join()
        linger()

    def save(row: KeyedRequest) -> None:
        row.save(force_insert=True)
        connection.close()

    replace(requests, "_keep", keep)


@mutant(caught_by="crash:web")
def keys_are_not_asked_for() -> None:
    """A request is done, whatever its key was used for."""

    def once(*told: Any, **named: Any) -> Given:
        act: Callable[[], Given] = told[-1]
        return act()

    replace(requests, "once", once)


# --- Jobs and sweeps -----------------------------------------------------------------------------


@mutant(caught_by="crash:worker")
def jobs_are_done_before_they_begin() -> None:
    """A job is written down as done, and then it is done."""

    def run(run: JobRun, now: daily.Clock, ends: float) -> bool:
        clock._finish(run, now())
        linger()
        day = daily.Day(program=run.program, on=run.period, clock=now, reached=run.reached)
        for _bite in clock.BY_NAME[run.job].bites(day):
            pass
        return True

    replace(clock, "_run", run)


@mutant(caught_by="crash:worker")
def figures_are_moved_in_two_steps() -> None:
    """What is to be added up is taken in one transaction, and added in another."""
    figures.linger = linger  # type: ignore[attr-defined]
    rewrite(
        figures.add_up, "@transaction.atomic\n", "",
        "    if sums:\n", "    linger()\n    if sums:\n",
    )  # fmt: skip


# --- The database --------------------------------------------------------------------------------


@mutant(caught_by="crash:database", on="postgresql")
def postgres_confirms_what_it_has_not_written() -> None:
    """PostgreSQL is asked not to wait for the disk, and nobody refuses to start like that."""

    def do_not_wait(*, connection: Any, **_told: Any) -> None:
        reached()
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit TO off")

    connection_created.connect(do_not_wait, weak=False, dispatch_uid="a mutant")
    replace(databases, "_DURABLE", ("fsync", "full_page_writes"), counted=False)
