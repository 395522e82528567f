"""Holding a row while one works on it: nobody else does, and a lost worker is noticed soon.

Who works on a row holds it by a token and a lease, which is short. While the work goes on, a thread
renews it; when the worker is killed the thread dies with it, and the row is free before long. The
thread says only that the process lives: of work that stands still the lease ends as well.

The clocks of workers may be wrong. A lease that ends later than any could is of a clock that was,
and counts as over. In doubt two workers hold a row at once: whoever writes down what became of it
does so by the token, so only one of them can.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Event, Thread
from typing import Any

from django.db import DatabaseError, connection
from django.db.models import Q, QuerySet

LEASE = timedelta(seconds=15)
RENEWED_EVERY = 4.0  # Seconds: two renewals may fail.
LONGEST = 300.0  # Seconds of work on one claim. Above the time limits of tasks.
WRONG_CLOCK = timedelta(minutes=1)

logger = logging.getLogger(__name__)


def new_token() -> str:
    return secrets.token_hex(8)


def over(at: datetime) -> Q:
    """The rows whose lease has ended: their worker was lost."""
    return Q(leased_until__lte=at) | Q(leased_until__gt=latest(at))


def free(at: datetime) -> Q:
    """The rows that nobody holds."""
    return Q(leased_until=None) | over(at)


def latest(at: datetime) -> datetime:
    """No lease that is held now ends after this."""
    return at + LEASE + WRONG_CLOCK


@contextmanager
def renewed(rows: QuerySet[Any], clock: Callable[[], datetime]) -> Iterator[None]:
    """Go on holding some rows for as long as the block runs. They are asked for by their token."""
    done = Event()
    keeper = Thread(target=_renew, args=(rows, clock, done), name="leases", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        done.set()
        keeper.join()


def _renew(rows: QuerySet[Any], clock: Callable[[], datetime], done: Event) -> None:
    ends = time.monotonic() + LONGEST
    try:
        while not done.wait(RENEWED_EVERY) and time.monotonic() < ends:
            try:
                rows.update(leased_until=clock() + LEASE)
            except DatabaseError as error:
                logger.warning("A lease could not be renewed: %s", error)
                connection.close()
    finally:
        connection.close()
