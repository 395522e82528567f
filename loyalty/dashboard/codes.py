"""Codes on products: batches of them, made, printed, watched and voided."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.codes.models import CodeBatch
from loyalty import charts, formats
from loyalty.dashboard import code_sheet
from loyalty.dashboard.code_forms import BatchForm, VoidForm
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.sheets import as_csv
from loyalty.dashboard.till import check_pace
from loyalty.days import local_date
from loyalty.flows import code_batches as flow
from loyalty.flows.codes import LINK, gives
from loyalty.refusal import Refusal
from loyalty.toasts import say

DAYS_SHOWN = 30
A_SHEET = 10 * code_sheet.PER_PAGE  # Codes in one PDF: ten pages, drawn in some seconds.
A_PART = 1_000  # Codes that a CSV is worked out by at a time.


@needs("codes.see")
@require_safe
def codes(request: DeskRequest) -> HttpResponse:
    found = request.program.code_batches.select_related("wallet__program", "reward")
    batches = list(found.order_by("-pk"))
    uses = dict(request.program.code_batches.values_list("pk").annotate(Count("uses")))
    context = {"rows": [_row(it, uses.get(it.pk, 0)) for it in batches]}
    return show(request, "dashboard/codes/list.html", context, nav="codes")


@needs("codes.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    form = BatchForm(request.program, request.POST or None)
    made = attempt(
        form,
        lambda _told: flow.make(
            request.program, by=request.staff, now=timezone.now(), **form.told()
        ),
    )
    if made:
        return redirect("dashboard:code_batch", slug=request.program.slug, public_id=made.public_id)
    page = "dashboard/codes/new.html"
    return show(request, page, {"form": form}, nav="codes", status=status_of(form))


@needs("codes.see")
@require_safe
def batch(request: DeskRequest, public_id: str) -> HttpResponse:
    return _page(request, _batch(request, public_id), VoidForm())


@needs("codes.see")
@require_safe
def progress(request: DeskRequest, public_id: str) -> HttpResponse:
    """How far the making has come; the page asks until it is done."""
    context = {"batch": _batch(request, public_id)}
    return show(request, "dashboard/codes/progress.html", context)


@needs("codes.print")
@require_safe
def sheet(request: DeskRequest, public_id: str) -> HttpResponseBase:
    """A PDF of labels, some hundred codes in each. The code of a shared batch fills a page."""
    found = _batch(request, public_id)
    try:
        part = int(request.GET.get("part", "1"))
    except ValueError as error:
        raise Http404 from error
    if not 1 <= part <= max(1, -(-found.made // A_SHEET)):
        raise Http404
    try:
        printed = flow.printed(found, (part - 1) * A_SHEET + 1, part * A_SHEET)
    except flow.NotReprinted as refusal:
        return _refused(request, found, refusal)
    labels = [(link_of(found, code), code, _("No. %s") % number) for number, code in printed]
    if found.is_shared:
        labels = [(link, code, "") for link, code, _note in labels] * code_sheet.PER_PAGE
    if not labels:
        say(request, _("All codes of this part were voided."), level=messages.WARNING)
        return redirect("dashboard:code_batch", slug=request.program.slug, public_id=public_id)
    response = HttpResponse(code_sheet.pdf(labels), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="codes-{public_id}-{part}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@needs("codes.print")
@require_safe
def table(request: DeskRequest, public_id: str) -> HttpResponseBase:
    """All codes with their links, for a printer's shop."""
    found = _batch(request, public_id)
    try:
        flow.printed(found, 1, 1)
    except flow.NotReprinted as refusal:
        return _refused(request, found, refusal)
    rows = (
        (number, code, link_of(found, code))
        for first in range(1, found.made + 1, A_PART)
        for number, code in flow.printed(found, first, first + A_PART - 1)
    )
    return as_csv(f"codes-{public_id}", [_("Number"), _("Code"), _("Link")], rows)


@needs("codes.change")
@require_http_methods(["GET", "POST"])
def void(request: DeskRequest, public_id: str) -> HttpResponse:
    """Asked once more, because it cannot be taken back."""
    found = _batch(request, public_id)
    if request.method == "GET":
        return show(request, "dashboard/codes/void.html", {"batch": found}, nav="codes")
    flow.void(found, by=request.staff, now=timezone.now())
    say(request, _("The codes of “%(name)s” give nothing any more.") % {"name": found.name})
    return redirect("dashboard:code_batch", slug=request.program.slug, public_id=public_id)


@needs("codes.change")
@require_POST
def void_one(request: DeskRequest, public_id: str) -> HttpResponse:
    found = _batch(request, public_id)
    check_pace(request)
    form = VoidForm(request.POST)
    code = attempt(
        form,
        lambda told: flow.void_code(found, told["code"], by=request.staff, now=timezone.now()),
    )
    if code is None:
        return _page(request, found, form)
    say(request, _("Code no. %(number)s gives nothing any more.") % {
        "number": formats.number(code.number)
    })  # fmt: skip
    return redirect("dashboard:code_batch", slug=request.program.slug, public_id=public_id)


def link_of(batch: CodeBatch, code: str) -> str:
    """What the QR code says. A word may be another merchant's too, so it names the program."""
    link = f"{settings.PUBLIC_URL}{LINK}{code.replace('-', '')}"
    return f"{link}?in={batch.program.slug}" if batch.is_shared else link


def _page(request: DeskRequest, found: CodeBatch, form: forms.Form) -> HttpResponse:
    uses = found.uses.count()
    context = {
        **_row(found, uses),
        "used_up": found.codes.filter(used_at__isnull=False).count(),
        "voided": found.codes.filter(voided_at__isnull=False).count(),
        "chart": _chart(found) if uses else None,
        "form": form,
        "parts": _parts(found),
        "word": _word(found),
        "link": link_of(found, word) if (word := _word(found)) else "",
    }
    page = "dashboard/codes/batch.html"
    return show(request, page, context, nav="codes", status=status_of(form))


def _word(found: CodeBatch) -> str:
    if not found.is_shared:
        return ""
    try:
        return next((code for _number, code in flow.printed(found)), "")
    except flow.NotReprinted:
        return ""


def _parts(found: CodeBatch) -> list[dict[str, Any]]:
    """The sheets of a batch, each an address."""
    here = reverse("dashboard:code_sheet", args=[found.program.slug, found.public_id])
    return [
        {
            "url": f"{here}?part={number + 1}",
            "first": number * A_SHEET + 1,
            "last": min((number + 1) * A_SHEET, found.made),
        }
        for number in range(-(-found.made // A_SHEET))
    ]


def _chart(found: CodeBatch) -> charts.Chart:
    """How many were told a day, in the last month."""
    today = local_date(timezone.now(), found.program.time_zone)
    days = [today - timedelta(days=ago) for ago in range(DAYS_SHOWN - 1, -1, -1)]
    told = found.uses.filter(used_on__gte=days[0]).order_by("used_on").values_list("used_on")
    counts = dict(told.annotate(Count("pk")))
    return charts.bars(
        _("Codes told a day"),
        of=_("Day"),
        labels=[formats.day(day, style="short") for day in days],
        series=[charts.Series(_("Codes told"), [counts.get(day, 0) for day in days])],
    )


def _row(found: CodeBatch, uses: int) -> dict[str, Any]:
    state, tone = _state(found)
    return {"batch": found, "uses": uses, "gives": gives(found), "state": state, "tone": tone}


def _state(found: CodeBatch) -> tuple[str, str]:
    now = timezone.now()
    states = [
        (found.voided_at is not None, _("Voided"), "bad"),
        (found.made < found.count, _("Being made"), "info"),
        (found.ends_at is not None and found.ends_at <= now, _("Over"), "plain"),
        (found.starts_at is not None and found.starts_at > now, _("Not yet"), "info"),
    ]
    return next(((word, tone) for holds, word, tone in states if holds), (_("In use"), "good"))


def _batch(request: DeskRequest, public_id: str) -> CodeBatch:
    found = request.program.code_batches.select_related("program", "wallet__program", "reward")
    return get_object_or_404(found, public_id=public_id)


def _refused(request: DeskRequest, found: CodeBatch, refusal: Refusal) -> HttpResponse:
    say(request, str(refusal), level=messages.ERROR)
    return redirect("dashboard:code_batch", slug=request.program.slug, public_id=found.public_id)
