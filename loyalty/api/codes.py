"""Codes on products, told for a member by the merchant's own app or till."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api import whose
from loyalty.api.bodies import Answer
from loyalty.api.door import Door
from loyalty.api.fields import Names, Text
from loyalty.api.members import member_named
from loyalty.api.vouchers import LIMIT
from loyalty.api.whose import WhoseSerializer
from loyalty.flows import codes


class CollectSerializer(WhoseSerializer):
    example = {"code": "7KQM-3XHP-VR2T", "member": "bcdfghjkmnpqrstv"}

    code = Text(
        max_length=codes.LONGEST_CODE,
        help_text=_("As it was typed, or the link that a camera read."),
    )


class PaidSerializer(Answer):
    wallet = serializers.CharField()
    points = serializers.IntegerField()


class CollectedSerializer(Answer):
    status = serializers.ChoiceField(
        choices=["collected", "repeated"], help_text=_("repeated: they had it before.")
    )
    member = serializers.CharField()
    batch = serializers.CharField()
    name = Names()
    points = PaidSerializer(many=True)
    redemption = serializers.CharField(
        allow_null=True, help_text=_("The prize's, where it is one.")
    )


class Codes(Door):
    scopes = {"POST": "activities:write"}
    own_limit = LIMIT

    @extend_schema(
        request=CollectSerializer, responses={200: CollectedSerializer, 201: CollectedSerializer}
    )
    def post(self, request: Request) -> Response:
        """Give a member what a code on a product gives.

        A code gives once: to a member where it is shared, to the first who tells it where it is
        not. `why` in the facts of `code_refused` says what is wrong with it: show members only
        that it cannot be used.
        """
        told = self.told(CollectSerializer)
        [telling] = whose.find_all([whose.telling(told, self.program)], self.program)
        whose.must_be_somebody(telling)
        assert telling.found
        member = member_named(self.program, telling.found.public_id)
        collected = codes.collect(member, told["code"], now=self.now, how="api")
        wallets = dict(self.program.wallets.values_list("pk", "code"))
        batch = collected.use.batch
        return self.answer(
            CollectedSerializer,
            {
                "status": "collected" if collected.is_new else "repeated",
                "member": member.public_id,
                "batch": batch.public_id,
                "name": batch.name,
                "points": [
                    {"wallet": wallets[pk], "points": points}
                    for pk, points in collected.points.items()
                ],
                "redemption": collected.prize.public_id if collected.prize else None,
            },
            status=201 if collected.is_new else 200,
        )
