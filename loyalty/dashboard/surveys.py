"""Surveys: written, let be answered, and what came of them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.surveys.models import Survey
from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.dashboard.sheets import as_csv
from loyalty.dashboard.survey_forms import SurveyBuilder
from loyalty.flows import prizes
from loyalty.flows import surveys as flow
from loyalty.insights import surveys as insight
from loyalty.refusal import Refusal
from loyalty.toasts import say

TONES = {"draft": "plain", "live": "good", "paused": "warn", "ended": "plain"}
STATES = ("live", "paused", "draft", "ended")
SAID = {
    "live": gettext_noop("“%(name)s” can be answered from now on."),
    "paused": gettext_noop("“%(name)s” is paused."),
    "ended": gettext_noop("“%(name)s” has ended. Its answers stay."),
}
COMMENTS = 50


@needs("surveys.see")
@require_safe
def surveys(request: DeskRequest) -> HttpResponse:
    archived = "archived" in request.GET
    found = list(request.program.surveys.filter(archived_at__isnull=not archived))
    found.sort(key=lambda it: (STATES.index(it.state), -it.pk))
    here = reverse("dashboard:surveys", args=[request.program.slug])
    summaries = insight.summaries(found)
    context = {
        "rows": [{"survey": it, "tone": TONES[it.state], **summaries[it.pk]} for it in found],
        "tabs": [
            {"label": _("In use"), "url": here, "current": not archived},
            {"label": _("Archived"), "url": f"{here}?archived", "current": archived},
        ],
        "archived": archived,
    }
    return show(request, "dashboard/surveys/list.html", context, nav="surveys")


@needs("surveys.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """A new one; ``?copy=`` begins with what another asks."""
    return _edit(request, None, model=request.GET.get("copy", ""))


@needs("surveys.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    return _edit(request, _survey(request, public_id))


@needs("surveys.see")
@require_safe
def survey(request: DeskRequest, public_id: str) -> HttpResponse:
    """What came of a survey: its score, by tier and month, and what people wrote."""
    it = _survey(request, public_id)
    context = {
        "survey": it,
        "tone": TONES[it.state],
        "results": insight.results_of(it, comments=COMMENTS),
        "earns": prizes.told_all(it.prizes),
        "next": sorted(flow.NEXT[Survey.State(it.state)]),
    }
    return show(request, "dashboard/surveys/survey.html", context, nav="surveys")


@needs("surveys.export")
@require_safe
def survey_csv(request: DeskRequest, public_id: str) -> HttpResponseBase:
    it = _survey(request, public_id)
    flow.note_export(it, by=request.staff, now=timezone.now())
    heading, rows = insight.sheet_of(it)
    return as_csv(f"survey-{it.public_id}", heading, rows)


@needs("surveys.change")
@require_POST
def state(request: DeskRequest, public_id: str) -> HttpResponse:
    """As the button says, so twice changes nothing."""
    it, to = _survey(request, public_id), request.POST.get("to", "")
    try:
        if to not in SAID:
            raise flow.SurveyRefused(_("Choose what it is to become."), problems={})
        it = flow.become(it, to, by=request.staff, now=timezone.now())
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
    else:
        say(request, _(SAID[to]) % {"name": it.name})
    return redirect("dashboard:survey", slug=request.program.slug, public_id=public_id)


@needs("surveys.change")
@require_POST
def archive(request: DeskRequest, public_id: str) -> HttpResponse:
    it, slug = _survey(request, public_id), request.program.slug
    flow.archive(it, by=request.staff, now=timezone.now())
    undo = reverse("dashboard:survey_restore", args=[slug, public_id])
    say(request, _("“%(name)s” is archived. Its answers stay.") % {"name": it.name}, undo=undo)
    return redirect("dashboard:surveys", slug=slug)


@needs("surveys.change")
@require_POST
def restore(request: DeskRequest, public_id: str) -> HttpResponse:
    it = _survey(request, public_id)
    flow.restore(it, by=request.staff, now=timezone.now())
    say(request, _("“%(name)s” is back among the surveys.") % {"name": it.name})
    return redirect("dashboard:survey", slug=request.program.slug, public_id=public_id)


def _edit(request: DeskRequest, it: Survey | None, model: str = "") -> HttpResponse:
    is_sent = request.method == "POST"
    builder = SurveyBuilder(
        request.program, it, request.POST if is_sent else None,
        model=_survey(request, model) if model else None,
    )  # fmt: skip
    act = request.POST.get("act", "save")
    if is_sent and act not in ("save", "start"):
        builder.questions.act(act)
    elif is_sent and (saved := _save(request, builder, it, and_start=act == "start")):
        say(request, _("“%(name)s” is saved.") % {"name": saved.name})
        return redirect("dashboard:survey", slug=request.program.slug, public_id=saved.public_id)
    status = 422 if is_sent and act in ("save", "start") else 200
    context: dict[str, Any] = {"builder": builder, "survey": it}
    page = "dashboard/surveys/edit.html"
    return show(request, page, context, nav="surveys", status=status)


def _save(
    request: DeskRequest, builder: SurveyBuilder, it: Survey | None, *, and_start: bool
) -> Survey | None:
    if not builder.is_valid():
        return None
    now = timezone.now()
    try:
        saved = flow.save(
            request.program, it, public_id=builder.form.cleaned_data["once"], by=request.staff,
            now=now, **builder.told(),
        )  # fmt: skip
        if and_start:
            saved = flow.become(saved, Survey.State.LIVE, by=request.staff, now=now)
    except Refusal as refusal:
        builder.refuse(refusal.facts.get("problems") or {"": str(refusal)})
        return None
    return saved


def _survey(request: DeskRequest, public_id: str) -> Survey:
    found = request.program.surveys.select_related("program")
    return get_object_or_404(found, public_id=public_id)
