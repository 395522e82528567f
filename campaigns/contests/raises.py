"""What an advocate gets more for a friend while a contest runs. Asked by who gives the reward."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce

from campaigns.contests.models import Contest


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """So much in place of the usual, and by which contest."""

    points: int
    source: str  # "contest:3"
    name: Any  # Localized


def raise_for(program_id: int, *, joined_at: datetime, bought_at: datetime) -> Raise | None:
    """The highest raise for a friend who joined and bought at these moments, if there is any."""
    promised = Contest.objects.promised().filter(program=program_id, raised_to__isnull=False)
    starts = Coalesce("buys_from", "starts_at")
    ends = Coalesce("buys_until", "ends_at")
    found = (
        promised.filter(starts_at__lte=joined_at, ends_at__gt=joined_at)
        .annotate(buying=starts, bought=ends)
        .filter(buying__lte=bought_at, bought__gt=bought_at)
        .order_by(F("raised_to").desc(), "pk")
        .first()
    )
    if found is None or found.raised_to is None:
        return None
    return Raise(points=found.raised_to, source=found.source, name=found.name)
