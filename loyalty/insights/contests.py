"""A contest's board as it is read: the first places, where somebody stands, and who is beside them.

Two statements by one index, however many take part. Names are read now, never kept: who is
forgotten or takes their yes back is gone from the board with the next look at it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Q

from campaigns.contests.masking import HIDDEN, masked
from campaigns.contests.models import Contest, ContestEntry, ShownName, Standing, Vote
from members.models import Member

TOP = 10
ENTRY = ("number", "words", "link", "state", "reason", "entered_at", "decided_at")
BESIDE = 2  # Neighbours shown above and below.


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One line of a board, as some reader may see it."""

    place: int
    name: str
    code: str
    score: int
    reached_at: datetime
    is_own: bool
    is_tied: bool  # As much as somebody beside them: the moment decided.


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    top: Sequence[Place]
    around: Sequence[Place]  # Own place and its neighbours, where it is not among the first.
    own: Place | None
    players: int


def board_of(
    contest: Contest, *, own: Member | None = None, top: int = TOP, sees_names: bool = False
) -> Board:
    """The first places, and somebody's own with its neighbours. Staff see all names."""
    standings = Standing.objects.filter(contest=contest)
    mine = standings.filter(account=own.account_id).first() if own else None
    wanted = Q(place__lte=top + 1)
    if mine:
        wanted |= Q(place__gte=mine.place - BESIDE - 1, place__lte=mine.place + BESIDE + 1)
    rows = list(standings.filter(wanted).order_by("place"))
    names = _names(contest, rows, sees_names=sees_names)
    tied = _tied(rows)
    places = [
        Place(
            place=it.place, name=names.get(it.account_id, HIDDEN), code=it.code, score=it.score,
            reached_at=it.reached_at, is_own=it.account_id == (own.account_id if own else None),
            is_tied=it.place in tied,
        )
        for it in rows
    ]  # fmt: skip
    last = standings.aggregate(last=Max("place", default=0))["last"]
    return Board(
        top=[it for it in places if it.place <= top],
        around=[
            it for it in places
            if mine and it.place > top and abs(it.place - mine.place) <= BESIDE
        ],
        own=next((it for it in places if it.is_own), None),
        players=last,
    )  # fmt: skip


def _tied(rows: Sequence[Standing]) -> set[int]:
    """Places with as much as the one before or behind."""
    found: set[int] = set()
    for before, after in zip(rows, rows[1:], strict=False):
        if before.score == after.score and after.place == before.place + 1:
            found |= {before.place, after.place}
    return found


def _names(contest: Contest, rows: Sequence[Standing], *, sees_names: bool) -> dict[int, str]:
    """What stands for each account: the name with a yes, else its first letter."""
    people = Member.objects.filter(account__in={it.account_id for it in rows})
    shown = set(
        ShownName.objects.filter(contest=contest, member__in=people).values_list(
            "member", flat=True
        )
    )
    return {
        it.account_id: (it.name or str(it) if sees_names else it.name)
        if (sees_names or it.pk in shown) and (it.name or sees_names)
        else masked(it.name)
        for it in people
    }


def entry_counts(contest: Contest) -> dict[str, int]:
    """How many entries there are in each state."""
    rows = contest.entries.order_by().values_list("state").annotate(Count("pk"))
    return dict.fromkeys(ContestEntry.State.values, 0) | dict(rows)


def own(member: Member) -> list[dict[str, Any]]:
    """What a member did in contests, and where they stand: theirs to take along."""
    account = member.account_id
    places = {it.contest_id: it for it in Standing.objects.filter(account=account)}
    votes = {it.contest_id: it for it in Vote.objects.filter(account=account)}
    shown = {it.contest_id: it for it in ShownName.objects.filter(member=member)}
    entries: dict[int, list[ContestEntry]] = {}
    for it in ContestEntry.objects.filter(account=account).order_by("pk"):
        entries.setdefault(it.contest_id, []).append(it)
    known = places.keys() | votes.keys() | shown.keys() | entries.keys()
    return [
        {
            "contest": contest.public_id,
            "name": dict(contest.name),
            "place": _fields(places.get(contest.pk), ("place", "score", "reached_at", "code")),
            "entries": [_fields(it, ENTRY) for it in entries.get(contest.pk, [])],
            "voted_at": votes[contest.pk].cast_at if contest.pk in votes else None,
            "name_shown_since": shown[contest.pk].since if contest.pk in shown else None,
        }
        for contest in Contest.objects.filter(pk__in=known).order_by("pk")
    ]


def _fields(row: Any, names: Sequence[str]) -> dict[str, Any] | None:
    return {name: getattr(row, name) for name in names} if row else None
