"""Surveys: what is asked, answers told by an app of the merchant's own, and what came of them."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.questions import Question
from campaigns.surveys.models import Survey
from campaigns.surveys.scores import Score, score_of
from loyalty.api import problems
from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.fields import Id, Names, Strict, fail
from loyalty.api.members import member_named
from loyalty.flows import answering
from loyalty.insights import surveys as insight
from loyalty.merchants.models import Program

MOST_ANSWERS = 40


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": True,
        "example": {"score": 9, "why": "Good coffee"},
        "description": "By the key of the question: a number for scales and choices (the first "
        "choice is 1), a list of numbers for several choices, else a text.",
    }
)
class AnswersField(Strict):
    """Answers by question. What each may be, the questions say."""

    def read(self, data: Any) -> dict[str, Any]:
        if type(data) is not dict:
            fail("not_a_list")
        if len(data) > MOST_ANSWERS:
            fail("too_many")
        return data


class QuestionSerializer(Answer):
    key = serializers.CharField()
    kind = serializers.CharField(help_text=_("nps, csat, ces, scale, choice, choices, text, …"))
    asked = serializers.CharField(help_text=_("In the reader's language."))
    options = serializers.ListField(child=serializers.CharField())
    required = serializers.BooleanField()


class SurveySerializer(Answer):
    id = serializers.CharField(source="public_id")
    name = Names()
    state = serializers.ChoiceField(choices=Survey.State.choices)
    asks = serializers.ChoiceField(choices=Survey.Asks.choices)
    questions = QuestionSerializer(many=True)


class SurveysSerializer(Answer):
    items = SurveySerializer(many=True)


class NewAnswerSerializer(Body):
    example = {"member": "bcdfghjkmnpqrstv", "answers": {"score": 9, "why": "Good coffee"}}

    member = Id()
    answers = AnswersField()


class AnsweredSerializer(Answer):
    is_first = serializers.BooleanField(help_text=_("Only a first answer earns."))
    score = serializers.IntegerField(allow_null=True)
    earned = serializers.ListField(child=serializers.CharField())


class ScoreSerializer(Answer):
    value = serializers.CharField(help_text=_("With one decimal: NPS from -100.0 to 100.0."))
    low = serializers.CharField(help_text=_("Where the 95 % interval begins."))
    high = serializers.CharField(help_text=_("Where it ends."))
    answers = serializers.IntegerField()


class TierScoreSerializer(Answer):
    tier = serializers.IntegerField(help_text=_("Its rank."))
    score = ScoreSerializer()


class ResultsSerializer(Answer):
    asked = serializers.IntegerField()
    answered = serializers.IntegerField()
    question = serializers.CharField(allow_null=True, help_text=_("The key of what is scored."))
    formula = serializers.CharField(help_text=_("How the score is worked out."))
    score = ScoreSerializer(allow_null=True)
    answers = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("How many gave each figure.")
    )
    tiers = TierScoreSerializer(many=True)


class Surveys(Door):
    scopes = {"GET": "surveys:read"}

    @extend_schema(responses=SurveysSerializer)
    def get(self, request: Request) -> Response:
        """List the surveys that are not archived, the newest first."""
        items = [_facts(it) for it in self.program.surveys.kept()]
        return self.answer(SurveysSerializer, {"items": items})


class Results(Door):
    scopes = {"GET": "surveys:read"}

    @extend_schema(responses=ResultsSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Read what came of a survey: its score with a 95 % interval, whole and by tier."""
        survey = survey_named(self.program, id)
        askings = survey.askings.all()
        answered = askings.answered()
        counts, main = insight.counts_of(answered), survey.main
        by_tier = insight.counts_by_tier(answered)
        shown = {
            "asked": askings.count(),
            "answered": answered.count(),
            "question": main.key if main else None,
            "formula": insight.formula(main.kind) if main else "",
            "score": _score(main, counts),
            "answers": {str(step): number for step, number in sorted(counts.items())},
            "tiers": [
                {"tier": rank, "score": _score(main, by_tier[rank])} for rank in sorted(by_tier)
            ],
        }
        return self.answer(ResultsSerializer, shown)


class Answers(Door):
    scopes = {"POST": "surveys:write"}

    @extend_schema(
        request=NewAnswerSerializer,
        responses={200: AnsweredSerializer, 201: AnsweredSerializer},
    )
    def post(self, request: Request, id: str) -> Response:
        """Answer a survey for a member, as your own app asked it.

        The first answer earns; another one replaces it and earns nothing.
        """
        told = self.told(NewAnswerSerializer)
        survey = survey_named(self.program, id)
        member = member_named(self.program, told["member"])
        done = answering.answer(member, survey, told["answers"], now=self.now)
        shown = {"is_first": done.is_first, "score": done.asking.score, "earned": done.earned}
        return self.answer(AnsweredSerializer, shown, status=201 if done.is_first else 200)


def survey_named(program: Program, public_id: str) -> Survey:
    found = program.surveys.kept().filter(public_id=public_id).first()
    if found is None:
        raise problems.not_found("survey")
    return found


def question_facts(it: Question) -> dict[str, Any]:
    return {
        "key": it.key, "kind": it.kind, "asked": it.asked(), "required": it.required,
        "options": [str(option) for option in it.options],
    }  # fmt: skip


def _facts(it: Survey) -> dict[str, Any]:
    same = ("public_id", "name", "state", "asks")
    return {name: getattr(it, name) for name in same} | {
        "questions": [question_facts(one) for one in it.asked]
    }


def _score(main: Question | None, counts: Mapping[int, int]) -> dict[str, Any] | None:
    score: Score | None = score_of(main.kind, counts) if main else None
    if score is None:
        return None
    told = {name: _decimal(getattr(score, name)) for name in ("value", "low", "high")}
    return told | {"answers": score.number}


def _decimal(value: float) -> str:
    return str(Decimal(value).quantize(Decimal("0.1")))
