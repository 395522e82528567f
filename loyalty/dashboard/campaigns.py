"""Campaigns: planned, tried on a basket, let run, and looked back on."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.campaign_forms import campaign_sentence
from campaigns.models import Campaign
from campaigns.replays.models import Replay
from loyalty import formats
from loyalty.dashboard.campaign_builder import CampaignBuilder, trial
from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.dashboard.replay_figures import latest_of, row_of
from loyalty.dashboard.rule_builder import location_names, tier_names
from loyalty.days import add_months, local_date, start_of
from loyalty.flows import campaigns as flow
from loyalty.flows import replays
from loyalty.flows.campaigns import CampaignRefused
from loyalty.insights.campaigns import Result, results_of
from loyalty.insights.replay.running import last_month
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal
from loyalty.toasts import say
from members.segments import names_in

STAGES = ("live", "scheduled", "draft", "paused", "ended")
SHOWN_BEFORE, SHOWN_AFTER = timedelta(days=14), timedelta(days=77)


@needs("campaigns.see")
@require_safe
def campaigns(request: DeskRequest) -> HttpResponse:
    program, now = request.program, timezone.now()
    archived = "archived" in request.GET
    found = list(
        program.campaigns.filter(archived_at__isnull=not archived).select_related(
            "wallet", "program"
        )
    )
    found.sort(key=lambda it: (STAGES.index(it.stage(now)), it.starts_at, it.pk))
    here = reverse("dashboard:campaigns", args=[program.slug])
    named = _names(program)
    results = results_of(found)
    calendar = [] if archived else _calendar(found, now)
    context = {
        "rows": [_row(it, now, results[it.pk], named) for it in found],
        "calendar": calendar,
        "months": _months(now, program.time_zone),
        "calendar_height": 34 + 28 * len(calendar),
        "tabs": [
            {"label": _("In use"), "url": here, "current": not archived},
            {"label": _("Archived"), "url": f"{here}?archived", "current": archived},
        ],
        "archived": archived,
    }
    return show(request, "dashboard/campaigns/list.html", context, nav="campaigns")


@needs("campaigns.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """A new one; ``?copy=`` begins with what another promises."""
    return _edit(request, None, model=request.GET.get("copy", ""))


@needs("campaigns.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    campaign = _campaign(request, public_id)
    if campaign.stage(timezone.now()) == "ended":
        return _back(request, campaign)
    return _edit(request, campaign)


@needs("campaigns.change", only_asks=True)
@require_POST
def try_out(request: DeskRequest) -> HttpResponse:
    """What the campaign on the page would add, while it is being written."""
    builder = CampaignBuilder(request.program, data=request.POST)
    context = {"tried": trial(request.program, builder, request.POST)}
    return show(request, "dashboard/campaigns/tried.html", context)


@needs("campaigns.see")
@require_safe
def campaign(request: DeskRequest, public_id: str) -> HttpResponse:
    """One campaign: what it promises, where it is, and what came of it."""
    it, now = _campaign(request, public_id), timezone.now()
    row = _row(it, now, results_of([it])[it.pk], _names(request.program))
    context = row | {
        "versions": it.versions.order_by("-number").select_related("changed_by"),
        "replays": [row_of(replay, it.wallet) for replay in latest_of(it)],
    }
    return show(request, "dashboard/campaigns/campaign.html", context, nav="campaigns")


@needs("campaigns.change")
@require_POST
def schedule(request: DeskRequest, public_id: str) -> HttpResponse:
    campaign = _campaign(request, public_id)
    try:
        flow.schedule(campaign, by=request.staff, now=timezone.now())
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
        return _back(request, campaign)
    say(request, _("“%(name)s” is promised from now on.") % {"name": campaign.name})
    return _back(request, campaign)


@needs("campaigns.change")
@require_POST
def pause(request: DeskRequest, public_id: str) -> HttpResponse:
    campaign = _campaign(request, public_id)
    flow.pause(campaign, by=request.staff, now=timezone.now())
    say(
        request,
        _("“%(name)s” is paused.") % {"name": campaign.name},
        undo=reverse("dashboard:campaign_schedule", args=[request.program.slug, public_id]),
    )
    return _back(request, campaign)


@needs("campaigns.change")
@require_http_methods(["GET", "POST"])
def end(request: DeskRequest, public_id: str) -> HttpResponse:
    """Asked once more, because it cannot be taken back."""
    campaign = _campaign(request, public_id)
    if request.method == "GET":
        context = {"campaign": campaign}
        return show(request, "dashboard/campaigns/end.html", context, nav="campaigns")
    flow.end(campaign, by=request.staff, now=timezone.now())
    say(request, _("“%(name)s” has ended. What it gave stays.") % {"name": campaign.name})
    return _back(request, campaign)


@needs("campaigns.change")
@require_POST
def archive(request: DeskRequest, public_id: str) -> HttpResponse:
    campaign = _campaign(request, public_id)
    flow.archive(campaign, by=request.staff, now=timezone.now())
    say(
        request,
        _("“%(name)s” is archived. What it gave stays.") % {"name": campaign.name},
        undo=reverse("dashboard:campaign_restore", args=[request.program.slug, public_id]),
    )
    return redirect("dashboard:campaigns", slug=request.program.slug)


@needs("campaigns.change")
@require_POST
def restore(request: DeskRequest, public_id: str) -> HttpResponse:
    campaign = _campaign(request, public_id)
    flow.restore(campaign, by=request.staff, now=timezone.now())
    say(request, _("“%(name)s” is back among the campaigns.") % {"name": campaign.name})
    return _back(request, campaign)


def _edit(request: DeskRequest, campaign: Campaign | None, model: str = "") -> HttpResponse:
    is_sent = request.method == "POST"
    builder = CampaignBuilder(
        request.program, campaign, request.POST if is_sent else None,
        model=_campaign(request, model) if model else None,
    )  # fmt: skip
    tried = trial(request.program, builder, request.POST if is_sent else None)
    if not is_sent:
        return _page(request, builder, tried)
    act = request.POST.get("act", "save")
    if act not in ("save", "schedule", "replay"):
        builder.act(act)
        return _page(request, builder, tried)
    if act == "replay" and (made := _try_on_last_month(request, builder)):
        slug, public_id = request.program.slug, made.campaign.public_id
        return redirect("dashboard:campaign_tried", slug, public_id, made.public_id)
    saved = None if act == "replay" else _save(request, builder, and_schedule=act == "schedule")
    if saved is None:
        return _page(request, builder, tried, status=422)
    say(request, _("“%(name)s” is saved.") % {"name": saved.name})
    return _back(request, saved)


def _save(request: DeskRequest, builder: CampaignBuilder, *, and_schedule: bool) -> Campaign | None:
    if not builder.is_valid():
        return None
    now = timezone.now()
    try:
        saved = flow.save(
            request.program, builder.rule, public_id=builder.form.cleaned_data["once"],
            by=request.staff, now=now, **builder.told(),
        )  # fmt: skip
        if and_schedule:
            saved = flow.schedule(saved, by=request.staff, now=now)
    except CampaignRefused as refusal:
        builder.refuse(refusal.facts["problems"])
        return None
    except Refusal as refusal:
        builder.form.add_error(None, str(refusal))
        return None
    return saved


def _try_on_last_month(request: DeskRequest, builder: CampaignBuilder) -> Replay | None:
    """A draft is kept as it is written; what is promised stays, and its change is tried."""
    it, now = builder.rule, timezone.now()
    is_promised = it is not None and it.state != Campaign.State.DRAFT
    saved = it if is_promised and builder.is_valid() else None
    if not is_promised:
        saved = _save(request, builder, and_schedule=False)
    if saved is None:
        return None
    since, until = last_month(local_date(now, request.program.time_zone))
    try:
        return replays.ask(
            saved, since=since, until=until, changes=builder.told() if is_promised else None,
            by=request.staff, now=now,
        )  # fmt: skip
    except CampaignRefused as refusal:
        builder.refuse(refusal.facts["problems"])
    except Refusal as refusal:
        builder.form.add_error(None, str(refusal))
    return None


def _page(
    request: DeskRequest, builder: CampaignBuilder, tried: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {"builder": builder, "campaign": builder.rule, "tried": tried}
    page = "dashboard/campaigns/edit.html"
    return show(request, page, context, nav="campaigns", status=status)


def _row(it: Campaign, now: datetime, result: Result, named: Mapping[str, Any]) -> dict[str, Any]:
    sentence = campaign_sentence(it, it.program, **named)
    return {
        "campaign": it,
        "stage": it.stage(now),
        "sentence": sentence,
        "result": result,
        "used_percent": min(100, result.paid * 100 // it.budget) if it.budget else None,
    }


def _names(program: Program) -> dict[str, Any]:
    """What sentences call tiers, shops, segments and badges."""
    return {
        "tiers": tier_names(program), "locations": location_names(program), **names_in(program)
    }  # fmt: skip


def _calendar(found: list[Campaign], now: datetime) -> list[dict[str, Any]]:
    """A bar for each campaign that touches these three months, in percent of their length."""
    first, last = now - SHOWN_BEFORE, now + SHOWN_AFTER
    shown = [it for it in found if it.ends_at > first and it.starts_at < last]
    bars = []
    for number, it in enumerate(sorted(shown, key=lambda it: it.starts_at)):
        x = _place(it.starts_at, now)
        width = max(1.0, _place(it.ends_at, now) - x)
        is_left = x + width < 60  # The name stands where there is room for it.
        bars.append({
            "campaign": it, "stage": it.stage(now), "x": x, "width": width, "now": _place(now, now),
            "y": 28 + number * 28, "text_y": 44 + number * 28,
            "label_x": x + width + 1 if is_left else x - 1,
            "anchor": "start" if is_left else "end",
        })  # fmt: skip
    return bars


def _months(now: datetime, zone: str) -> list[dict[str, Any]]:
    """Where the months of the calendar begin."""
    day = local_date(now - SHOWN_BEFORE, zone).replace(day=1)
    firsts = [add_months(day, number) for number in range(1, 5)]
    return [
        {"x": x, "name": formats.day(first, style="month")}
        for first in firsts
        if 0 < (x := _place(start_of(first, zone), now)) < 92
    ]


def _place(at: datetime, now: datetime) -> float:
    """Where a moment stands in the calendar, in percent of its width."""
    since = (at - now + SHOWN_BEFORE) / (SHOWN_BEFORE + SHOWN_AFTER)
    return round(max(0.0, min(1.0, since)) * 100, 2)


def _campaign(request: DeskRequest, public_id: str) -> Campaign:
    return get_object_or_404(
        request.program.campaigns.select_related("wallet", "program"), public_id=public_id
    )


def _back(request: DeskRequest, campaign: Campaign) -> HttpResponse:
    return redirect("dashboard:campaign", slug=request.program.slug, public_id=campaign.public_id)
