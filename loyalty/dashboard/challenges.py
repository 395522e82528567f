"""Challenges: built step by step, opened, and looked at while members play."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.challenges.models import Challenge
from campaigns.challenges.reading import frame_sentence, step_sentences
from loyalty.dashboard.challenge_builder import ChallengeBuilder
from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.dashboard.games import act_on, back_to, list_url, terms_of
from loyalty.days import local_date
from loyalty.flows import challenges as flow
from loyalty.flows import prizes, running
from loyalty.flows.challenges import ChallengeRefused
from loyalty.insights.challenges import farthest
from loyalty.refusal import Refusal
from loyalty.toasts import say

SHOWN = 20


@needs("campaigns.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None)


@needs("campaigns.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    challenge = _challenge(request, public_id)
    if challenge.stage(timezone.now()) == "ended":
        return back_to(request, challenge)
    return _edit(request, challenge)


@needs("campaigns.see")
@require_safe
def challenge(request: DeskRequest, public_id: str) -> HttpResponse:
    """What it asks, who is how far, and who has done it."""
    it, now = _challenge(request, public_id), timezone.now()
    done = it.completions.select_related("account__member").order_by("-pk")
    context = {
        "challenge": it,
        "stage": it.stage(now),
        "steps": step_sentences(it, terms_of(request.program)),
        "frame": frame_sentence(it),
        "prize": prizes.told(it.prize),
        "players": _players(it, now),
        "done": done[:SHOWN],
        "back_url": list_url(request, "challenges"),
    }
    return show(request, "dashboard/games/challenge.html", context, nav="games")


@needs("campaigns.change")
@require_POST
def act(request: DeskRequest, public_id: str) -> HttpResponse:
    return act_on(request, _challenge(request, public_id))


def _edit(request: DeskRequest, challenge: Challenge | None) -> HttpResponse:
    is_sent = request.method == "POST"
    builder = ChallengeBuilder(request.program, challenge, request.POST if is_sent else None)
    if not is_sent:
        return _page(request, builder)
    act = request.POST.get("act", "save")
    if act not in ("save", "open"):
        builder.act(act)
        return _page(request, builder)
    saved = _save(request, builder, and_open=act == "open")
    if saved is None:
        return _page(request, builder, status=422)
    say(request, _("“%(name)s” is saved.") % {"name": saved.name})
    return back_to(request, saved)


def _save(request: DeskRequest, builder: ChallengeBuilder, *, and_open: bool) -> Challenge | None:
    if not builder.is_valid():
        return None
    now = timezone.now()
    try:
        saved = flow.save(
            request.program, builder.challenge, public_id=builder.form.cleaned_data["once"],
            by=request.staff, now=now, **builder.told(),
        )  # fmt: skip
        if and_open:
            running.open_up(saved, by=request.staff, now=now)
    except ChallengeRefused as refusal:
        builder.refuse(refusal.facts["problems"])
        return None
    except Refusal as refusal:
        builder.form.add_error(None, str(refusal))
        return None
    return saved


def _page(request: DeskRequest, builder: ChallengeBuilder, status: int = 200) -> HttpResponse:
    context = {
        "builder": builder,
        "challenge": builder.challenge,
        "back_url": list_url(request, "challenges"),
    }
    page = "dashboard/games/challenge_edit.html"
    return show(request, page, context, nav="games", status=status)


def _players(it: Challenge, now: datetime) -> list[dict[str, Any]]:
    today = local_date(now, it.program.time_zone)
    return [
        {"member": player.member, "progress": player.progress, "percent": player.percent}
        for player in farthest(it, today=today, limit=SHOWN)
    ]


def _challenge(request: DeskRequest, public_id: str) -> Challenge:
    return get_object_or_404(request.program.challenges.all(), public_id=public_id)
