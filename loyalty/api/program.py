"""The program that a key belongs to."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.bodies import Answer
from loyalty.api.door import Door
from loyalty.api.fields import Amount, Names
from loyalty.api.members import TierSerializer
from loyalty.api.wallets import WalletSerializer
from loyalty.merchants.models import Program


class LocationSerializer(Answer):
    code = serializers.CharField()
    name = Names()


class PaySerializer(Answer):
    points = serializers.IntegerField()
    amount = Amount()


class ProgramSerializer(Answer):
    id = serializers.CharField(source="public_id")
    slug = serializers.CharField()
    name = Names()
    currency = serializers.CharField(help_text="ISO 4217.")
    time_zone = serializers.CharField(help_text=_("Its days begin and end here."))
    languages = serializers.ListField(child=serializers.CharField())
    version = serializers.IntegerField(help_text=_("Grows with each change of settings or rules."))
    points_pay = PaySerializer(
        allow_null=True, help_text=_("So many points pay so much; null: they do not pay.")
    )
    wallets = WalletSerializer(many=True)
    tiers = TierSerializer(many=True)
    locations = LocationSerializer(many=True)


class OneProgram(Door):
    scopes = {"GET": "program:read"}

    @extend_schema(responses=ProgramSerializer)
    def get(self, request: Request) -> Response:
        """Read the program of the key."""
        return self.answer(ProgramSerializer, _facts(self.program))


def _facts(program: Program) -> dict[str, object]:
    pays = {"points": program.pay_points, "amount": program.pay_minor}
    names = ("public_id", "slug", "name", "currency", "time_zone", "languages", "version")
    return {name: getattr(program, name) for name in names} | {
        "points_pay": pays if program.pay_points else None,
        "wallets": program.wallets.all(),
        "tiers": program.tiers.filter(archived_at=None),
        "locations": program.merchant.locations.order_by("code"),
    }
