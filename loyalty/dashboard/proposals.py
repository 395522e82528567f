"""Adjustments above somebody's limit: what waits for a second person, and what came of the rest."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from loyalty import formats
from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.flows import proposals as flow
from loyalty.merchants.access import may
from loyalty.refusal import Refusal
from loyalty.toasts import say
from members.models import Proposal

PAST = 40  # Decided ones that are still shown; the audit trail has them all.
TONES = {
    Proposal.Status.WAITING: "warn",
    Proposal.Status.APPROVED: "good",
    Proposal.Status.DECLINED: "plain",
}


@needs("points.adjust")
@require_safe
def proposals(request: DeskRequest) -> HttpResponse:
    made = request.program.proposals.select_related(
        "account__member", "wallet", "proposed_by__user", "decided_by__user"
    )
    waiting = made.waiting(timezone.now()).order_by("pk")
    past = made.exclude(pk__in=waiting).order_by("-pk")[:PAST]
    context = {
        "waiting": [_told(request, it) for it in waiting],
        "past": [_told(request, it) for it in past],
        "days": flow.DAYS,
    }
    return show(request, "dashboard/proposals/list.html", context, nav="proposals")


@needs("points.approve")
@require_POST
def approve(request: DeskRequest, public_id: str) -> HttpResponse:
    proposal = _proposal(request, public_id)
    try:
        line = flow.approve(proposal, now=timezone.now(), by=request.staff)
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
    else:
        moved = formats.points(line.points, _priced(request, proposal), sign=True)
        name = proposal.account.member
        say(request, _("%(points)s for %(name)s.") % {"points": moved, "name": name})
    return redirect("dashboard:proposals", slug=request.program.slug)


@needs("points.approve")
@require_POST
def decline(request: DeskRequest, public_id: str) -> HttpResponse:
    try:
        flow.decline(_proposal(request, public_id), now=timezone.now(), by=request.staff)
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
    else:
        say(request, _("Declined. Nothing was given or taken."))
    return redirect("dashboard:proposals", slug=request.program.slug)


def _proposal(request: DeskRequest, public_id: str) -> Proposal:
    made = request.program.proposals.select_related(
        "account__member", "wallet", "proposed_by__user"
    )
    return get_object_or_404(made, public_id=public_id)


def _told(request: DeskRequest, it: Proposal) -> dict[str, Any]:
    waits = it.status == Proposal.Status.WAITING
    is_over = waits and it.expires_at <= timezone.now()
    return {
        "it": it,
        "member": it.account.member,
        "points": formats.points(it.points, _priced(request, it), sign=True),
        "state": _("Waited for too long") if is_over else it.get_status_display(),
        "tone": "plain" if is_over else TONES[Proposal.Status(it.status)],
        "is_mine": it.proposed_by_id == request.staff.pk,
        "can_decide": waits
        and not is_over
        and it.proposed_by_id != request.staff.pk
        and may(request.staff, "points.approve"),
    }


def _priced(request: DeskRequest, it: Proposal) -> Any:
    it.wallet.program = request.program
    return it.wallet
