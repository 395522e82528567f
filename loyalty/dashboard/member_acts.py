"""What staff do for one member: adjust, give, cancel, edit, block, take a note."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from loyalty import consenting, formats
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.member import back_to, facts_of, member_of, priced
from loyalty.dashboard.member_forms import (
    AdjustForm,
    GiftForm,
    NoteForm,
    ProfileForm,
    StateForm,
)
from loyalty.flows import adjust as adjusting
from loyalty.flows import profile, proposals, redeem
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Role
from loyalty.refusal import Refusal
from loyalty.toasts import say
from members.models import Member, Proposal


@needs("points.adjust")
@require_http_methods(["GET", "POST"])
def adjust(request: DeskRequest, public_id: str) -> HttpResponse:
    who = member_of(request, public_id)
    wallets = list(who.program.wallets.all())
    wallet = priced(who, _chosen(wallets, request.GET.get("wallet", "")))
    form = AdjustForm(wallet, request.POST or None)
    now = timezone.now()
    line = attempt(
        form,
        lambda told: proposals.adjust_or_propose(
            who, wallet, form.points, reason=told["reason"], key=told["once"], now=now,
            by=request.staff,
        ),
    )  # fmt: skip
    if isinstance(line, Proposal):
        moved = formats.points(line.points, wallet, sign=True)
        say(
            request,
            _("%(points)s for %(name)s wait for a second person: that is above your limit.")
            % {"points": moved, "name": who},
        )
        return back_to(who)
    if line:
        number = f"{wallet.code}-{line.seq}"
        moved = formats.points(line.points, wallet, sign=True)
        say(
            request,
            _("%(points)s for %(name)s.") % {"points": moved, "name": who},
            undo=reverse("dashboard:member_undo", args=[who.program.slug, public_id, number]),
        )
        return back_to(who)
    here = reverse("dashboard:member_adjust", args=[who.program.slug, public_id])
    links = [
        {"label": str(it), "url": f"{here}?wallet={it.code}", "current": it == wallet}
        for it in wallets
    ]
    context = {
        **facts_of(who),
        "form": form,
        "limit": _limit(request, now),
        "wallets": links if len(wallets) > 1 else [],
        "here": f"{here}?wallet={wallet.code}",
    }
    page = "dashboard/members/adjust.html"
    return show(request, page, context, nav="members", status=status_of(form))


@needs("rewards.give")
@require_http_methods(["GET", "POST"])
def gift(request: DeskRequest, public_id: str) -> HttpResponse:
    """A reward without points."""
    who = member_of(request, public_id)
    form = GiftForm(who.program, request.POST or None)
    made = attempt(
        form,
        lambda told: redeem.gift(
            who, told["reward"], key=told["once"], now=timezone.now(), by=request.staff,
            reason=told["reason"],
        ),
    )  # fmt: skip
    if made:
        reward = form.cleaned_data["reward"]
        say(request, _("%(name)s has “%(reward)s” now.") % {"name": who, "reward": reward})
        return back_to(who, see="vouchers")
    page = "dashboard/members/gift.html"
    context = {**facts_of(who), "form": form}
    return show(request, page, context, nav="members", status=status_of(form))


@needs("rewards.give")
@require_POST
def cancel(request: DeskRequest, public_id: str, redemption: str) -> HttpResponse:
    """Take an unused voucher back, and give its points back. Twice is once."""
    who = member_of(request, public_id)
    made = get_object_or_404(
        who.account.redemptions.select_related("program", "reward"), public_id=redemption
    )
    try:
        redeem.cancel(made, now=timezone.now(), by=request.staff)
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
    else:
        say(request, _("The voucher is cancelled, and what it cost is given back."))
    return back_to(who, see="vouchers")


@needs("members.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    who = member_of(request, public_id)
    form = ProfileForm(who, request.POST or None)
    changed = attempt(
        form,
        lambda told: profile.change(
            who, now=timezone.now(), by=request.staff, how="staff", **consenting.apart(form, told)
        ),
    )
    if changed:
        say(request, _("Saved."))
        return back_to(who)
    page = "dashboard/members/edit.html"
    context = {**facts_of(who), "form": form}
    return show(request, page, context, nav="members", status=status_of(form))


@needs("members.change")
@require_http_methods(["GET", "POST"])
def state(request: DeskRequest, public_id: str) -> HttpResponse:
    """Block somebody, or let them in again: as the button says, so that twice is once."""
    who = member_of(request, public_id)
    if who.state == Member.State.LEFT:
        raise Http404
    form = StateForm(request.POST or None)
    blocks = request.POST.get("to", request.GET.get("to", "blocked")) == Member.State.BLOCKED
    wanted = Member.State.BLOCKED if blocks else Member.State.ACTIVE
    changed = attempt(
        form,
        lambda told: profile.set_state(
            who, wanted, now=timezone.now(), by=request.staff, reason=told["reason"]
        ),
    )
    if changed:
        words = _("%(name)s is blocked.") if blocks else _("%(name)s is let in again.")
        say(request, words % {"name": who})
        return back_to(who)
    context = {**facts_of(who), "form": form, "blocks": blocks, "to": wanted}
    page = "dashboard/members/state.html"
    return show(request, page, context, nav="members", status=status_of(form))


@needs("members.change")
@require_http_methods(["GET", "POST"])
def note(request: DeskRequest, public_id: str) -> HttpResponse:
    who = member_of(request, public_id)
    form = NoteForm(request.POST or None, initial={"note": who.note})
    changed = attempt(
        form,
        lambda told: profile.change(who, now=timezone.now(), by=request.staff, **told),
    )
    if changed:
        say(request, _("The note is saved."))
        return back_to(who)
    page = "dashboard/members/note.html"
    context = {**facts_of(who), "form": form}
    return show(request, page, context, nav="members", status=status_of(form))


def _chosen(wallets: list[Wallet], code: str) -> Wallet:
    found = [wallet for wallet in wallets if wallet.code == code] or wallets
    if not found:
        raise Http404
    return found[0]


def _limit(request: DeskRequest, now: datetime) -> str:
    """What one's role may still move by hand this month; empty: without limit."""
    left = adjusting.left_this_month(request.program, request.staff, now=now)
    if left is None:
        return ""
    return _(
        "As %(role)s you may move %(limit)s a month by hand; %(left)s are left. "
        "Above that, a second person decides."
    ) % {
        "role": Role(request.staff.role).label,
        "limit": formats.number(adjusting.limit_of(request.program, request.staff) or 0),
        "left": formats.number(left),
    }
