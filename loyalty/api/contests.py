"""Contests: what is promised to those who are first, who leads, and what members send in."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.contests.models import Contest, ContestEntry, Standing
from loyalty import contest_words
from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.fields import Id, Instant, Names, Text, WholeParameter
from loyalty.api.pages import MOST, USUAL, Query
from loyalty.flows import contest_entries
from members import finding

LAST_PLACE = 10**9


class ContestPrizesSerializer(Answer):
    first = serializers.IntegerField(help_text=gettext_lazy("The first of these places."))
    last = serializers.IntegerField(help_text=gettext_lazy("The last of them."))
    gives = serializers.ListField(
        child=serializers.CharField(), help_text=gettext_lazy("What each of these places wins.")
    )


class ContestSerializer(Answer):
    id = serializers.CharField(source="public_id")
    name = Names()
    about = Names(help_text=gettext_lazy("As members read it."))
    stage = serializers.CharField(
        help_text=gettext_lazy("`scheduled`, `open`, `counting`, `frozen` or `done`.")
    )
    measure = serializers.ChoiceField(choices=Contest.Measure.choices)
    time_zone = serializers.CharField()
    starts_at = Instant()
    ends_at = Instant(help_text=gettext_lazy("The first moment at which it is over."))
    buys_from = Instant(allow_null=True, help_text=gettext_lazy("When friends must buy."))
    buys_until = Instant(allow_null=True)
    freezes_at = Instant(help_text=gettext_lazy("Until then refunds and reviews move the board."))
    how = serializers.ListField(
        child=serializers.CharField(),
        help_text=gettext_lazy("How to take part and what counts, in the reader's language."),
    )
    prizes = ContestPrizesSerializer(many=True)
    commitment = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("SHA-256 of the seed of a draw, told before it.")
    )
    seed = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("The seed itself, once the board is frozen.")
    )
    board_hash = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("SHA-256 of the published rows, once frozen.")
    )


class ContestsSerializer(Answer):
    items = ContestSerializer(many=True)


class ContestPlaceSerializer(Answer):
    place = serializers.IntegerField()
    member = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("null: they were forgotten.")
    )
    code = serializers.CharField(
        help_text=gettext_lazy("What stands for them in the published rows.")
    )
    score = serializers.IntegerField(
        help_text=gettext_lazy(
            "Friends, minor units, points, visits, votes, hundredths of a mark, or a ticket."
        )
    )
    reached_at = Instant()


class ContestBoardSerializer(Answer):
    counted_at = Instant(allow_null=True)
    is_final = serializers.BooleanField()
    items = ContestPlaceSerializer(many=True)
    next = serializers.IntegerField(
        allow_null=True, help_text=gettext_lazy("“after” of the next page; null on the last.")
    )


class BoardQuery(Query):
    limit = WholeParameter(
        min_value=1, max_value=MOST, default=USUAL, help_text=gettext_lazy("How many to show.")
    )
    after = WholeParameter(
        min_value=0, max_value=LAST_PLACE, default=0, help_text=gettext_lazy("Places behind this.")
    )


class NewContestEntrySerializer(Body):
    example = {"member": "bcdfghjkmnpqrstv", "link": "https://example.org/my-cup"}

    member = Id()
    link = Text(max_length=contest_entries.LONGEST_LINK)
    words = Text(max_length=contest_entries.LONGEST_WORDS, default="", allow_blank=True)


class ContestEntrySerializer(Answer):
    id = serializers.CharField(source="public_id")
    number = serializers.IntegerField(help_text=gettext_lazy("Its ticket, in a draw."))
    state = serializers.ChoiceField(choices=ContestEntry.State.choices)
    link = serializers.CharField()
    words = serializers.CharField()
    votes = serializers.IntegerField()
    entered_at = Instant()


class Contests(Door):
    scopes = {"GET": "program:read"}

    @extend_schema(responses=ContestsSerializer)
    def get(self, request: Request) -> Response:
        """List the contests that are promised, also those that are over, the newest first."""
        found = self.program.contests.promised()
        newest = found.select_related("wallet__program", "program")[:MOST]
        return self.answer(ContestsSerializer, {"items": [_facts(it, self.now) for it in newest]})


class OneContest(Door):
    scopes = {"GET": "program:read"}

    @extend_schema(responses=ContestSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Read a contest: what counts, until when, what is won, and its hash once it is frozen."""
        return self.answer(ContestSerializer, _facts(_contest(self, id), self.now))


class ContestBoard(Door):
    scopes = {"GET": "members:read"}

    @extend_schema(parameters=[BoardQuery], responses=ContestBoardSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Read the board, a page at a time, with the members who stand on it."""
        contest, asked = _contest(self, id), self.asked(BoardQuery)
        limit, after = asked["limit"], asked["after"]
        rows = contest.standings.filter(place__gt=after).order_by("place")
        found = list(rows.select_related("account__member")[: limit + 1])
        shown = found[:limit]
        return self.answer(ContestBoardSerializer, {
            "counted_at": contest.counted_at,
            "is_final": contest.is_final,
            "items": [_place(it) for it in shown],
            "next": shown[-1].place if len(found) > limit else None,
        })  # fmt: skip


class ContestEntries(Door):
    scopes = {"POST": "members:write"}

    @extend_schema(request=NewContestEntrySerializer, responses={201: ContestEntrySerializer})
    def post(self, request: Request, id: str) -> Response:
        """Send a link in for a member. Staff let it in before it stands on the page.

        Send an Idempotency-Key, and a retry is not refused as a second entry.
        """
        contest, told = _contest(self, id), self.told(NewContestEntrySerializer)
        members = self.program.members.select_related("program", "merged_into")
        found = members.filter(public_id=told["member"]).first()
        if found is None:
            raise finding.unknown_member()
        entry = contest_entries.enter(
            contest, found.survivor, now=self.now, link=told["link"], words=told["words"]
        )
        return self.answer(ContestEntrySerializer, entry, status=201)


def _contest(door: Door, public_id: str) -> Contest:
    found = door.program.contests.promised().select_related("wallet__program", "program")
    contest: Contest = get_object_or_404(found, public_id=public_id)
    return contest


def _facts(it: Contest, now: Any) -> dict[str, Any]:
    same = (
        "public_id", "name", "about", "measure", "time_zone", "starts_at", "ends_at", "buys_from",
        "buys_until", "freezes_at",
    )  # fmt: skip
    rows = contest_words.prize_rows(it)
    return {name: getattr(it, name) for name in same} | {
        "stage": it.stage(now),
        "how": contest_words.how(it),
        "prizes": [{"first": row.first, "last": row.last, "gives": row.gives} for row in rows],
        "commitment": it.commitment or None,
        "seed": it.seed if it.is_final and it.seed else None,
        "board_hash": it.board_hash or None,
    }


def _place(it: Standing) -> dict[str, Any]:
    member = finding.behind(it.account)
    return {
        "place": it.place, "member": member.public_id if member else None, "code": it.code,
        "score": it.score, "reached_at": it.reached_at,
    }  # fmt: skip
