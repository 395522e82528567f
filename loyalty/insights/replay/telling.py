"""What a replay cannot know, in sentences; and what was expected beside what happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign
from campaigns.replays.models import Replay
from loyalty import formats
from loyalty.insights.campaigns import results_of
from loyalty.ledger.worth import Worth
from loyalty.purchases.models import PurchaseAward

DAY = timedelta(1)


def notes_of(replay: Replay) -> Iterator[str]:
    """What to know before one believes it."""
    result = replay.result or {}
    sentences = {
        "dates": _(
            "It holds on certain dates only. Of the days that were tried, those in between count."
        ),
        "segments": _(
            "Segments count as they were at each purchase, as far as they ask what was bought."
            " Lists, entered codes, tiers and consents count as they are today."
        ),
        "tiers_as_they_were": _(
            "Its points count towards tiers. Here everybody keeps the tier that they had."
        ),
        "paused_beside": _("A campaign that is paused today counts as if it had never been."),
        "beside": _("Other campaigns ran on these days. They count as they are written today."),
    }
    for name in result.get("notes", ()):
        if name in sentences:
            yield sentences[name]
    if forgotten := result.get("forgotten"):
        yield ngettext(
            "%(count)s purchase is left out, because its member was forgotten since.",
            "%(count)s purchases are left out, because their members were forgotten since.",
            forgotten,
        ) % {"count": formats.number(forgotten)}


@dataclass(frozen=True, slots=True)
class Happened:
    """What a campaign came to by now, as a replay tells it."""

    days: int
    points: int
    purchases: int
    members: int
    cost_minor: int | None


def happened(campaign: Campaign, replay: Replay, *, now: datetime) -> Happened | None:
    """None while it has not begun."""
    end = min(campaign.ends_at, campaign.ended_at or campaign.ends_at, now)
    if campaign.state == Campaign.State.DRAFT or end <= campaign.starts_at:
        return None
    awards = PurchaseAward.objects.filter(
        purchase__program=campaign.program_id, purchase__made_at__gte=campaign.starts_at,
        purchase__made_at__lt=end, entry__source=campaign.source,
    )  # fmt: skip
    counts: dict[str, Any] = awards.aggregate(
        purchases=Count("purchase", distinct=True),
        members=Count("entry__balance__account", distinct=True),
    )
    points = results_of([campaign])[campaign.pk].paid
    worth = Worth(replay.worth_points, replay.worth_minor)
    return Happened(
        days=max(1, -((campaign.starts_at - end) // DAY)), points=points,
        cost_minor=worth.of(points, replay.spent_basis_points), **counts,
    )  # fmt: skip
