"""Wheels: odds and prizes published, spins looked at."""

from typing import Any

from django.db.models import Count, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.wheel.models import Wheel
from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.dashboard.games import act_on, back_to, cost_sentence, list_url
from loyalty.dashboard.wheel_forms import WheelBuilder
from loyalty.flows import running
from loyalty.flows import wheels as flow
from loyalty.flows.odds import odds_of
from loyalty.flows.spinning import secret_of
from loyalty.flows.wheels import WheelRefused
from loyalty.refusal import Refusal
from loyalty.toasts import say
from loyalty.wheel_picture import slices

SHOWN = 30


@needs("campaigns.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None)


@needs("campaigns.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    wheel = _wheel(request, public_id)
    if wheel.stage(timezone.now()) == "ended":
        return back_to(request, wheel)
    return _edit(request, wheel)


@needs("campaigns.see")
@require_safe
def wheel(request: DeskRequest, public_id: str) -> HttpResponse:
    """Its odds beside what was drawn, and the latest spins."""
    it, now = _wheel(request, public_id), timezone.now()
    segments = list(it.segments.order_by("position"))
    spins = it.spins.select_related("account__member", "landed", "segment").order_by("-pk")
    stage = it.stage(now)
    drawn = slices([one.share for one in segments])
    context = {
        "wheel": it,
        "stage": stage,
        "cost": cost_sentence(it),
        "slices": drawn,
        "odds": odds_of(segments, _landed(it), [one.colour for one in drawn]),
        "totals": _totals(it),
        "spins": spins[:SHOWN],
        "secret": secret_of(it).hex() if stage == "ended" else "",
        "back_url": list_url(request, "wheels"),
    }
    return show(request, "dashboard/games/wheel.html", context, nav="games")


@needs("campaigns.change")
@require_POST
def act(request: DeskRequest, public_id: str) -> HttpResponse:
    return act_on(request, _wheel(request, public_id))


def _landed(it: Wheel) -> dict[int, int]:
    """How often the wheel stopped at each segment."""
    return dict(
        it.spins.values("landed").annotate(times=Count("pk")).values_list("landed", "times")
    )


def _totals(it: Wheel) -> dict[str, Any]:
    return it.spins.aggregate(
        spins=Count("pk"), members=Count("account", distinct=True), paid=Sum("entry__points")
    )


def _edit(request: DeskRequest, wheel: Wheel | None) -> HttpResponse:
    is_sent = request.method == "POST"
    builder = WheelBuilder(request.program, wheel, request.POST if is_sent else None)
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


def _save(request: DeskRequest, builder: WheelBuilder, *, and_open: bool) -> Wheel | None:
    if not builder.is_valid():
        return None
    now = timezone.now()
    try:
        saved = flow.save(
            request.program, builder.wheel, public_id=builder.form.cleaned_data["once"],
            by=request.staff, now=now, **builder.told(),
        )  # fmt: skip
        if and_open:
            running.open_up(saved, by=request.staff, now=now)
    except WheelRefused as refusal:
        builder.refuse(refusal.facts["problems"])
        return None
    except Refusal as refusal:
        builder.form.add_error(None, str(refusal))
        return None
    return saved


def _page(request: DeskRequest, builder: WheelBuilder, status: int = 200) -> HttpResponse:
    context = {
        "builder": builder, "wheel": builder.wheel, "back_url": list_url(request, "wheels")
    }  # fmt: skip
    return show(request, "dashboard/games/wheel_edit.html", context, nav="games", status=status)


def _wheel(request: DeskRequest, public_id: str) -> Wheel:
    return get_object_or_404(request.program.wheels.select_related("wallet"), public_id=public_id)
