"""What members sent in to a contest: a queue to let in or refuse, and the jury's marks."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from campaigns.contests.models import Contest, ContestEntry, Mark
from loyalty import contest_pictures
from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.flows import contest_entries as flow
from loyalty.flows.contest_scores import hundredths
from loyalty.insights.contests import entry_counts
from loyalty.merchants.access import may
from loyalty.refusal import Refusal
from loyalty.toasts import say

State = ContestEntry.State
PAGE = 30


class DecisionForm(forms.Form):
    act = forms.ChoiceField(choices=[("approve", ""), ("reject", "")])
    reason = forms.CharField(
        label=gettext_lazy("Why not"), max_length=flow.LONGEST_REASON, required=False
    )


class MarkForm(forms.Form):
    points = forms.IntegerField(label=gettext_lazy("Marks, 0 to 10"), min_value=0, max_value=10)


@needs("contests.judge")
@require_safe
def entries(request: DeskRequest, public_id: str) -> HttpResponse:
    """One state at a time, in the order in which they came."""
    contest = _contest(request, public_id)
    counts = entry_counts(contest)
    asked = request.GET.get("state", "")
    state = asked if asked in counts else State.WAITING
    after = request.GET.get("after", "")
    found = contest.entries.filter(state=state).select_related("account__member", "picture")
    found = found.prefetch_related("marks")
    if after.isdigit() and len(after) < 10:
        found = found.filter(number__gt=int(after))
    rows = list(found.defer("picture__body").order_by("number")[: PAGE + 1])
    shown = rows[:PAGE]
    here = reverse("dashboard:contest_entries", args=[request.program.slug, public_id])
    names = dict(State.choices)
    context = {
        "contest": contest,
        "rows": [_row(request, contest, it) for it in shown],
        "tabs": [
            {"label": names[it], "url": f"{here}?state={it}", "current": it == state,
             "count": counts[it]}
            for it in State.values
        ],
        "state": state,
        "next": f"{here}?state={state}&after={shown[-1].number}" if len(rows) > PAGE else "",
        "can_decide": contest.state == Contest.State.OPEN,
    }  # fmt: skip
    return show(request, "dashboard/contests/entries.html", context, nav="contests")


@needs("contests.judge")
@require_POST
def decide(request: DeskRequest, public_id: str, entry: str) -> HttpResponse:
    found = _entry(request, public_id, entry)
    form = DecisionForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        _attempt(request, lambda: flow.decide(
            found, approve=told["act"] == "approve", reason=told["reason"], by=request.staff,
            now=timezone.now(),
        ))  # fmt: skip
    else:
        say(request, _("Say whether it is let in or not."), level=messages.ERROR)
    return _back(request, found)


@needs("contests.judge")
@require_POST
def mark(request: DeskRequest, public_id: str, entry: str) -> HttpResponse:
    found = _entry(request, public_id, entry)
    form = MarkForm(request.POST)
    if form.is_valid():
        points = form.cleaned_data["points"]
        _attempt(request, lambda: flow.mark(found, points, by=request.staff, now=timezone.now()))
    else:
        say(request, _("Give 0 to 10."), level=messages.ERROR)
    return _back(request, found)


@needs("contests.judge")
@require_safe
def picture(request: DeskRequest, public_id: str, entry: str) -> HttpResponse:
    found = _entry(request, public_id, entry)
    if not hasattr(found, "picture"):
        raise Http404
    return contest_pictures.answer(bytes(found.picture.body))


def _attempt(request: DeskRequest, act: Any) -> None:
    try:
        act()
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)


def _row(request: DeskRequest, contest: Contest, it: ContestEntry) -> dict[str, Any]:
    marks: list[Mark] = list(it.marks.all())
    own = next((mark.points for mark in marks if mark.judge_id == request.staff.pk), None)
    average = hundredths(sum(mark.points for mark in marks), len(marks)) if marks else None
    member = getattr(it.account, "member", None)
    return {
        "entry": it,
        "member": member if member and may(request.staff, "members.see") else None,
        "has_picture": hasattr(it, "picture"),
        "own_mark": own,
        "average": f"{average / 100:.2f}" if average is not None else "",
        "judges": len(marks),
    }


def _contest(request: DeskRequest, public_id: str) -> Contest:
    found = request.program.contests.select_related("program", "wallet")
    return get_object_or_404(found, public_id=public_id)


def _entry(request: DeskRequest, public_id: str, entry: str) -> ContestEntry:
    contest = _contest(request, public_id)
    found = contest.entries.select_related("contest__program")
    return get_object_or_404(found, public_id=entry)


def _back(request: DeskRequest, entry: ContestEntry) -> HttpResponse:
    here = reverse(
        "dashboard:contest_entries", args=[request.program.slug, entry.contest.public_id]
    )
    state = request.POST.get("state", "")
    return redirect(f"{here}?state={state}" if state in State.values else here)
