"""Replays: what a campaign would have given on past purchases."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import Campaign
from campaigns.replays.models import Replay
from loyalty.api import problems
from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.fields import Amount, Day, Instant, Whole
from loyalty.flows import replays
from loyalty.insights.replay.telling import notes_of
from loyalty.merchants.models import Program
from members.models import Member


class NewReplaySerializer(Body):
    example = {"first_day": "2026-05-01", "last_day": "2026-05-31"}

    first_day = Day(help_text=_("By the program's own calendar."))
    last_day = Day()
    spent_percent = Whole(
        required=False,
        max_value=100,
        help_text=_("How much of it will be spent; without it, as in the last 12 months."),
    )


class _Points(Answer):
    purchases = serializers.IntegerField(source="sales")
    winning = serializers.IntegerField(help_text=_("Purchases that got something."))
    points = serializers.IntegerField(
        source="added", help_text=_("What it would have added, less what refunds took back.")
    )
    by_itself = serializers.IntegerField(
        source="itself", help_text=_("Of that by itself; the rest is of others that multiply it.")
    )
    taken_back = serializers.IntegerField(source="back")
    paid = serializers.IntegerField(help_text=_("In fact, for the same purchases."))
    presents = serializers.IntegerField(
        default=0,
        help_text=_("Rewards or badges that it would have given, less those taken back."),
    )


class ReplayDaySerializer(_Points):
    day = serializers.DateField()


class ReplayTierSerializer(_Points):
    rank = serializers.IntegerField(help_text=_("The tier of that time."))
    members_gaining = serializers.IntegerField(source="gaining")


class WinnerSerializer(Answer):
    member = serializers.CharField(allow_null=True, help_text=_("Null: forgotten since."))
    purchases = serializers.IntegerField(source="sales")
    spend = Amount(source="spend_minor")
    points = serializers.IntegerField(source="added")
    paid = serializers.IntegerField()
    presents = serializers.IntegerField(default=0)


class ReplayResultSerializer(_Points):
    members = serializers.IntegerField()
    members_gaining = serializers.IntegerField(source="gaining")
    cost = Amount(source="cost_minor", allow_null=True)
    liability = Amount(source="liability_minor", allow_null=True)
    budget_spent_on = serializers.DateField(allow_null=True)
    days = ReplayDaySerializer(many=True)
    tiers = ReplayTierSerializer(many=True)
    winners = WinnerSerializer(many=True)
    notes = serializers.ListField(
        child=serializers.CharField(), help_text=_("What to know before one believes it.")
    )


class ReplaySerializer(Answer):
    id = serializers.CharField(source="public_id")
    campaign = serializers.CharField(source="campaign.public_id")
    state = serializers.ChoiceField(choices=Replay.State.choices)
    first_day = serializers.DateField(source="since")
    last_day = serializers.DateField()
    done = serializers.IntegerField(help_text=_("Purchases judged so far …"))
    total = serializers.IntegerField(help_text=_("… of so many."))
    asked_at = Instant()
    result = ReplayResultSerializer(allow_null=True)


class ReplaysSerializer(Answer):
    items = ReplaySerializer(many=True)


class Replays(Door):
    scopes = {"GET": "program:read", "POST": "campaigns:try"}

    @extend_schema(responses=ReplaysSerializer)
    def get(self, request: Request, id: str) -> Response:
        """List what a campaign was tried on, the newest first."""
        found = _campaign(self.program, id).replays.select_related("campaign")
        return self.answer(ReplaysSerializer, {"items": [_facts(it) for it in found]})

    @extend_schema(request=NewReplaySerializer, responses={201: ReplaySerializer})
    def post(self, request: Request, id: str) -> Response:
        """Try a campaign on past purchases. It is worked out apart; ask for it again to read it.

        Nobody is given anything by it.
        """
        told = self.told(NewReplaySerializer)
        percent = told.get("spent_percent")
        made = replays.ask(
            _campaign(self.program, id), since=told["first_day"],
            until=told["last_day"] + timedelta(1), by=self.key, now=self.now,
            spent_basis_points=None if percent is None else percent * 100,
        )  # fmt: skip
        return self.answer(ReplaySerializer, _facts(made), status=201)


class OneReplay(Door):
    scopes = {"GET": "program:read"}

    @extend_schema(responses=ReplaySerializer)
    def get(self, request: Request, id: str, replay: str) -> Response:
        """Read how far it is, and what it came to."""
        found = _campaign(self.program, id).replays.filter(public_id=replay)
        it = found.select_related("campaign").first()
        if it is None:
            raise problems.not_found()
        return self.answer(ReplaySerializer, _facts(it))


def _campaign(program: Program, public_id: str) -> Campaign:
    found: Campaign | None = program.campaigns.filter(public_id=public_id).first()
    if found is None:
        raise problems.not_found()
    return found


def _facts(it: Replay) -> dict[str, Any]:
    same = ("public_id", "campaign", "state", "since", "done", "total", "asked_at")
    return {name: getattr(it, name) for name in same} | {
        "last_day": it.until - timedelta(1), "result": _result(it),
    }  # fmt: skip


def _result(it: Replay) -> dict[str, Any] | None:
    if it.result is None:
        return None
    accounts = [winner["account"] for winner in it.result["winners"]]
    members = Member.objects.filter(account__in=accounts).values_list("account_id", "public_id")
    known = dict(members)
    winners = [winner | {"member": known.get(winner["account"])} for winner in it.result["winners"]]
    return it.result | it.result["whole"] | {"winners": winners, "notes": list(notes_of(it))}
