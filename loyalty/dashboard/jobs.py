"""Nightly jobs: what ran, what did not and why; what was given up is run again."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext, pgettext_lazy
from django.views.decorators.http import require_POST, require_safe

from loyalty import formats
from loyalty.dashboard import sealed
from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.flows import again as flow
from loyalty.flows import clock, followups, tiers
from loyalty.merchants.models import JobRun, Program
from loyalty.refusal import Refusal
from loyalty.toasts import say

PAGE = 40
JOB = "job"  # What a job's sealed number is for.
NAMES: Mapping[str, Any] = {
    "expire": gettext_lazy("Points expire"),
    "review_tiers": gettext_lazy("Tiers are kept or lost"),
    "warn_of_tiers": gettext_lazy("Members hear that they may lose a tier"),
    "full_cards": gettext_lazy("Full cards become rewards"),
    "audit": gettext_lazy("The books are checked"),
    "seal": gettext_lazy("The books are sealed"),
    "tidy": gettext_lazy("What is kept no longer is deleted"),
    followups.COUNT_ALONG: gettext_lazy("What is bought along with what is counted"),
    "planned_letters": gettext_lazy("Letters that you planned"),
    "birthdays": gettext_lazy("Birthdays"),
    "membership_months": gettext_lazy("Months of membership"),
    "membership_years": gettext_lazy("Years of membership"),
    "expiry_notices": gettext_lazy("Notices before points expire"),
    "surveys": gettext_lazy("Surveys are sent out"),
    "expiry_last_notices": gettext_lazy("Last notices before points expire"),
    tiers.RECOUNT: gettext_lazy("Tiers are counted anew"),
}
STATES: Mapping[str, tuple[Any, str]] = {
    "given_up": (pgettext_lazy("job", "Given up"), "bad"),
    "failed": (pgettext_lazy("job", "Failed, is tried again"), "warn"),
    "at_work": (pgettext_lazy("job", "At work"), "info"),
    "late": (pgettext_lazy("job", "Late"), "warn"),
    "waits": (pgettext_lazy("job", "Waits"), "info"),
    "done": (pgettext_lazy("job", "Done"), "good"),
}
_REASONS: Mapping[str, Any] = {
    clock.LOST: gettext_lazy("The server stopped each time that it was tried."),
}


class UnknownJob(Refusal):
    code = "unknown_job"


@needs("jobs.see")
@require_safe
def jobs(request: DeskRequest) -> HttpResponse:
    program, now = request.program, timezone.now()
    shows_all = "all" in request.GET
    runs = _runs(program) if shows_all else _to_look_at(program, now)
    if before := request.GET.get("before", ""):
        last = sealed.unseal(before, JOB)
        if last is None:
            raise Http404
        runs = runs.filter(pk__lt=last)
    found = list(runs.order_by("-pk")[: PAGE + 1])
    shown, narrowed = found[:PAGE], [("all", "")] if shows_all else []
    older = urlencode([*narrowed, ("before", sealed.seal(shown[-1].pk, JOB))]) if shown else ""
    context = {
        "rows": [_told(run, now) for run in shown],
        "tabs": _tabs(program.slug, shows_all=shows_all),
        "shows_all": shows_all,
        "can_run_all": not shows_all and any(run.error for run in shown),
        "older": f"?{older}" if len(found) > PAGE else "",
        "newest": f"?{urlencode(narrowed)}" if before else "",
    }
    return show(request, "dashboard/jobs/list.html", context, nav="jobs")


@needs("jobs.retry")
@require_POST
def again(request: DeskRequest) -> HttpResponse:
    """Run a job again, because somebody decided so."""
    number = sealed.unseal(request.POST.get("job", ""), JOB)
    run = _runs(request.program).filter(pk=number or 0).select_related("program").first()
    if run is None:
        raise UnknownJob(_("There is no such job."))
    try:
        flow.run(run, now=timezone.now(), by=request.staff)
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
    else:
        say(request, _("It is run again now."))
    return redirect("dashboard:jobs", slug=request.program.slug)


@needs("jobs.retry")
@require_POST
def all_again(request: DeskRequest) -> HttpResponse:
    """Run all jobs again that failed."""
    try:
        begun = flow.run_all(request.program, now=timezone.now(), by=request.staff)
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
    else:
        told = ngettext("%(jobs)s job is run again now.", "%(jobs)s jobs are run again now.", begun)
        say(request, told % {"jobs": begun})
    return redirect("dashboard:jobs", slug=request.program.slug)


def _runs(program: Program) -> QuerySet[JobRun]:
    return JobRun.objects.filter(program=program)


def _to_look_at(program: Program, now: datetime) -> QuerySet[JobRun]:
    # As two questions, each has an index of its own.
    runs = JobRun.objects.filter(program=program)
    ids = [
        *runs.failed().values_list("pk", flat=True),
        *runs.late(now).values_list("pk", flat=True),
    ]
    return runs.filter(pk__in=ids)


def _told(run: JobRun, now: datetime) -> dict[str, Any]:
    state = _state(run, now)
    label, tone = STATES[state]
    return {
        "run": run,
        "day": formats.day(run.period, style="long"),
        "name": NAMES.get(run.job, run.job),
        "state": label,
        "tone": tone,
        "reason": _REASONS.get(run.error, run.error),
        "when": run.finished_at or run.due_at,
        "is_done": run.finished_at is not None,
        "token": sealed.seal(run.pk, JOB) if state in ("given_up", "failed") else "",
    }


def _state(run: JobRun, now: datetime) -> str:
    if run.finished_at:
        return "given_up" if run.error else "done"
    if run.leased_until and run.leased_until > now:
        return "at_work"
    if run.error:
        return "failed"
    return "late" if run.due_at <= now - JobRun.PATIENCE else "waits"


def _tabs(slug: str, *, shows_all: bool) -> list[dict[str, Any]]:
    here = reverse("dashboard:jobs", args=[slug])
    return [
        {"label": pgettext("job", "To look at"), "url": here, "current": not shows_all},
        {"label": pgettext("job", "All"), "url": f"{here}?all", "current": shows_all},
    ]
