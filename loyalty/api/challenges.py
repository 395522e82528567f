"""Challenges: what is open, and how far a member is."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.challenges.models import Challenge
from campaigns.challenges.reading import frame_sentence, step_sentences
from loyalty.api.bodies import Answer
from loyalty.api.door import Door
from loyalty.api.fields import Instant, Names
from loyalty.api.members import member_named
from loyalty.days import local_date
from loyalty.earning.terms import Terms
from loyalty.flows import prizes
from loyalty.insights.challenges import Standing, standings_of
from loyalty.merchants.models import Program


class ChallengeStepSerializer(Answer):
    sentence = serializers.CharField(help_text=_("What is to be done, in the reader's language."))
    trigger = serializers.CharField()
    times = serializers.IntegerField()


class ChallengeSerializer(Answer):
    id = serializers.CharField(source="public_id")
    name = Names()
    about = Names(help_text=_("As members read it."))
    kind = serializers.ChoiceField(choices=Challenge.Kind.choices)
    steps = ChallengeStepSerializer(many=True)
    terms = serializers.CharField(help_text=_("Within what time, how often, for how many."))
    prize = serializers.CharField(help_text=_("In the reader's language."))
    days = serializers.IntegerField(allow_null=True)
    weeks = serializers.IntegerField(allow_null=True)
    repeats = serializers.BooleanField()
    prizes_left = serializers.IntegerField(allow_null=True, help_text=_("null: no limit."))
    starts_at = Instant()
    ends_at = Instant(allow_null=True, help_text=_("The first moment at which it is over."))
    is_live = serializers.BooleanField()


class ChallengesSerializer(Answer):
    items = ChallengeSerializer(many=True)


class ChallengeProgressSerializer(Answer):
    challenge = serializers.CharField()
    done = serializers.ListField(
        child=serializers.IntegerField(),
        help_text=_("How often each step was done, in their order; of a streak, this week."),
    )
    weeks = serializers.IntegerField(help_text=_("Of a streak: weeks in a row so far."))
    percent = serializers.IntegerField()
    last_on = serializers.DateField(
        allow_null=True, help_text=_("The last day on which what is done still counts.")
    )
    completions = serializers.IntegerField(help_text=_("How often it was done to the end."))


class MemberChallengesSerializer(Answer):
    items = ChallengeProgressSerializer(many=True)


class Challenges(Door):
    scopes = {"GET": "program:read"}

    @extend_schema(responses=ChallengesSerializer)
    def get(self, request: Request) -> Response:
        """List the challenges that are live, and those that will be."""
        found = _open(self.program, self.now)
        told = prizes.told_all([it.prize for it in found])
        terms = _terms(self.program)
        items = [_facts(it, prize, terms, self.now) for it, prize in zip(found, told, strict=True)]
        return self.answer(ChallengesSerializer, {"items": items})


class MemberChallenges(Door):
    scopes = {"GET": "members:read"}

    @extend_schema(responses=MemberChallengesSerializer)
    def get(self, request: Request, id: str) -> Response:
        """List how far a member is with each challenge that is open."""
        member = member_named(self.program, id)
        today = local_date(self.now, self.program.time_zone)
        standings = standings_of(_open(self.program, self.now), member.account_id, today=today)
        return self.answer(
            MemberChallengesSerializer, {"items": [_progress(it) for it in standings]}
        )


def _open(program: Program, now: datetime) -> list[Challenge]:
    over = Q(ends_at=None) | Q(ends_at__gt=now)
    return list(program.challenges.open().filter(over).order_by("starts_at", "pk"))


def _facts(it: Challenge, prize: str, terms: Terms, now: datetime) -> dict[str, Any]:
    same = ("public_id", "name", "about", "kind", "days", "weeks", "repeats", "starts_at",
            "ends_at")  # fmt: skip
    sentences = step_sentences(it, terms)
    return {name: getattr(it, name) for name in same} | {
        "steps": [
            {"sentence": sentence, "trigger": step["trigger"], "times": step["times"]}
            for sentence, step in zip(sentences, it.steps, strict=False)
        ],
        "terms": frame_sentence(it),
        "prize": prize,
        "prizes_left": None if it.winners is None else it.winners - it.won,
        "is_live": it.starts_at <= now,
    }


def _progress(it: Standing) -> dict[str, Any]:
    return {
        "challenge": it.challenge.public_id, "done": list(it.progress.steps),
        "weeks": it.progress.weeks, "percent": it.percent, "last_on": it.progress.last_on,
        "completions": it.times,
    }  # fmt: skip


def _terms(program: Program) -> Terms:
    tiers = {tier.rank: tier.name for tier in program.tiers.all()}
    return Terms.of(program, program.wallets.order_by("pk")[0], tiers=tiers)
