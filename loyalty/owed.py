"""How long what is owed has been waiting, and what was given up. Asked by ``/readyz``.

Each question reads the end of an index and no more, however much there is. Nobody is turned away
because work is late; but somebody should look.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from campaigns.codes.models import CodeBatch
from campaigns.contests.models import Contest
from loyalty.flows import clock
from loyalty.inbox.models import Arrival
from loyalty.ledger import figures
from loyalty.ledger.models import Lot, Tally
from loyalty.merchants.models import JobRun
from loyalty.messaging.models import Message
from loyalty.rewards.models import Voucher

MOST_COUNTED = 1_000
MOST_TALLIES = 20 * figures.BITE  # Two sweeps of a busy hour.


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of owed rows: since when the oldest is due, and when that is too long ago."""

    oldest: Callable[[datetime], datetime | None]
    limit: timedelta


def ages(now: datetime) -> dict[str, int]:
    """Of each kind, for how many seconds the oldest row has been due; 0 where none is."""
    return {name: _seconds(kind.oldest(now), now) for name, kind in KINDS.items()}


def late(now: datetime) -> list[str]:
    """The kinds that have been waiting too long."""
    found = [name for name, age in ages(now).items() if age > KINDS[name].limit.total_seconds()]
    if _tallies() > MOST_TALLIES:
        found.append("figures")
    return found


def given_up() -> dict[str, int]:
    """How many rows of each kind wait for somebody to decide. Counted up to a thousand."""
    return {name: rows[:MOST_COUNTED].count() for name, rows in _given_up().items()}


def _given_up() -> Mapping[str, QuerySet[Any]]:
    return {
        "letters": Message.objects.dead().exclude(program=None),
        "jobs": JobRun.objects.failed().exclude(finished_at=None),
        "arrivals": Arrival.objects.dead(),
    }


def _tallies() -> int:
    """About how many wait to be added up: they keep no time, and are taken in their order."""
    ids = Tally.objects.values_list("pk", flat=True)
    first, last = ids.order_by("pk").first(), ids.order_by("-pk").first()
    return last - first + 1 if first and last else 0


def _letters(*, must_arrive: bool) -> Callable[[datetime], datetime | None]:
    def oldest(now: datetime) -> datetime | None:
        waiting = Message.objects.filter(
            status__in=["owed", "sending"], must_arrive=must_arrive, due_at__lte=now
        )
        return waiting.order_by("due_at").values_list("due_at", flat=True).first()

    return oldest


def _jobs(now: datetime) -> datetime | None:
    return clock.claimable(now).order_by("due_at").values_list("due_at", flat=True).first()


def _arrivals(now: datetime) -> datetime | None:
    waiting = Arrival.objects.filter(status="waiting", due_at__lte=now)
    return waiting.order_by("due_at").values_list("due_at", flat=True).first()


def _lots(now: datetime) -> datetime | None:
    pending = Lot.objects.filter(is_pending=True, available_at__lte=now)
    return pending.order_by("available_at").values_list("available_at", flat=True).first()


def _vouchers(now: datetime) -> datetime | None:
    overdue = Voucher.objects.overdue(now)
    return overdue.order_by("expires_at").values_list("expires_at", flat=True).first()


def _codes(now: datetime) -> datetime | None:
    unmade = CodeBatch.objects.unmade().filter(created_at__lte=now).order_by("created_at")
    return unmade.values_list("created_at", flat=True).first()


def _contests(now: datetime) -> datetime | None:
    late = Contest.objects.running().filter(freezes_at__lte=now)
    return late.order_by("freezes_at").values_list("freezes_at", flat=True).first()


def _seconds(since: datetime | None, now: datetime) -> int:
    return max(0, int((now - since).total_seconds())) if since else 0


KINDS: Mapping[str, Kind] = {
    # Somebody sits before a page and waits for a code: a worker is woken for it at once.
    "urgent_letters": Kind(oldest=_letters(must_arrive=True), limit=timedelta(minutes=2)),
    # On the morning of a large program greetings queue up; by the next hour they are gone.
    "letters": Kind(oldest=_letters(must_arrive=False), limit=timedelta(hours=1)),
    # A job that nobody is at, and that waits for no earlier day of its own.
    "jobs": Kind(oldest=_jobs, limit=JobRun.PATIENCE),
    # A shop's order should be points before its buyer has opened the letter about it.
    "arrivals": Kind(oldest=_arrivals, limit=timedelta(minutes=5)),
    # Sweeps come every ten seconds and take as much as there is: sixty missed ones are no accident.
    "pending_points": Kind(oldest=_lots, limit=timedelta(minutes=10)),
    # A board is frozen within a minute of its time, and its prizes are given at once.
    "contests": Kind(oldest=_contests, limit=timedelta(minutes=15)),
    "vouchers": Kind(oldest=_vouchers, limit=timedelta(minutes=10)),
    # Somebody watches the bar: a hundred thousand take less than a minute.
    "codes": Kind(oldest=_codes, limit=timedelta(minutes=10)),
}
