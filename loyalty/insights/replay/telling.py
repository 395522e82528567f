"""What a replay cannot know, in sentences; and what was expected beside what happened."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import Campaign
from campaigns.replays.models import Replay
from loyalty import formats
from loyalty.insights.campaigns import results_of
from loyalty.insights.replay.running import prize_of
from loyalty.ledger.worth import Worth
from loyalty.purchases.models import PurchaseAward, PurchasePrize

DAY = timedelta(1)


def notes_of(replay: Replay) -> Iterator[str]:
    """What to know before one believes it."""
    result = replay.result or {}
    sentences = {
        "gives_reward": _(
            "It gives a reward and no points, so there is no cost in points. How many of the reward"
            " are left, and how often one member may have it, is not counted here."
        ),
        "gives_badge": _(
            "It gives a badge and no points, so there is no cost. A badge counts once a member,"
            " also for those who hold it already."
        ),
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
    presents: int = 0


def happened(campaign: Campaign, replay: Replay, *, now: datetime) -> Happened | None:
    """None while it has not begun."""
    end = min(campaign.ends_at, campaign.ended_at or campaign.ends_at, now)
    if campaign.state == Campaign.State.DRAFT or end <= campaign.starts_at:
        return None
    if prize_of(campaign):
        return _presented(campaign, end)
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


def _presented(campaign: Campaign, end: datetime) -> Happened:
    """The same of one that gives rewards or badges."""
    prizes = PurchasePrize.objects.filter(
        purchase__program=campaign.program_id, purchase__made_at__gte=campaign.starts_at,
        purchase__made_at__lt=end, source=campaign.source,
    )  # fmt: skip
    counts: dict[str, Any] = prizes.aggregate(
        presents=Count("pk", filter=Q(taken_at=None)),
        purchases=Count("purchase", distinct=True),
        members=Count("purchase__account", distinct=True),
    )
    days = max(1, -((campaign.starts_at - end) // DAY))
    return Happened(days=days, points=0, cost_minor=None, **counts)
