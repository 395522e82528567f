"""The arrivals that wait to be taken: who holds one, what became of it, when it is tried again.

A worker claims one with a lease, and commits the claim. What it then does and what it writes about
it here are one transaction, which ends only while the claim is still its own.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from loyalty import leases
from loyalty.inbox.models import Arrival
from loyalty.merchants.models import Program

Status = Arrival.Status

# Waits after the first, second … try; after one more it is given up: three days in all.
WAITS = [timedelta(minutes=wait) for wait in (1, 5, 15, 60, 180, 360, 720, 1440, 1440)]
MOST_ATTEMPTS = len(WAITS) + 1


class ClaimLost(Exception):
    """The lease was over, and another worker has the arrival: what we did must not stand."""


def claim(*, at: datetime) -> Arrival | None:
    """Take the arrival that has been due the longest, for as long as the lease lasts."""
    token = leases.new_token()
    with transaction.atomic(durable=True):
        due = Arrival.objects.select_for_update(skip_locked=True).filter(
            leases.free(at), status=Status.WAITING, due_at__lte=at
        )
        first = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:1])
        Arrival.objects.filter(pk__in=first).update(
            lease=token, leased_until=at + leases.LEASE, attempts=F("attempts") + 1
        )
    claimed = Arrival.objects.filter(pk__in=first, lease=token)
    return claimed.select_related("endpoint__program").first()


def settle(
    arrival: Arrival,
    status: str,
    *,
    at: datetime,
    reason: str = "",
    detail: str = "",
    reference: str = "",
) -> None:
    """Write down what became of an arrival, in the transaction of what was done for it."""
    changes = {"status": status, "reason": reason, "detail": detail[:1000], "settled_at": at}
    if reference:
        changes["reference"] = reference
    _update(arrival, lease="", leased_until=None, **changes)


def put_off(arrival: Arrival, *, at: datetime, reason: str, detail: str, reference: str) -> None:
    """Try again later; or give up, when that was done often enough."""
    if arrival.attempts >= MOST_ATTEMPTS:
        settle(arrival, Status.DEAD, at=at, reason=reason, detail=detail, reference=reference)
        return
    due_at = at + WAITS[max(arrival.attempts, 1) - 1]
    _update(
        arrival, lease="", leased_until=None, due_at=due_at, reason=reason, detail=detail[:1000],
        reference=reference,
    )  # fmt: skip


def hurry(program: Program, reference: str, *, at: datetime) -> None:
    """What waits for an order need not wait any more."""
    waiting = Arrival.objects.of(program).filter(reference=reference, status=Status.WAITING)
    waiting.filter(lease="").update(due_at=at)


def again(arrival: Arrival, *, at: datetime) -> bool:
    """Try an arrival again that was given up or skipped, because somebody decided so."""
    settled = Arrival.objects.filter(pk=arrival.pk, status__in=[Status.DEAD, Status.SKIPPED])
    fresh = {"reason": "", "detail": "", "settled_at": None, "attempts": 0, "due_at": at}
    return bool(settled.exclude(body=b"").update(status=Status.WAITING, **fresh))


def _update(arrival: Arrival, **changes: object) -> None:
    ours = Arrival.objects.filter(pk=arrival.pk, lease=arrival.lease, status=Status.WAITING)
    if not ours.update(**changes):
        raise ClaimLost
