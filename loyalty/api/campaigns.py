"""Campaigns: what the program promises for a time."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.campaign_forms import campaign_sentence
from campaigns.models import Campaign
from loyalty.api.bodies import Answer
from loyalty.api.door import Door
from loyalty.api.fields import Instant, Names


class CampaignSerializer(Answer):
    id = serializers.CharField(source="public_id")
    name = Names()
    about = Names(help_text=_("As members read it."))
    sentence = serializers.CharField(help_text=_("What it gives, in the reader's language."))
    wallet = serializers.CharField(source="wallet.code")
    starts_at = Instant()
    ends_at = Instant(help_text=_("The first moment at which it is over."))
    is_live = serializers.BooleanField()


class CampaignsSerializer(Answer):
    items = CampaignSerializer(many=True)


class Campaigns(Door):
    scopes = {"GET": "program:read"}

    @extend_schema(responses=CampaignsSerializer)
    def get(self, request: Request) -> Response:
        """List the campaigns that are live, and those that will be."""
        found = self.program.campaigns.promised().filter(ends_at__gt=self.now)
        tiers = {tier.rank: tier.name for tier in self.program.tiers.all()}
        items = [
            _facts(it, is_live=it.starts_at <= self.now, sentence=campaign_sentence(
                it, self.program, tiers=tiers
            ))
            for it in found.select_related("wallet").order_by("starts_at", "pk")
        ]  # fmt: skip
        return self.answer(CampaignsSerializer, {"items": items})


def _facts(it: Campaign, *, is_live: bool, sentence: str) -> dict[str, Any]:
    same = ("public_id", "name", "about", "wallet", "starts_at", "ends_at")
    return {name: getattr(it, name) for name in same} | {
        "is_live": is_live, "sentence": sentence,
    }  # fmt: skip
