"""Calls for contributions and reviews: written, opened, closed."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.contributions.models import Call
from loyalty.dashboard.call_forms import CallBuilder
from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.flows import calls as flow
from loyalty.flows import prizes
from loyalty.refusal import Refusal
from loyalty.toasts import say


@needs("calls.see")
@require_safe
def calls(request: DeskRequest) -> HttpResponse:
    archived, now = "archived" in request.GET, timezone.now()
    waiting = Count("contributions", filter=Q(contributions__state="waiting"))
    found = request.program.calls.filter(archived_at__isnull=not archived).annotate(waiting=waiting)
    here = reverse("dashboard:calls", args=[request.program.slug])
    context = {
        "rows": [
            {"call": it, "is_open": it.is_open_at(now), "gives": _gives(it), "waiting": it.waiting}
            for it in found
        ],
        "tabs": [
            {"label": _("In use"), "url": here, "current": not archived},
            {"label": _("Archived"), "url": f"{here}?archived", "current": archived},
        ],
        "archived": archived,
    }
    return show(request, "dashboard/calls/list.html", context, nav="calls")


@needs("calls.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None)


@needs("calls.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    return _edit(request, _call(request, public_id))


@needs("calls.change")
@require_POST
def switch(request: DeskRequest, public_id: str) -> HttpResponse:
    """Open or closed: as the button says, so twice changes nothing."""
    call = _call(request, public_id)
    is_open = request.POST.get("open") == "yes"
    flow.switch(call, is_open=is_open, by=request.staff, now=timezone.now())
    words = _("“%(name)s” is open.") if is_open else _("“%(name)s” is closed.")
    say(request, words % {"name": call.name})
    return redirect("dashboard:calls", slug=request.program.slug)


@needs("calls.change")
@require_POST
def archive(request: DeskRequest, public_id: str) -> HttpResponse:
    call, slug = _call(request, public_id), request.program.slug
    flow.archive(call, by=request.staff, now=timezone.now())
    undo = reverse("dashboard:call_restore", args=[slug, public_id])
    words = _("“%(name)s” is archived. What waits can still be decided.")
    say(request, words % {"name": call.name}, undo=undo)
    return redirect("dashboard:calls", slug=slug)


@needs("calls.change")
@require_POST
def restore(request: DeskRequest, public_id: str) -> HttpResponse:
    call = _call(request, public_id)
    flow.restore(call, by=request.staff, now=timezone.now())
    say(request, _("“%(name)s” is back.") % {"name": call.name})
    return redirect("dashboard:calls", slug=request.program.slug)


def _edit(request: DeskRequest, call: Call | None) -> HttpResponse:
    is_sent = request.method == "POST"
    builder = CallBuilder(request.program, call, request.POST if is_sent else None)
    act = request.POST.get("act", "save")
    if is_sent and act not in ("save", "open"):
        builder.questions.act(act)
    elif is_sent and (saved := _save(request, builder, call, and_open=act == "open")):
        say(request, _("“%(name)s” is saved.") % {"name": saved.name})
        return redirect("dashboard:calls", slug=request.program.slug)
    status = 422 if is_sent and act in ("save", "open") else 200
    context: dict[str, Any] = {"builder": builder, "call": call}
    return show(request, "dashboard/calls/edit.html", context, nav="calls", status=status)


def _save(
    request: DeskRequest, builder: CallBuilder, call: Call | None, *, and_open: bool
) -> Call | None:
    if not builder.is_valid():
        return None
    now = timezone.now()
    try:
        saved = flow.save(
            request.program, call, public_id=builder.form.cleaned_data["once"], by=request.staff,
            now=now, **builder.told(),
        )  # fmt: skip
    except Refusal as refusal:
        builder.refuse(refusal.facts.get("problems") or {"": str(refusal)})
        return None
    if and_open:
        flow.switch(saved, is_open=True, by=request.staff, now=now)
    return saved


def _gives(call: Call) -> str:
    told = prizes.told_all([*call.prizes, *call.picture_prizes])
    return " + ".join(told)


def _call(request: DeskRequest, public_id: str) -> Call:
    found = request.program.calls.select_related("program", "badge")
    return get_object_or_404(found, public_id=public_id)
