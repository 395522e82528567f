"""The audit trail: who changed what, when and why; filtered, in pages, as a table to keep."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice, takewhile
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from loyalty.dashboard import sheets
from loyalty.dashboard.actions import ACTIONS, GROUPS, subject_names
from loyalty.dashboard.changes import Change, changes
from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.dashboard.fields import offer
from loyalty.days import local_date, start_of
from loyalty.merchants.models import AuditEntry, Program

PAGE = 40
BITE = 500
MOST_ROWS = 100_000
JOINT = "~"
SPAN = (MinValueValidator(date(2000, 1, 1)), MaxValueValidator(date(2200, 1, 1)))


class FilterForm(forms.Form):
    """What to look for."""

    group = forms.ChoiceField(label=gettext_lazy("Kind of change"), required=False)
    who = forms.ChoiceField(label=gettext_lazy("Done by"), required=False)
    first = forms.DateField(
        label=gettext_lazy("First day"),
        required=False,
        validators=SPAN,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        validators=SPAN,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, program: Program, data: Any) -> None:
        super().__init__(data)
        people = program.merchant.team.select_related("user").order_by("user__email")
        offer(self, "group", [("", _("Everything")), *GROUPS.items()])
        named = [(staff.public_id, str(staff.user)) for staff in people]
        machines = ("key", _("Machines, by API key"))
        offer(self, "who", [("", _("Everybody")), *named, machines])

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        first, last = told.get("first"), told.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day cannot be before the first."))
        return told


@dataclass(frozen=True)
class Told:
    """One line of the trail as people read it."""

    at: datetime
    who: str
    action: str
    subject: str
    changes: list[Change]
    reason: str
    program: Program | None


@dataclass(frozen=True)
class Cursor:
    """Where a page begins: at an instant, behind so many lines of that same instant."""

    at: datetime
    behind: int

    @classmethod
    def read(cls, text: str) -> "Cursor | None":
        instant, _joint, behind = text.partition(JOINT)
        try:
            at = parse_datetime(instant)
        except ValueError:
            return None
        if at is None or timezone.is_naive(at) or not behind.isascii() or not behind.isdigit():
            return None
        return cls(at, int(behind[:6]))

    def __str__(self) -> str:
        return f"{self.at.isoformat()}{JOINT}{self.behind}"

    def page(self, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return entries.filter(at__lte=self.at)[self.behind :]

    @classmethod
    def after(cls, shown: Sequence[AuditEntry], before: "Cursor | None") -> "Cursor":
        """Behind the last line that was shown."""
        at = shown[-1].at
        same = sum(1 for _line in takewhile(lambda line: line.at == at, reversed(shown)))
        carried = before.behind if before and before.at == at else 0
        return cls(at, carried + same)


@needs("audit.see")
@require_safe
def trail(request: DeskRequest) -> HttpResponse:
    program = request.program
    form = FilterForm(program, request.GET)
    entries = _found(program, form)
    before = Cursor.read(request.GET.get("before", ""))
    page = before.page(entries) if before else entries
    rows = list(page[: PAGE + 1])
    shown = rows[:PAGE]
    context = {
        "form": form,
        "entries": _told(program, shown),
        "many_programs": len({entry.program_id for entry in shown}) > 1,
        "older": _address(form, Cursor.after(shown, before)) if len(rows) > PAGE else "",
        "newest": _address(form) if before else "",
        "filters": _filters(form),
    }
    return show(request, "dashboard/trail/list.html", context, nav="audit")


@needs("audit.see")
@require_safe
def trail_csv(request: DeskRequest) -> StreamingHttpResponse:
    """The lines of the same filter, all of them."""
    program = request.program
    entries = _found(program, FilterForm(program, request.GET))[:MOST_ROWS]
    heading = [
        _("Time"),
        _("Done by"),
        _("Program"),
        _("What was done"),
        _("To what"),
        _("Changes"),
        _("Reason"),
    ]
    name = f"trail-{program.slug}-{local_date(timezone.now(), program.time_zone)}"
    return sheets.as_csv(name, heading, _lines(program, entries))


def _found(program: Program, form: FilterForm) -> QuerySet[AuditEntry]:
    """The trail of the whole business, newest first. A filter that cannot be read finds nothing."""
    entries = program.merchant.audit_entries.select_related("user", "api_key", "program", "detail")
    if not form.is_valid():
        return entries.none()
    told = form.cleaned_data
    if told["group"]:
        entries = entries.filter(action__startswith=f"{told['group']}.")
    if told["who"] == "key":
        entries = entries.filter(api_key__isnull=False)
    elif told["who"]:
        entries = entries.filter(user__posts__public_id=told["who"])
    if told["first"]:
        entries = entries.filter(at__gte=start_of(told["first"], program.time_zone))
    if told["last"]:
        entries = entries.filter(at__lt=start_of(told["last"] + timedelta(1), program.time_zone))
    return entries.order_by("-at", "-id")


def _told(program: Program, entries: Sequence[AuditEntry]) -> list[Told]:
    names = subject_names(program.merchant, {entry.subject for entry in entries})
    return [
        Told(
            at=entry.at,
            who=_who(entry),
            action=str(ACTIONS.get(entry.action, entry.action)),
            subject=names.get(entry.subject, ""),
            changes=changes(entry.told.before, entry.told.after, currency=program.currency),
            reason=entry.told.reason,
            program=entry.program,
        )
        for entry in entries
    ]


def _who(entry: AuditEntry) -> str:
    if entry.api_key:
        return _("API key %(name)s") % {"name": entry.api_key}
    return str(entry.user) if entry.user else _("Taem itself")


def _lines(program: Program, entries: QuerySet[AuditEntry]) -> Iterator[list[Any]]:
    zone = ZoneInfo(program.time_zone)
    rows = entries.iterator(chunk_size=BITE)
    while bite := list(islice(rows, BITE)):
        for line in _told(program, bite):
            told = "; ".join(f"{it.label}: {it.before} → {it.after}" for it in line.changes)
            yield [
                line.at.astimezone(zone).isoformat(sep=" ", timespec="seconds"),
                line.who, line.program or "", line.action, line.subject, told, line.reason,
            ]  # fmt: skip


def _filters(form: FilterForm) -> str:
    """The filter as a query string; empty where nothing is filtered."""
    return urlencode({name: value for name in form.fields if (value := form.data.get(name))})


def _address(form: FilterForm, before: Cursor | None = None) -> str:
    cursor = urlencode({"before": str(before)}) if before else ""
    return "?" + "&".join(part for part in (_filters(form), cursor) if part)
