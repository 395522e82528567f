"""Referrals: who brought whom, what is in doubt, and what somebody decided about it."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from campaigns.referrals.models import Referral
from campaigns.referrals.reasons import SENTENCES
from campaigns.referrals.telling import NAMES
from loyalty.dashboard import sheets
from loyalty.dashboard.actions import ACTIONS
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.referral_evidence import evidence_of
from loyalty.days import local_date
from loyalty.flows import by_hand, prizes
from loyalty.flows import referral_desk as flow
from loyalty.flows.referral_gifts import SIDES, prize_of
from loyalty.merchants.access import may
from loyalty.refusal import Refusal
from loyalty.toasts import say
from members import finding
from members.models import Member

PAGE = 30
BITE = 500
State = Referral.State
TONES = {
    State.JOINED: "plain",
    State.BOUGHT: "info",
    State.CLEARED: "good",
    State.REFUSED: "bad",
    State.LAPSED: "plain",
}
GIFTS = {
    "waiting": gettext_lazy("Not given yet"),
    "given": gettext_lazy("Given"),
    "none": gettext_lazy("Nothing to give"),
    "taken": gettext_lazy("Taken back"),
}


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Your colleagues read it in the audit trail."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class NoteForm(ReasonForm):
    """The same where it need not be told."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False


@needs("referrals.see")
@require_safe
def referrals(request: DeskRequest) -> HttpResponse:
    """Those that wait for a decision; by a tab, all of them or those in one state."""
    program = request.program
    wanted = request.GET.get("show", "held")
    found = _wanted(request, wanted)
    last = found.filter(public_id=request.GET.get("after", "")).first()
    page = found.filter(pk__lt=last.pk) if last else found
    shown = list(page.order_by("-pk")[: PAGE + 1])
    context = {
        "rows": [_row(it) for it in shown[:PAGE]],
        "tabs": _tabs(request, wanted),
        "wanted": wanted,
        "older": f"?show={wanted}&after={shown[PAGE - 1].public_id}" if len(shown) > PAGE else "",
        "newest": f"?show={wanted}" if last else "",
        "has_terms": hasattr(program, "referral_terms"),
    }
    return show(request, "dashboard/referrals/list.html", context, nav="referrals")


@needs("referrals.export")
@require_safe
def referrals_csv(request: DeskRequest) -> StreamingHttpResponse:
    """Those of the same tab. Who took them along is on record."""
    program, now = request.program, timezone.now()
    wanted = request.GET.get("show", "held")
    by_hand.exported(program, what="referral", rows=wanted, now=now, by=request.staff)
    heading = [
        _("Joined"), _("Invited by"), _("Friend"), _("State"), _("Why it does not count"),
        _("Being looked at"), _("What speaks against it"), _("Bought"), _("Return window ends"),
        _("Rewarded"), _("Reward of the friend"), _("Reward of who invited"),
    ]  # fmt: skip
    name = f"referrals-{program.slug}-{local_date(now, program.time_zone)}"
    return sheets.as_csv(name, heading, _lines(_wanted(request, wanted).order_by("pk")))


@needs("referrals.see")
@require_safe
def referral(request: DeskRequest, public_id: str) -> HttpResponse:
    return _page(request, _referral(request, public_id))


@needs("referrals.decide")
@require_POST
def release(request: DeskRequest, public_id: str) -> HttpResponse:
    it = _referral(request, public_id)
    form = NoteForm(request.POST)
    released = attempt(
        form,
        lambda told: flow.release(it, by=request.staff, now=timezone.now(), reason=told["reason"]),
    )
    if released is None:
        return _page(request, it, form, status=409)
    return _decided(request, it, _("Released: it goes on as if it had never been held."))


@needs("referrals.decide")
@require_POST
def refuse(request: DeskRequest, public_id: str) -> HttpResponse:
    it = _referral(request, public_id)
    form = ReasonForm(request.POST)
    refused = attempt(
        form,
        lambda told: flow.refuse(it, by=request.staff, now=timezone.now(), reason=told["reason"]),
    )
    if refused is None:
        return _page(request, it, form, status=status_of(form))
    return _decided(request, it, _("Refused: it does not count."))


@needs("referrals.decide")
@require_POST
def reopen(request: DeskRequest, public_id: str) -> HttpResponse:
    """Undo a decision: it waits again."""
    it = _referral(request, public_id)
    try:
        flow.reopen(it, by=request.staff, now=timezone.now())
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
    else:
        say(request, _("It waits for a decision again."))
    return redirect("dashboard:referral", slug=request.program.slug, public_id=public_id)


def _decided(request: DeskRequest, it: Referral, told: str) -> HttpResponse:
    slug = request.program.slug
    say(request, told, undo=reverse("dashboard:referral_reopen", args=[slug, it.public_id]))
    return redirect("dashboard:referrals", slug=slug)


def _page(
    request: DeskRequest, it: Referral, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    told = request.program.merchant.audit_entries.filter(subject=f"referral:{it.public_id}")
    is_own = any(
        member is not None and member.belongs_to(request.user)
        for member in (_member(it, side) for side in SIDES)
    )
    context = _row(it) | evidence_of(request.program, it, now=timezone.now()) | {
        "gifts": _gifts(it),
        "is_own": is_own,
        "can_decide": may(request.staff, "referrals.decide") and not is_own,
        "can_refuse": it.state in (State.JOINED, State.BOUGHT, State.CLEARED),
        "can_reopen": not it.is_held and (
            (it.state == State.REFUSED and it.reason == "staff")
            or (it.is_released and it.state not in (State.REFUSED, State.LAPSED))
        ),
        "form": form,
        "refuse_form": form if type(form) is ReasonForm else ReasonForm(),
        "release_form": form if type(form) is NoteForm else NoteForm(),
        "history": [
            {"at": entry.at, "by": entry.user or entry.api_key, "reason": entry.told.reason,
             "action": ACTIONS.get(entry.action, entry.action)}
            for entry in told.select_related("user", "api_key", "detail").order_by("-at", "-pk")
        ],
    }  # fmt: skip
    page = "dashboard/referrals/referral.html"
    return show(request, page, context, nav="referrals", status=status)


def _gifts(it: Referral) -> list[dict[str, Any]]:
    """What each side was promised, and whether they have it."""
    names = {"friend": _("The friend's reward"), "advocate": _("The reward of who invited")}
    promised = [prize_of(it, side) for side in SIDES]
    told = iter(prizes.told_all([prize for prize in promised if prize]))
    return [
        {
            "name": names[side],
            "prize": next(told) if prize else _("Nothing"),
            "state": GIFTS[getattr(it, f"{side}_gift")],
        }
        for side, prize in zip(SIDES, promised, strict=True)
    ]


def _row(it: Referral) -> dict[str, Any]:
    return {
        "it": it,
        "advocate": _member(it, "advocate"),
        "friend": _member(it, "friend"),
        "state": _("Being looked at") if it.is_held else it.get_state_display(),
        "tone": "warn" if it.is_held else TONES[State(it.state)],
        "why": SENTENCES.get(it.reason, "") if it.state == State.REFUSED else "",
        "kinds": [NAMES.get(told["kind"], told["kind"]) for told in it.signals],
    }


def _member(it: Referral, side: str) -> Member | None:
    found = finding.behind(it.friend if side == "friend" else it.advocate)
    return found and found.survivor


def _wanted(request: DeskRequest, wanted: str) -> QuerySet[Referral]:
    found = Referral.objects.filter(program=request.program)
    if wanted == "held":
        found = found.held()
    elif wanted in State.values:
        found = found.filter(state=wanted)
    return found.select_related(
        "program", "purchase", "decided_by__user", "advocate__member__merged_into",
        "friend__member__merged_into",
    )  # fmt: skip


def _tabs(request: DeskRequest, wanted: str) -> list[dict[str, Any]]:
    here = reverse("dashboard:referrals", args=[request.program.slug])
    held = Referral.objects.filter(program=request.program).held().count()
    tabs: list[dict[str, Any]] = [
        {"label": _("To decide"), "url": here, "current": wanted == "held", "count": held},
        {"label": _("All"), "url": f"{here}?show=all", "current": wanted == "all"},
    ]
    return tabs + [
        {"label": label, "url": f"{here}?show={state}", "current": wanted == state}
        for state, label in State.choices
    ]


def _lines(found: QuerySet[Referral]) -> Iterator[list[Any]]:
    for it in found.iterator(chunk_size=BITE):
        row = _row(it)
        yield [
            it.joined_at.isoformat(timespec="seconds"), row["advocate"] or "", row["friend"] or "",
            it.get_state_display(), row["why"], _("yes") if it.is_held else _("no"),
            ", ".join(map(str, row["kinds"])), _instant(it.bought_at), _instant(it.clears_at),
            _instant(it.cleared_at), GIFTS[it.friend_gift], GIFTS[it.advocate_gift],
        ]  # fmt: skip


def _instant(at: Any) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _referral(request: DeskRequest, public_id: str) -> Referral:
    return get_object_or_404(_wanted(request, "all"), public_id=public_id)
