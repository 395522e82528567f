"""Lift: what a campaign changed, beside members who were held out at random."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api import problems
from loyalty.api.bodies import Answer
from loyalty.api.door import Door
from loyalty.api.fields import Instant
from loyalty.insights.lift.telling import Told, measured, shared_of, told_of


class GroupSerializer(Answer):
    members = serializers.IntegerField()
    mean = serializers.FloatField(help_text=_("A member; money in minor units."))


class LiftFigureSerializer(Answer):
    name = serializers.ChoiceField(choices=["spend", "purchases", "margin"])
    treated = GroupSerializer()
    held_out = GroupSerializer()
    difference = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text=_("Of the 95% interval."))
    high = serializers.FloatField(allow_null=True)
    is_distinct = serializers.BooleanField(help_text=_("Whether zero lies outside of it."))
    sentence = serializers.CharField()


class LiftSerializer(Answer):
    campaign = serializers.CharField()
    held_out_percent = serializers.IntegerField()
    since = Instant(allow_null=True)
    until = Instant(allow_null=True)
    figures = LiftFigureSerializer(many=True, help_text=_("Empty before it begins."))
    notes = serializers.ListField(
        child=serializers.CharField(), help_text=_("Other campaigns on the same purchases.")
    )


class Lifts(Door):
    scopes = {"GET": "program:read"}

    @extend_schema(responses=LiftSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Compare members who could have a campaign with those held out of it."""
        found = self.program.campaigns.select_related("wallet__program", "program")
        campaign = found.filter(public_id=id).first()
        if campaign is None:
            raise problems.not_found()
        lift = measured(campaign, now=self.now)
        told = told_of(lift, self.program.currency) if lift else ()
        shown = {
            "campaign": campaign.public_id,
            "held_out_percent": campaign.held_out_percent,
            "since": lift and lift.since,
            "until": lift and lift.until,
            "figures": [_facts(it) for it in told],
            "notes": [line for it in lift.shared for line in shared_of(it)] if lift else [],
        }
        return self.answer(LiftSerializer, shown)


def _facts(it: Told) -> dict[str, Any]:
    between = it.between
    return {
        "name": it.name, "treated": it.pair.treated, "held_out": it.pair.held_out,
        "difference": between and between.value, "low": between and between.low,
        "high": between and between.high, "is_distinct": it.is_distinct, "sentence": it.sentence,
    }  # fmt: skip
