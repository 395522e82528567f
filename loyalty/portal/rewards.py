"""Rewards: what there is, and turning points into one."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.flows import pay, spending
from loyalty.flows.redeem import redeem
from loyalty.portal import catalog, vouchers
from loyalty.portal.careful import hold_told, spends
from loyalty.portal.doors import MemberRequest, attempt, members_only, show, status_of
from loyalty.portal.forms import KeyedForm
from loyalty.rewards.catalog import offer_for
from loyalty.toasts import say


@members_only
@require_safe
def rewards(request: MemberRequest) -> HttpResponse:
    member, now = request.member, timezone.now()
    offers = catalog.offers(member, rank=_rank(request), now=now)
    context = {
        "reachable": [offer for offer in offers if offer.can_be_had],
        "near": [offer for offer in offers if offer.is_near],
        "locked": [offer for offer in offers if offer.obstacle],
        "pays": pay.wallet_for(request.program),
        "ready": vouchers.ready_count(member, now=now),
        "hold": hold_told(member, now=now),
    }
    return show(request, "portal/rewards/list.html", context, nav="rewards")


@members_only
@spends
@require_http_methods(["GET", "HEAD", "POST"])
def reward(request: MemberRequest, public_id: str) -> HttpResponse:
    """What it is and what it costs; sent, it is redeemed."""
    member, program, now = request.member, request.program, timezone.now()
    form = KeyedForm(request.POST or None)
    if request.method == "POST":
        wanted = program.rewards.kept().filter(public_id=public_id, is_automatic=False).first()
        if wanted is None:
            raise Http404
        made = attempt(form, lambda told: redeem(member, wanted, key=told["key"], now=now))
        if made:
            say(request, _("Yours. Show the code when you pay."))
            return redirect("portal:voucher", slug=program.slug, public_id=made.public_id)
    offer = offer_for(program, member.account_id, public_id, rank=_rank(request), at=now)
    if offer is None:
        raise getattr(form, "refusal", Http404)  # Gone while the page was open; or never there.
    context = {
        "shown": catalog.shown(offer, program),
        "terms": catalog.terms_of(offer, program, now=now),
        "form": form,
        "hold": hold_told(member, now=now),
    }
    page = "portal/rewards/reward.html"
    return show(request, page, context, nav="rewards", status=status_of(form))


def _rank(request: MemberRequest) -> int:
    account = request.member.account_id
    return spending.ranks_of([account])[account]
