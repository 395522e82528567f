"""One member: who they are, what they hold and how that came about; and what staff do for them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from loyalty import consenting, formats
from loyalty.dashboard import member_tabs
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.lines import lines_of
from loyalty.dashboard.member_forms import (
    UndoForm,
)
from loyalty.dashboard.members import STATE_TONES
from loyalty.dashboard.standing import standing_of
from loyalty.days import local_date
from loyalty.flows import adjust as adjusting
from loyalty.ledger import statement
from loyalty.ledger.models import Entry, Wallet
from loyalty.ledger.statement import Movement
from loyalty.toasts import say
from members import badges, consents
from members.models import Member

# Whoever may see members may see all that is theirs.
TABS: dict[str, tuple[Any, Callable[..., dict[str, Any]]]] = {
    "ledger": (gettext_lazy("Ledger"), member_tabs.ledger),
    "lots": (gettext_lazy("What expires"), member_tabs.lots),
    "purchases": (gettext_lazy("Purchases"), member_tabs.purchases),
    "vouchers": (gettext_lazy("Rewards"), member_tabs.vouchers),
    "letters": (pgettext_lazy("mail", "Letters"), member_tabs.letters),
}


@needs("members.see")
@require_safe
def member(request: DeskRequest, public_id: str) -> HttpResponse:
    who = member_of(request, public_id)
    chosen = request.GET.get("see", "ledger")
    if chosen not in TABS:
        raise Http404
    _label, read = TABS[chosen]
    now = timezone.now()
    context = {
        **facts_of(who),
        "holdings": _holdings(who),
        "consents": consenting.in_words(who, consents.chosen_by(who)),
        "badges": badges.held_by(who),
        "standing": standing_of(who, local_date(now, who.program.time_zone)),
        "tabs": [
            {"label": label, "url": f"?{urlencode({'see': name})}", "current": name == chosen}
            for name, (label, _read) in TABS.items()
        ],
        "tab": f"dashboard/members/{chosen}.html",
        **read(request, who),
    }
    return show(request, "dashboard/members/member.html", context, nav="members")


@needs("members.see")
@require_safe
def entry(request: DeskRequest, public_id: str, number: str) -> HttpResponse:
    """One line of the ledger: why, from what, and what became of it."""
    return _entry(request, member_of(request, public_id), number, UndoForm())


@needs("points.adjust")
@require_POST
def undo(request: DeskRequest, public_id: str, number: str) -> HttpResponse:
    who = member_of(request, public_id)
    found = _movement(who, number)
    form = UndoForm(request.POST)
    posted = get_object_or_404(
        Entry.objects.select_related("balance__wallet__program"),
        pk=found.id,
        balance__account=who.account_id,
    )
    undone = attempt(
        form,
        lambda told: adjusting.undo(
            posted, reason=told["reason"], now=timezone.now(), by=request.staff
        ),
    )
    if undone is None:
        return _entry(request, who, number, form)
    moved = formats.points(undone.points, priced(who, found.wallet), sign=True)
    say(request, _("It is undone: %(points)s.") % {"points": moved})
    return back_to(who)


def member_of(request: DeskRequest, public_id: str) -> Member:
    """A member of this program; anybody else's does not exist."""
    members = request.program.members.select_related("account__tier_status__tier", "user")
    found = get_object_or_404(members, public_id=public_id)
    found.program = request.program
    return found


def _entry(request: DeskRequest, who: Member, number: str, form: UndoForm) -> HttpResponse:
    found = _movement(who, number)
    [line] = lines_of(who, [found])
    context = {
        **facts_of(who),
        "line": line,
        "it": found,
        "can_undo": _can_undo(found),
        "form": form,
        "remaining": formats.points(found.remaining, found.wallet),
        "reversed": formats.points(abs(found.reversed_points), found.wallet),
        "owed": formats.points(found.owed, found.wallet),
    }
    page = "dashboard/members/entry.html"
    return show(request, page, context, nav="members", status=status_of(form))


def _movement(who: Member, number: str) -> Movement:
    found = statement.find(who.account_id, number)
    if found is None:
        raise Http404
    return found


def _can_undo(found: Movement) -> bool:
    by_hand = found.kind == Entry.Kind.ADJUSTMENT and found.source.startswith(("staff:", "key:"))
    return by_hand and abs(found.reversed_points) < abs(found.points)


def facts_of(who: Member) -> dict[str, Any]:
    return {
        "member": who,
        "tone": STATE_TONES.get(Member.State(who.state), "plain"),
        "is_active": who.state == Member.State.ACTIVE,
    }


def _holdings(who: Member) -> list[dict[str, Any]]:
    """Each wallet with what is pending, owed and next to expire, in words."""
    shown = []
    for it in statement.holdings(who.account_id):
        wallet = priced(who, it.wallet)
        notes = []
        if it.pending:
            notes.append(_("%(points)s pending") % {"points": formats.points(it.pending, wallet)})
        if it.owed:
            notes.append(_("%(points)s owed") % {"points": formats.points(it.owed, wallet)})
        if it.next_expiry:
            day = formats.day(it.next_expiry.last_day)
            expiring = formats.points(it.next_expiry.points, wallet)
            notes.append(_("%(points)s until %(day)s") % {"points": expiring, "day": day})
        notes.append(_("%(points)s ever") % {"points": formats.points(it.lifetime, wallet)})
        shown.append(
            {
                "label": str(wallet).capitalize(),
                "value": formats.points(it.points, wallet),
                "note": " · ".join(notes),
            }
        )
    return shown


def priced(who: Member, wallet: Wallet) -> Wallet:
    """A wallet that can print its points: money asks for the program's currency."""
    wallet.program = who.program
    return wallet


def back_to(who: Member, see: str = "") -> HttpResponse:
    address = reverse("dashboard:member", args=[who.program.slug, who.public_id])
    return redirect(f"{address}?{urlencode({'see': see})}" if see else address)
