"""What is due at any time: the sweep looks for it every ten seconds, in bounded bites.

Any number of workers may sweep at once. Points that become available, vouchers that lapse and
figures need no lease: a bite finds them, changes them and marks them in one transaction, so a lost
worker has done all of it or nothing.
"""

import logging
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from loyalty.flows import (
    arrivals,
    campaigns,
    code_batches,
    contest_boards,
    lapse,
    letters,
    referrals,
    replays,
)
from loyalty.flows import clock as daily_clock
from loyalty.inbox import receiving
from loyalty.ledger import figures, sweeps
from loyalty.ledger.models import Lot
from loyalty.merchants import requests
from loyalty.merchants.models import Heartbeat, beat
from loyalty.messaging import outbox, waking

Clock = Callable[[], datetime]

SILENT = timedelta(days=1)  # A worker that is gone so long is forgotten.
ANSWERS_KEPT = timedelta(days=90)
JOBS_KEPT = timedelta(days=90)

logger = logging.getLogger(__name__)


def sweep(*, clock: Clock, seconds: float = 30) -> None:
    """Make points available, let vouchers lapse, add figures up, take arrivals, send letters."""
    beat(_name("worker"), clock())
    if daily_clock.has_open(now=clock()):
        waking.wake(waking.JOBS)
    if replays.has_open(now=clock()):
        waking.wake(waking.REPLAYS)
    for bites in (
        mature(clock=clock), lapse_vouchers(clock=clock), add_up(), make_codes(clock),
        advance_referrals(clock=clock),
    ):  # fmt: skip
        _take(bites, seconds=seconds / 4)
    with _others_go_on():
        arrivals.take_due(clock=clock, seconds=seconds / 4)
    letters.send_due(clock=clock, seconds=seconds / 4)


def tick(*, clock: Clock) -> None:
    """Every minute: forget what is old, write down which jobs have come due, and run them."""
    now = clock()
    beat(_name("clock"), now)
    daily_clock.make_due(now=now)
    daily_clock.forget(before=(now - JOBS_KEPT).date())
    requests.forget(now - ANSWERS_KEPT)
    campaigns.end_spent(now=now)
    with _others_go_on():
        contest_boards.keep(now=now)
    outbox.forget(now=now)
    receiving.forget(now=now)
    Heartbeat.objects.filter(beaten_at__lt=now - SILENT).delete()
    run_jobs(clock=clock)


def _take(bites: Iterator[int], *, seconds: float) -> None:
    """As many bites as the time allows; the next sweep takes the rest."""
    ends = time.monotonic() + seconds
    with _others_go_on():
        for _done in bites:
            if time.monotonic() >= ends:
                return


def run_jobs(*, clock: Clock, seconds: float = 30) -> int:
    """The jobs of each day that are open; say how many are done."""
    beat(_name("worker"), clock())
    return daily_clock.run_open(clock=clock, seconds=seconds)


def mature(*, clock: Clock) -> Iterator[int]:
    """Points that have passed their return window can be spent."""
    pending = Lot.objects.filter(is_pending=True, available_at__lte=clock())
    for program in pending.values_list("balance__wallet__program", flat=True).distinct():
        with _others_go_on():
            while done := sweeps.mature_due(program, at=clock()):
                yield done


def lapse_vouchers(*, clock: Clock) -> Iterator[int]:
    while done := lapse.lapse_due(now=clock()):
        yield done


def make_codes(clock: Clock) -> Iterator[int]:
    """The codes of large batches, some thousands at a time."""
    yield from code_batches.make_due(now=clock())


def advance_referrals(*, clock: Clock) -> Iterator[int]:
    while done := referrals.advance_due(now=clock()):
        yield done


def add_up() -> Iterator[int]:
    while done := figures.add_up():
        yield done


@contextmanager
def _others_go_on() -> Iterator[None]:
    """What fails is logged, and late in /readyz; it must not keep what is beside it waiting."""
    try:
        yield
    except Exception:
        logger.exception("A part of the sweep failed; the next sweep tries it again.")


def _name(part: str) -> str:
    return f"{part} on {platform.node()}"[:80]
