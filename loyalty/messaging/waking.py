"""Waking the worker early. What is owed is a row already: a wake-up that is lost costs seconds."""

import logging
import time

from celery import current_app
from kombu.exceptions import OperationalError

from loyalty import outside

logger = logging.getLogger(__name__)

LETTERS, JOBS = "loyalty.tasks.letters", "loyalty.tasks.jobs"
ARRIVALS = "loyalty.tasks.arrivals"
REPLAYS = "loyalty.tasks.replays"
QUIET_SECONDS = 1.0  # One wake-up a second and process is enough for any number of rows.
STALE_SECONDS = 10  # By then the sweep has been there.
_last: dict[str, float] = {}


def wake(task: str = LETTERS, *, at_once: bool = False) -> None:
    """``at_once``: somebody waits, and whoever was woken a moment ago may have looked already."""
    is_quiet = time.monotonic() - _last.get(task, -QUIET_SECONDS) < QUIET_SECONDS
    if is_quiet and not at_once:
        return
    outside.refuse_in_transaction()
    _last[task] = time.monotonic()
    try:
        current_app.send_task(task, ignore_result=True, retry=False, expires=STALE_SECONDS)
    except (OperationalError, OSError) as error:
        logger.warning("The broker did not answer; the sweep will find the row. %s", error)
