"""Taking in what a shop's machine sends: once, as it came, before anybody looks into it."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from loyalty.inbox import signatures
from loyalty.inbox.models import Arrival, Endpoint
from loyalty.merchants.models import Program
from loyalty.messaging import waking
from loyalty.purchases.models import Purchase

BODY_KEPT = timedelta(days=30)  # It tells of people.
ROW_KEPT = timedelta(days=90)  # By it an event that comes again is known.


def endpoint_at(public_id: str) -> Endpoint | None:
    """The endpoint at an address, with its program; None where there is none any more."""
    return Endpoint.objects.live().select_related("program").filter(public_id=public_id).first()


@transaction.atomic
def keep(endpoint: Endpoint, headers: Mapping[str, str], raw: bytes, *, now: datetime) -> bool:
    """Write an event down, and say whether it is new. Its signature was checked before."""
    _row, is_new = Arrival.objects.get_or_create(
        endpoint=endpoint,
        event_id=signatures.event_id_of(endpoint, headers, raw),
        defaults={
            "topic": signatures.topic_of(endpoint, headers),
            "body": raw,
            "arrived_at": now,
            "due_at": now,
        },
    )
    if is_new:
        transaction.on_commit(lambda: waking.wake(waking.ARRIVALS))
    return is_new


def forget_person(program: Program, *, account_id: int, public_id: str) -> None:
    """Drop what shops said about somebody: their orders, and their data. That it came stays."""
    orders = Purchase.objects.filter(program=program, account=account_id).values("reference")
    about = Q(reference__in=orders) | Q(reference=name_of(public_id))
    Arrival.objects.of(program).filter(about).exclude(settled_at=None).update(body=b"")


def name_of(public_id: str) -> str:
    """What an arrival refers to that is about a member, and no order."""
    return f"member:{public_id}"


def forget(*, now: datetime) -> None:
    """Drop what is settled: what it said about people first, that it was told later."""
    settled = Arrival.objects.exclude(settled_at=None)
    settled.filter(settled_at__lt=now - BODY_KEPT).exclude(body=b"").update(body=b"")
    settled.filter(settled_at__lt=now - ROW_KEPT).delete()
