"""How many friends each member has brought: what a contest ranks by."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from campaigns.referrals.models import Referral
from loyalty.merchants.models import Program

Window = tuple[datetime, datetime]  # Half-open.


@dataclass(frozen=True, slots=True)
class Score:
    """So many friends count for an advocate, and the last of them bought at that moment."""

    account_id: int
    friends: int
    reached_at: datetime


def scores(program: Program, *, joined: Window, bought: Window) -> list[Score]:
    """The advocates whose friends joined in one window and bought in the other, most first.

    Held, refused and refunded ones are not among them. Of two with as many friends, whoever had
    them first stands ahead.
    """
    counted = Referral.objects.counting().filter(program=program)
    counted = counted.joined_within(*joined).bought_within(*bought)
    rows = (
        counted.order_by()
        .values_list("advocate")
        .annotate(friends=Count("pk"), reached_at=Max("bought_at"))
    )
    return [Score(*row) for row in rows.order_by("-friends", "reached_at", "advocate")]
