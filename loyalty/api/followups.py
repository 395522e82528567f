"""Follow-up offers: what so many of one thing bring."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.followups.models import FollowUp
from campaigns.followups.reading import followup_sentence
from loyalty.api.bodies import Answer
from loyalty.api.door import Door
from loyalty.api.fields import Instant, Names


class FollowUpSerializer(Answer):
    id = serializers.CharField(source="public_id")
    name = Names()
    about = Names(help_text=_("As members read it."))
    sentence = serializers.CharField(help_text=_("What it gives, in the reader's language."))
    of = serializers.ChoiceField(choices=FollowUp.Of.choices)
    codes = serializers.ListField(
        child=serializers.CharField(), help_text=_("Your own; none: each one, for itself.")
    )
    every = serializers.IntegerField()
    count = serializers.ChoiceField(choices=FollowUp.Count.choices)
    on = serializers.ChoiceField(choices=FollowUp.On.choices)
    reward = serializers.CharField()
    starts_at = Instant()
    ends_at = Instant(allow_null=True, help_text=_("The first moment at which it is over."))
    is_live = serializers.BooleanField()


class FollowUpsSerializer(Answer):
    items = FollowUpSerializer(many=True)


class FollowUps(Door):
    scopes = {"GET": "program:read"}

    @extend_schema(responses=FollowUpsSerializer)
    def get(self, request: Request) -> Response:
        """List the follow-up offers that are live, and those that will be."""
        over = Q(ends_at=None) | Q(ends_at__gt=self.now)
        found = self.program.followups.open().filter(over).select_related("reward")
        items = [self._facts(it) for it in found.order_by("starts_at", "pk")]
        return self.answer(FollowUpsSerializer, {"items": items})

    def _facts(self, it: FollowUp) -> dict[str, Any]:
        same = ("public_id", "name", "about", "of", "codes", "every", "count", "on", "starts_at",
                "ends_at")  # fmt: skip
        return {name: getattr(it, name) for name in same} | {
            "sentence": followup_sentence(it), "reward": it.reward.public_id,
            "is_live": it.starts_at <= self.now,
        }  # fmt: skip
