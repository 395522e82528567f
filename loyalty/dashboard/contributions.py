"""The queue: what members handed in, decided by staff one after the other."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from campaigns.contributions.models import Contribution
from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.flows import deciding, prizes
from loyalty.flows.deciding import worth
from loyalty.merchants.access import may
from loyalty.pictures import serving
from loyalty.refusal import Refusal
from loyalty.toasts import say
from members import finding

State = Contribution.State
SHOWN, PAST = 20, 50
TONES = {
    State.WAITING: "warn", State.APPROVED: "good", State.REJECTED: "plain",
    State.WITHDRAWN: "plain",
}  # fmt: skip


@needs("contributions.see")
@require_safe
def contributions(request: DeskRequest) -> HttpResponse:
    """What waits, the oldest first; with ``?decided`` what was decided, the newest first."""
    decided, call = "decided" in request.GET, request.GET.get("call", "")
    mine = request.program.contributions.all()
    if call:
        mine = mine.filter(call__public_id=call)
    waiting = mine.waiting()
    done = mine.filter(state__in=[State.APPROVED, State.REJECTED])
    newest, oldest = done.order_by("-decided_at", "-pk")[:PAST], waiting.order_by("pk")[:SHOWN]
    found = newest if decided else oldest
    here = reverse("dashboard:contributions", args=[request.program.slug])
    number = waiting.count()
    context = {
        "shown": _shown(request, found.select_related("call", "account__member", "decided_by")),
        "tabs": [
            {"label": _("Waiting"), "url": here, "current": not decided, "count": number},
            {"label": _("Decided"), "url": f"{here}?decided", "current": decided},
        ],
        "decided": decided,
        "more": 0 if decided else max(0, number - SHOWN),
    }
    return show(request, "dashboard/contributions/queue.html", context, nav="contributions")


@needs("contributions.see")
@require_safe
def contribution(request: DeskRequest, public_id: str) -> HttpResponse:
    it = _contribution(request, public_id)
    [shown] = _shown(request, [it])
    page = "dashboard/contributions/contribution.html"
    return show(request, page, {"it": shown}, nav="contributions")


@needs("contributions.decide")
@require_POST
def approve(request: DeskRequest, public_id: str) -> HttpResponse:
    return _decide(request, public_id, is_taken=True)


@needs("contributions.decide")
@require_POST
def reject(request: DeskRequest, public_id: str) -> HttpResponse:
    return _decide(request, public_id, is_taken=False)


@needs("contributions.decide")
@require_POST
def undo(request: DeskRequest, public_id: str) -> HttpResponse:
    it = _contribution(request, public_id)
    try:
        deciding.undo(it, by=request.staff, now=timezone.now())
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
    else:
        say(request, _("It waits again. What it gave was taken back."))
    return _back(request)


@needs("contributions.see")
@require_safe
def picture(request: DeskRequest, public_id: str) -> HttpResponseBase:
    return serving.answer(get_object_or_404(request.program.pictures, public_id=public_id))


def _decide(request: DeskRequest, public_id: str, *, is_taken: bool) -> HttpResponse:
    it = _contribution(request, public_id)
    act = deciding.approve if is_taken else deciding.reject
    reason = request.POST.get("reason", "")
    try:
        done = act(it, by=request.staff, now=timezone.now(), reason=reason)
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
        return _back(request)
    told = ", ".join(prizes.told_all(done.given))
    words = _("Approved.") if is_taken else _("Not taken. The member is told why.")
    if told:
        words = _("Approved: %(prizes)s.") % {"prizes": told}
    undone = reverse("dashboard:contribution_undo", args=[request.program.slug, public_id])
    say(request, words, undo=undone)
    return _back(request)


def _shown(request: DeskRequest, found: Any) -> list[dict[str, Any]]:
    rows = list(found)
    by_cause: dict[str, list[Any]] = {}
    causes = [it.cause for it in rows]
    for one in request.program.pictures.filter(cause__in=causes).order_by("pk"):
        by_cause.setdefault(one.cause, []).append(one)
    can_decide = may(request.staff, "contributions.decide")
    return [_told(request, it, by_cause.get(it.cause, []), can_decide=can_decide) for it in rows]


def _told(
    request: DeskRequest, it: Contribution, pictures: list[Any], *, can_decide: bool
) -> dict[str, Any]:
    member = finding.behind(it.account)
    has_picture = bool(pictures or it.picture_link)
    given = it.given if it.state == State.APPROVED else worth(it.call, with_picture=has_picture)
    is_own = member is not None and member.belongs_to(request.user)
    waits = it.state == State.WAITING
    return {
        "it": it,
        "member": member,
        "tone": TONES[State(it.state)],
        "answers": [
            {"question": question.asked(), "kind": question.kind,
             "text": question.told(it.answers[question.key])}
            for question in it.call.asked if question.key in it.answers
        ],
        "pictures": pictures,
        "gives": prizes.told_all(given),
        "is_own": is_own,
        "can_decide": waits and can_decide and not is_own,
        "can_undo": not waits and it.state != State.WITHDRAWN and can_decide and not is_own,
    }  # fmt: skip


def _contribution(request: DeskRequest, public_id: str) -> Contribution:
    found: QuerySet[Contribution] = request.program.contributions.select_related(
        "call", "program", "account__member", "decided_by"
    )
    return get_object_or_404(found, public_id=public_id)


def _back(request: DeskRequest) -> HttpResponse:
    """To the queue as it was narrowed, or wherever in the dashboard the button stood."""
    here = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(here, None) and here.startswith("/dashboard/"):
        return redirect(here)
    return redirect("dashboard:contributions", slug=request.program.slug)
