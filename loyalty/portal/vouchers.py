"""Vouchers: what points were turned into, until it is used, cancelled or expired."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from loyalty import formats
from loyalty.flows import redeem
from loyalty.merchants.models import Program
from loyalty.portal import telling
from loyalty.portal.card import qr
from loyalty.portal.careful import to_confirm
from loyalty.portal.catalog import icon_of, worth
from loyalty.portal.confirming import is_confirmed
from loyalty.portal.doors import MemberRequest, members_only, show
from loyalty.rewards.codes import code_of
from loyalty.rewards.models import Redemption, Voucher
from loyalty.toasts import say
from members.models import Member

LABELS: Mapping[str, Any] = {
    Voucher.Status.READY: gettext_lazy("Ready"),
    Voucher.Status.USED: gettext_lazy("Used"),
    Voucher.Status.EXPIRED: gettext_lazy("Expired"),
    Voucher.Status.CANCELLED: gettext_lazy("Cancelled"),
}
MOST_PAST = 50  # Used and lapsed vouchers that the list still shows.


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A voucher, in words."""

    made: Redemption
    state: str
    title: str
    note: str
    until: str
    icon: str

    @property
    def label(self) -> Any:
        return LABELS[self.state]

    @property
    def is_ready(self) -> bool:
        return self.state == Voucher.Status.READY

    @property
    def can_be_cancelled(self) -> bool:
        """A present has no points to give back; a full stamp card would fill again at once."""
        reward = self.made.reward
        bought = self.made.entry_id is not None and not (reward and reward.is_automatic)
        return self.is_ready and bought

    @property
    def code(self) -> str:
        return code_of(self.made.voucher)


@members_only
@require_safe
def vouchers(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    newest = _of(request.member).order_by("-made_at", "-pk")
    ready = [
        ticket(it, request.program, now)
        for it in newest.filter(voucher__in=_ready(request.member, now))
    ]
    rest = newest.exclude(pk__in=[it.made.pk for it in ready])[:MOST_PAST]
    context = {"ready": ready, "past": [ticket(it, request.program, now) for it in rest]}
    return show(request, "portal/vouchers/list.html", context, nav="rewards")


@members_only
@require_safe
def voucher(request: MemberRequest, public_id: str) -> HttpResponse:
    shown = ticket(_find(request, public_id), request.program, timezone.now())
    if shown.is_ready and not is_confirmed(request):
        return to_confirm(request)  # A code is as good as the points that it was bought with.
    context = {"ticket": shown, "qr": qr(shown.code) if shown.is_ready else ""}
    return show(request, "portal/vouchers/voucher.html", context, nav="rewards")


@members_only
@require_POST
def cancel(request: MemberRequest, public_id: str) -> HttpResponse:
    """Give a voucher back that was not used. Twice is once."""
    made = _find(request, public_id)
    shown = ticket(made, request.program, timezone.now())
    if shown.is_ready and not shown.can_be_cancelled:
        raise Http404
    redeem.cancel(made, now=timezone.now())
    say(request, _("Cancelled. You have your points back."))
    return redirect("portal:voucher", slug=request.program.slug, public_id=public_id)


def ready_count(member: Member, *, now: datetime) -> int:
    return int(_ready(member, now).count())


def ticket(made: Redemption, program: Program, now: datetime) -> Ticket:
    state = made.voucher.state(now)
    money = formats.money(made.worth_minor or 0, program.currency)
    return Ticket(
        made=made,
        state=state,
        title=str(made.reward.name) if made.reward else _("%(money)s to pay") % {"money": money},
        note=_note(made, program),
        until=_until(made, state, program),
        icon=icon_of(made.reward),
    )


def _note(made: Redemption, program: Program) -> str:
    if made.reward is None:
        return _("For your bill at the till.")
    its = made.voucher
    if its.good_for:
        return _("Good for %(thing)s.") % {"thing": its.good_for_name or its.good_for_code}
    return worth(made.reward, program)


def _until(made: Redemption, state: str, program: Program) -> str:
    its = made.voucher
    if state == Voucher.Status.USED and its.used_at:
        return _("Used on %(moment)s.") % {"moment": telling.moment(its.used_at, program)}
    if state == Voucher.Status.CANCELLED:
        return _("Cancelled, and the points are back.") if made.entry_id else _("Cancelled.")
    if its.expires_at is None:
        return _("Valid without end.")
    is_over = state == Voucher.Status.EXPIRED
    if made.reward is None:
        words = (
            _("Not used by %(moment)s. The points come back by themselves.")
            if is_over
            else _("Valid until %(moment)s. Not used by then, the points come back.")
        )
        return words % {"moment": telling.moment(its.expires_at, program)}
    words = _("Expired after %(day)s.") if is_over else _("Valid until %(day)s.")
    return words % {"day": telling.day(telling.last_moment(its.expires_at), program)}


def _ready(member: Member, now: datetime):  # type: ignore[no-untyped-def]
    return Voucher.objects.usable(now).filter(redemption__account=member.account_id)


def _of(member: Member):  # type: ignore[no-untyped-def]
    """The member's own, and nobody else's."""
    own = Redemption.objects.filter(account=member.account_id, program=member.program_id)
    return own.select_related("reward", "voucher")


def _find(request: MemberRequest, public_id: str) -> Redemption:
    found = _of(request.member).filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found
