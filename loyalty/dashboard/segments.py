"""Segments: who is meant, how many they are, and taking them along as a list."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty import formats
from loyalty.dashboard import sheets
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.members import main_wallet, rows_of
from loyalty.dashboard.reward_forms import CodesForm
from loyalty.dashboard.segment_builder import SegmentBuilder, terms_of
from loyalty.days import local_date
from loyalty.flows import by_hand
from loyalty.flows import segments as flow
from loyalty.flows.segments import SegmentRefused
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal
from loyalty.toasts import say
from members import segments as meaning
from members.models import Member, Segment
from members.searching import Search

PAGE = 30
MOST_UNKNOWN = 20
ICONS = {"live": "users-round", "list": "list", "code": "ticket"}


@needs("segments.see")
@require_safe
def segments(request: DeskRequest) -> HttpResponse:
    program, archived = request.program, "archived" in request.GET
    terms = terms_of(program)
    here = reverse("dashboard:segments", args=[program.slug])
    found = program.segments.filter(archived_at__isnull=not archived)
    context = {
        "rows": [
            {
                "segment": it,
                "clauses": meaning.sentences(it, terms),
                "icon": ICONS[it.kind],
            }
            for it in found
        ],
        "tabs": [
            {"label": _("In use"), "url": here, "current": not archived},
            {"label": _("Archived"), "url": f"{here}?archived", "current": archived},
        ],
        "archived": archived,
    }
    return show(request, "dashboard/segments/list.html", context, nav="segments")


@needs("segments.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None)


@needs("segments.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    return _edit(request, _segment(request, public_id))


@needs("segments.change", only_asks=True)
@require_POST
def count(request: DeskRequest) -> HttpResponse:
    """Whom the page means, while it is being written."""
    builder = SegmentBuilder(request.program, data=request.POST)
    context = {"counted": builder.counted(timezone.now())}
    return show(request, "dashboard/segments/counted.html", context)


@needs("segments.see")
@require_safe
def segment(request: DeskRequest, public_id: str) -> HttpResponse:
    """One segment: whom it means, and who they are."""
    return _page(request, _segment(request, public_id), CodesForm())


@needs("members.export")
@require_safe
def segment_csv(request: DeskRequest, public_id: str) -> StreamingHttpResponse:
    """Everybody who is in it now. Who took them along is on record."""
    program, now, it = request.program, timezone.now(), _segment(request, public_id)
    by_hand.exported(program, what="member", rows=f"segment:{public_id}", now=now, by=request.staff)
    found = Member.objects.filter(meaning.members_of(it, at=now), program=program).order_by("pk")
    heading = [_("Name"), _("Phone"), _("E-mail"), _("Your own number"), _("Card"), _("Joined on")]
    name = f"segment-{program.slug}-{local_date(now, program.time_zone)}"
    return sheets.as_csv(name, heading, _lines(found))


@needs("segments.change")
@require_POST
def upload(request: DeskRequest, public_id: str) -> HttpResponse:
    """Put whom a file names on the list. What names nobody is told line by line."""
    it = _segment(request, public_id)
    form = CodesForm(request.POST, request.FILES)
    listed = attempt(
        form,
        lambda _told: flow.put_on_list(it, form.lines(), by=request.staff, now=timezone.now()),
    )
    return _page(request, it, form, listed)


@needs("segments.change")
@require_POST
def take_off(request: DeskRequest, public_id: str, member: str) -> HttpResponse:
    it = _segment(request, public_id)
    who = get_object_or_404(request.program.members, public_id=member)
    flow.take_off(it, who, by=request.staff, now=timezone.now())
    say(request, _("%(name)s is on the list no more.") % {"name": who})
    return _back(request, it)


@needs("segments.change")
@require_POST
def freeze(request: DeskRequest, public_id: str) -> HttpResponse:
    """Keep who is in it now, as a list of its own."""
    it, now = _segment(request, public_id), timezone.now()
    day = formats.day(local_date(now, request.program.time_zone), style="medium")
    named = {code: f"{text[:90]} · {day}" for code, text in it.name.items()}
    try:
        frozen = flow.freeze(
            it, name=named, public_id=request.POST.get("once", "")[:16], by=request.staff, now=now
        )
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
        return _back(request, it)
    say(request, _("“%(name)s” keeps who is in it now.") % {"name": frozen.name})
    return _back(request, frozen)


@needs("segments.change")
@require_POST
def archive(request: DeskRequest, public_id: str) -> HttpResponse:
    it = _segment(request, public_id)
    try:
        flow.archive(it, by=request.staff, now=timezone.now())
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
        return _back(request, it)
    say(
        request,
        _("“%(name)s” is archived.") % {"name": it.name},
        undo=reverse("dashboard:segment_restore", args=[request.program.slug, public_id]),
    )
    return redirect("dashboard:segments", slug=request.program.slug)


@needs("segments.change")
@require_POST
def restore(request: DeskRequest, public_id: str) -> HttpResponse:
    it = _segment(request, public_id)
    try:
        flow.restore(it, by=request.staff, now=timezone.now())
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
        return _back(request, it)
    say(request, _("“%(name)s” is back.") % {"name": it.name})
    return _back(request, it)


def _page(
    request: DeskRequest, it: Segment, form: CodesForm, listed: flow.Listed | None = None
) -> HttpResponse:
    program, now = request.program, timezone.now()
    search = Search(program, request.GET.get("q", ""), meaning.members_of(it, at=now))
    after = search.last(request.GET.get("after", ""))
    found = search.page(after, PAGE + 1)
    shown = found[:PAGE]
    wallet = main_wallet(program)
    context = {
        "segment": it,
        "icon": ICONS[it.kind],
        "clauses": meaning.sentences(it, terms_of(program)),
        "count": search.members.count(),
        "rows": rows_of(program, shown, wallet),
        "wallet": wallet,
        "older": f"?after={shown[-1].public_id}" if len(found) > PAGE else "",
        "newest": "?" if after else "",
        "used_by": flow.used_by(it, now=now),
        "codes": form,
        "listed": listed,
        "unknown": listed.unknown[:MOST_UNKNOWN] if listed else [],
        "more_unknown": max(0, len(listed.unknown) - MOST_UNKNOWN) if listed else 0,
        "added": _added(listed) if listed else "",
        "once": new_public_id(),
        "link": request.build_absolute_uri(
            reverse("portal:enter_code", args=[program.slug]) + f"?code={it.code}"
        ),
    }
    page = "dashboard/segments/segment.html"
    return show(request, page, context, nav="segments", status=status_of(form))


def _added(listed: flow.Listed) -> str:
    words = ngettext("%(count)s member was added.", "%(count)s members were added.", listed.added)
    return words % {"count": formats.number(listed.added)}


def _edit(request: DeskRequest, it: Segment | None) -> HttpResponse:
    now, is_sent = timezone.now(), request.method == "POST"
    builder = SegmentBuilder(request.program, it, request.POST if is_sent else None)
    status = 200
    if is_sent:
        act = request.POST.get("act", "save")
        counted = builder.counted(now)
        if act == "save":
            if saved := _save(request, builder):
                say(request, _("“%(name)s” is saved.") % {"name": saved.name})
                return _back(request, saved)
            status = 422
        else:
            builder.act(act)
    else:
        counted = builder.counted(now)
    context = {"builder": builder, "segment": it, "counted": counted}
    page = "dashboard/segments/edit.html"
    return show(request, page, context, nav="segments", status=status)


def _save(request: DeskRequest, builder: SegmentBuilder) -> Segment | None:
    if not builder.is_valid():
        return None
    try:
        return flow.save(
            request.program, builder.segment, public_id=builder.form.cleaned_data["once"],
            by=request.staff, now=timezone.now(), **builder.told(),
        )  # fmt: skip
    except SegmentRefused as refusal:
        builder.refuse(refusal.facts.get("problems") or {"": str(refusal)})
    except Refusal as refusal:
        builder.form.add_error(None, str(refusal))
    return None


def _lines(found: Any) -> Iterator[Sequence[Any]]:
    for member in found.iterator():
        yield [
            member.name, member.phone, member.email, member.external_id, member.card_code,
            member.enrolled_on,
        ]  # fmt: skip


def _segment(request: DeskRequest, public_id: str) -> Segment:
    found = request.program.segments.select_related("program")
    return get_object_or_404(found, public_id=public_id)


def _back(request: DeskRequest, it: Segment) -> HttpResponse:
    return redirect("dashboard:segment", slug=request.program.slug, public_id=it.public_id)
