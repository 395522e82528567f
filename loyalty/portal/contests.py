"""Contests as members and guests see them: what is won, who leads, what was sent in, the end."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST, require_safe

from campaigns.contests.models import Contest, ContestEntry
from loyalty import contest_pictures, contest_words, formats
from loyalty.flows import contest_boards
from loyalty.flows import contest_entries as flow
from loyalty.insights.contests import TOP, board_of
from loyalty.merchants.models import Program
from loyalty.pictures import taking
from loyalty.portal.doors import GuestRequest, MemberRequest, guests, members_only, show
from loyalty.portal.speaking import era
from loyalty.public_ids import ALPHABET, LENGTH, new_public_id
from loyalty.refusal import Refusal
from loyalty.toasts import say
from members.models import Member

PAGE = 24


class EntryForm(forms.Form):
    once = forms.RegexField(
        rf"^[{ALPHABET}]{{{LENGTH}}}\Z", widget=forms.HiddenInput, initial=new_public_id
    )
    link = forms.CharField(
        label=gettext_lazy("Link"),
        help_text=gettext_lazy("To your post, your video or your page."),
        max_length=flow.LONGEST_LINK,
        required=False,
        widget=forms.URLInput(attrs={"inputmode": "url", "placeholder": "https://"}),
    )
    picture = forms.FileField(
        label=gettext_lazy("Picture"),
        help_text=gettext_lazy("JPEG, PNG or WebP, up to 10 MB. Where it was taken is removed."),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    words = forms.CharField(
        label=gettext_lazy("A few words"),
        max_length=flow.LONGEST_WORDS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, contest: Contest, *args: Any) -> None:
        super().__init__(*args)
        if not contest.takes_links:
            del self.fields["link"]
        if not contest.takes_pictures:
            del self.fields["picture"]


@guests
@require_safe
def contests(request: GuestRequest) -> HttpResponse:
    """Those that run, and then those that were decided."""
    now = timezone.now()
    found = list(_seen(request.program).order_by("-starts_at", "-pk")[:50])
    running = [_told(it, now) for it in found if not it.is_final]
    past = [_told(it, now) for it in found if it.is_final]
    context = {"running": running, "past": past}
    return show(request, "portal/contests/list.html", context, nav="home")


@guests
@require_safe
def contest(request: GuestRequest, public_id: str) -> HttpResponse:
    return _page(request, _contest(request.program, public_id))


@members_only
@require_POST
def enter(request: MemberRequest, public_id: str) -> HttpResponse:
    contest = _contest(request.program, public_id)
    form = EntryForm(contest, request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, contest, form, status=422)
    told = form.cleaned_data
    try:
        file = told.get("picture")
        drawn = taking.draw(file).data if file else b""
        flow.enter(
            contest, request.member, now=timezone.now(), words=told["words"],
            link=told.get("link", ""), picture=drawn, public_id=told["once"],
        )  # fmt: skip
    except Refusal as refusal:
        field = refusal.facts.get("field")
        form.add_error(field if field in form.fields else None, str(refusal))
        return _page(request, contest, form, status=409)
    say(request, _("Your entry is in. It stands here as soon as somebody has looked at it."))
    return _back(request, contest)


@members_only
@require_POST
def withdraw(request: MemberRequest, public_id: str) -> HttpResponse:
    contest = _contest(request.program, public_id)
    entry = _own_entry(contest, request.member)
    if entry is None:
        raise Http404
    flow.withdraw(entry, now=timezone.now())
    say(request, _("Your entry is withdrawn, and what you sent is deleted."))
    return _back(request, contest)


@members_only
@require_POST
def vote(request: MemberRequest, public_id: str, entry: str) -> HttpResponse:
    """One vote a member. A vote for another entry moves it there."""
    contest = _contest(request.program, public_id)
    found = contest.entries.approved().select_related("contest__program")
    chosen = get_object_or_404(found, public_id=entry)
    try:
        flow.vote(chosen, request.member, now=timezone.now())
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
    else:
        say(request, _("Your vote counts for entry %(number)s.") % {"number": chosen.number})
    return _back(request, contest)


@members_only
@require_POST
def show_name(request: MemberRequest, public_id: str) -> HttpResponse:
    contest = _contest(request.program, public_id)
    is_shown = request.POST.get("shown") == "yes"
    flow.show_name(contest, request.member, is_shown=is_shown, now=timezone.now())
    say(request, _("Your name stands on the board.") if is_shown else _("Your name is masked."))
    return _back(request, contest)


@guests
@require_GET
def picture(request: GuestRequest, public_id: str) -> HttpResponse:
    """The contest's own, for the language that the page is read in, or whichever there is."""
    contest = _contest(request.program, public_id)
    found = {it.language: it for it in contest.pictures.all()}
    if not found:
        raise Http404
    shown = found.get(formats.language()) or next(iter(found.values()))
    return contest_pictures.answer(bytes(shown.body))


@guests
@require_GET
def entry_picture(request: GuestRequest, public_id: str, entry: str) -> HttpResponse:
    """Of an entry that was let in; its owner sees it before."""
    contest = _contest(request.program, public_id)
    found = contest.entries.filter(picture__isnull=False).select_related("picture")
    it = get_object_or_404(found, public_id=entry)
    own = request.member.account_id if request.member else None
    if it.state != ContestEntry.State.APPROVED and it.account_id != own:
        raise Http404
    return contest_pictures.answer(bytes(it.picture.body))


@guests
@require_GET
def rows(request: GuestRequest, public_id: str) -> HttpResponse:
    """The final rows, byte for byte as they were hashed."""
    contest = _contest(request.program, public_id)
    if not contest.is_final:
        raise Http404
    board = list(contest.standings.order_by("place"))
    response = HttpResponse(
        contest_boards.text_of(contest, board), content_type="text/plain; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="contest-{contest.public_id}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


# --- The page ------------------------------------------------------------------------------------


def _page(
    request: Any, contest: Contest, form: EntryForm | None = None, status: int = 200
) -> HttpResponse:
    now = timezone.now()
    member: Member | None = request.member
    is_in = member is not None and member.state != Member.State.LEFT
    board = board_of(contest, own=member if is_in else None)
    prizes = contest_words.prize_rows(contest)
    context = _told(contest, now) | {
        "how": contest_words.how(contest, era=era()),
        "prizes": prizes,
        "last_winner": max((row.last for row in prizes), default=0),
        "top": [(it, contest_words.score(contest, it.score)) for it in board.top],
        "around": [(it, contest_words.score(contest, it.score)) for it in board.around],
        "own": board.own,
        "own_score": contest_words.score(contest, board.own.score) if board.own else "",
        "players": board.players,
        "has_gap": bool(board.around) and board.around[0].place > TOP + 1,
        "counted": contest.counted_at,
        "now": now,
        "is_shown": is_in and contest.shown_names.filter(member=member).exists(),
        "has_picture": contest.pictures.exists(),
    }
    if contest.has_entries:
        context |= _entries(request, contest, member if is_in else None, now)
        if context["can_enter"]:
            context["form"] = form or EntryForm(contest)
    return show(request, "portal/contests/contest.html", context, nav="home", status=status)


def _entries(
    request: Any, contest: Contest, member: Member | None, now: datetime
) -> dict[str, Any]:
    """What was let in, a page at a time, and what is one's own."""
    after = request.GET.get("after", "")
    found = contest.entries.approved()
    if after.isdigit() and len(after) < 10:
        found = found.filter(number__gt=int(after))
    rows = list(
        found.select_related("picture").defer("picture__body").order_by("number")[: PAGE + 1]
    )
    own = _own_entry(contest, member) if member else None
    is_open = contest.stage(now) == "open"
    voted = contest.votes.filter(account=member.account_id).first() if member else None
    return {
        "entries": [(it, hasattr(it, "picture")) for it in rows[:PAGE]],
        "next": f"?after={rows[PAGE - 1].number}#entries" if len(rows) > PAGE else "",
        "own_entry": own,
        "last_refused": _refused(contest, member) if member and own is None else None,
        "can_enter": is_open and member is not None and own is None,
        "can_vote": is_open and member is not None and contest.measure == Contest.Measure.VOTES,
        "can_withdraw": own is not None and not contest.is_final,
        "voted": voted.entry_id if voted else None,
    }


def _told(contest: Contest, now: datetime) -> dict[str, Any]:
    found = contest_words.next_moment(contest, now)
    told: dict[str, Any] = {
        "contest": contest,
        "stage": contest.stage(now),
        "badge": contest_words.stage_badge(contest, now),
        "ends": contest_words.moment(contest, contest.ends_at, era=era()),
    }
    if found:
        words, until = found
        told |= {
            "until_words": words,
            "until": until,
            "until_told": contest_words.moment(contest, until, era=era()),
            "left": contest_words.left(until, now),
            "now": now,
        }
    return told


def running(program: Program, *, now: datetime) -> list[dict[str, Any]]:
    """For the first page: contests that are open, or about to be counted."""
    found = _seen(program).running().filter(starts_at__lte=now).order_by("ends_at", "pk")
    return [_told(it, now) for it in found[:3]]


def _seen(program: Program) -> Any:
    return program.contests.promised().select_related("wallet__program", "program")


def _contest(program: Program, public_id: str) -> Contest:
    found: Contest = get_object_or_404(_seen(program), public_id=public_id)
    return found


def _own(contest: Contest, member: Member) -> QuerySet[ContestEntry]:
    return contest.entries.filter(account=member.account_id)


def _own_entry(contest: Contest, member: Member) -> ContestEntry | None:
    return _own(contest, member).live().select_related("contest").first()  # type: ignore[attr-defined]


def _refused(contest: Contest, member: Member) -> ContestEntry | None:
    return _own(contest, member).filter(state=ContestEntry.State.REJECTED).order_by("-pk").first()


def _back(request: Any, contest: Contest) -> HttpResponse:
    return redirect("portal:contest", slug=request.program.slug, public_id=contest.public_id)
