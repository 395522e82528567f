"""Contests: planned, promised, given more time, looked at while they run, and what came of them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.contests.contest_forms import winners
from campaigns.contests.models import Contest
from loyalty import contest_pictures, contest_words
from loyalty.dashboard import sheets
from loyalty.dashboard.contest_forms import ContestForm, ExtendForm
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.flows import by_hand
from loyalty.flows import contests as flow
from loyalty.flows.contests import ContestRefused
from loyalty.insights.contests import board_of, entry_counts
from loyalty.localized import LANGUAGE_NAMES
from loyalty.pictures import taking
from loyalty.refusal import Refusal
from loyalty.toasts import say

STAGES = ("open", "counting", "frozen", "scheduled", "draft", "done")
TOP = 25


@needs("campaigns.see")
@require_safe
def contests(request: DeskRequest) -> HttpResponse:
    program, now = request.program, timezone.now()
    archived = "archived" in request.GET
    found = list(
        program.contests.filter(archived_at__isnull=not archived).select_related("program")
    )
    found.sort(key=lambda it: (STAGES.index(it.stage(now)), -it.starts_at.timestamp()))
    here = reverse("dashboard:contests", args=[program.slug])
    context = {
        "rows": [_row(it, now) for it in found],
        "tabs": [
            {"label": _("In use"), "url": here, "current": not archived},
            {"label": _("Archived"), "url": f"{here}?archived", "current": archived},
        ],
        "archived": archived,
    }
    return show(request, "dashboard/contests/list.html", context, nav="contests")


@needs("campaigns.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None)


@needs("campaigns.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    contest = _contest(request, public_id)
    return _back(request, contest) if contest.is_final else _edit(request, contest)


@needs("campaigns.see")
@require_safe
def contest(request: DeskRequest, public_id: str) -> HttpResponse:
    """One contest: where it is, who leads, what is won, and what was given."""
    it, now = _contest(request, public_id), timezone.now()
    board = board_of(it, top=TOP, sees_names=True)
    context = _row(it, now) | {
        "stage": it.stage(now),
        "how": contest_words.how(it),
        "prizes": contest_words.prize_rows(it),
        "board": [(place, contest_words.score(it, place.score)) for place in board.top],
        "players": board.players,
        "entries": entry_counts(it) if it.has_entries else None,
        "winnings": it.winnings.select_related("standing__account__member"),
        "pictures": _pictures(it),
        "last_winner": winners(it.prizes),
    }
    return show(request, "dashboard/contests/contest.html", context, nav="contests")


@needs("campaigns.change")
@require_POST
def promise(request: DeskRequest, public_id: str) -> HttpResponse:
    contest = _contest(request, public_id)
    try:
        flow.promise(contest, by=request.staff, now=timezone.now())
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
        return _back(request, contest)
    say(request, _("“%(name)s” is promised from now on.") % {"name": contest.name})
    return _back(request, contest)


@needs("campaigns.change")
@require_http_methods(["GET", "POST"])
def extend(request: DeskRequest, public_id: str) -> HttpResponse:
    """More time, while there is some left; never less."""
    contest = _contest(request, public_id)
    form = ExtendForm(contest, request.POST or None)
    done = attempt(
        form, lambda _told: flow.extend(
            contest, by=request.staff, now=timezone.now(), **form.until()
        )
    )  # fmt: skip
    if done:
        say(request, _("“%(name)s” has more time.") % {"name": contest.name})
        return _back(request, contest)
    page, context = "dashboard/contests/extend.html", {"form": form, "contest": contest}
    return show(request, page, context, nav="contests", status=status_of(form))


@needs("campaigns.change")
@require_POST
def archive(request: DeskRequest, public_id: str) -> HttpResponse:
    contest = _contest(request, public_id)
    flow.archive(contest, by=request.staff, now=timezone.now())
    say(
        request,
        _("“%(name)s” is archived. Nothing of it is deleted.") % {"name": contest.name},
        undo=reverse("dashboard:contest_restore", args=[request.program.slug, public_id]),
    )
    return redirect("dashboard:contests", slug=request.program.slug)


@needs("campaigns.change")
@require_POST
def restore(request: DeskRequest, public_id: str) -> HttpResponse:
    contest = _contest(request, public_id)
    flow.restore(contest, by=request.staff, now=timezone.now())
    say(request, _("“%(name)s” is back among the contests.") % {"name": contest.name})
    return _back(request, contest)


@needs("campaigns.see")
@require_safe
def picture(request: DeskRequest, public_id: str, language: str) -> HttpResponse:
    """The picture for the readers of one language."""
    found = get_object_or_404(_contest(request, public_id).pictures, language=language)
    return contest_pictures.answer(bytes(found.body))


@needs("campaigns.change")
@require_POST
def set_picture(request: DeskRequest, public_id: str, language: str) -> HttpResponse:
    """Another picture for the readers of one language, or none."""
    contest = _contest(request, public_id)
    if language not in contest.program.languages:
        raise Http404
    file = request.FILES.get("picture")
    if file is None and "remove" not in request.POST:
        say(request, _("Choose a picture first."), level=messages.ERROR)
        return _back(request, contest)
    try:
        body = taking.draw(file).data if file else None
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
        return _back(request, contest)
    flow.set_picture(contest, language, body, by=request.staff, now=timezone.now())
    say(request, _("The picture is saved.") if body else _("The picture is taken away."))
    return _back(request, contest)


@needs("members.export")
@require_safe
def board_csv(request: DeskRequest, public_id: str) -> StreamingHttpResponse:
    """The whole board, with names. Who took it along is on record."""
    contest = _contest(request, public_id)
    rows = contest.standings.order_by("place")
    by_hand.exported(
        request.program, what="contest", rows=contest.public_id, now=timezone.now(),
        by=request.staff,
    )  # fmt: skip
    heading = [_("Place"), _("Name"), _("Member"), _("Score"), _("Reached at"), _("Code")]
    return sheets.as_csv(f"contest-{contest.public_id}", heading, _lines(contest, rows))


def _lines(contest: Contest, rows: Any) -> Iterator[list[Any]]:
    zone = ZoneInfo(contest.time_zone)
    for it in rows.select_related("account__member").iterator(chunk_size=1000):
        member = getattr(it.account, "member", None)
        yield [
            it.place, member or "", member.public_id if member else "",
            it.score, it.reached_at.astimezone(zone).isoformat(sep=" "), it.code,
        ]  # fmt: skip


def _edit(request: DeskRequest, contest: Contest | None) -> HttpResponse:
    held = flow.data_of(contest) if contest else {}
    once = {"once": contest.public_id} if contest else {}
    form = ContestForm(request.program, held | once, request.POST or None)
    if form.is_bound and form.is_valid() and (saved := _save(request, form, contest)):
        say(request, _("“%(name)s” is saved.") % {"name": saved.name})
        return _back(request, saved)
    is_fixed = contest is not None and contest.state != Contest.State.DRAFT
    context = {"form": form, "contest": contest, "is_fixed": is_fixed}
    status = 422 if form.is_bound else 200
    return show(request, "dashboard/contests/edit.html", context, nav="contests", status=status)


def _save(request: DeskRequest, form: ContestForm, contest: Contest | None) -> Contest | None:
    told = form.told()
    if contest is not None and contest.state != Contest.State.DRAFT:
        told = {name: told[name] for name in flow.WORDS}
    try:
        return flow.save(
            request.program, contest, public_id=form.cleaned_data["once"], by=request.staff,
            now=timezone.now(), **told,
        )  # fmt: skip
    except ContestRefused as refusal:
        form.refuse(refusal.facts["problems"])
    except Refusal as refusal:
        form.add_error(None, str(refusal))
    return None


def _row(it: Contest, now: datetime) -> dict[str, Any]:
    return {
        "contest": it,
        "badge": contest_words.stage_badge(it, now),
        "measure": it.get_measure_display(),
        "window": (contest_words.moment(it, it.starts_at), contest_words.moment(it, it.ends_at)),
        "freezes": contest_words.moment(it, it.freezes_at),
        "clock": contest_words.zone_name(it.time_zone),
    }


def _pictures(it: Contest) -> list[dict[str, Any]]:
    """By language of the program, whether there is a picture for its readers."""
    there = set(it.pictures.values_list("language", flat=True))
    return [
        {"language": language, "name": LANGUAGE_NAMES.get(language, language),
         "is_there": language in there}
        for language in it.program.languages
    ]  # fmt: skip


def _contest(request: DeskRequest, public_id: str) -> Contest:
    found = request.program.contests.select_related("wallet__program", "program")
    return get_object_or_404(found, public_id=public_id)


def _back(request: DeskRequest, contest: Contest) -> HttpResponse:
    return redirect("dashboard:contest", slug=request.program.slug, public_id=contest.public_id)
