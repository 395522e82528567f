"""Adjustments: points given or taken by hand, with a reason that the member reads."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.bodies import Body
from loyalty.api.door import Door
from loyalty.api.entries import EarnedSerializer, earned_facts
from loyalty.api.fields import Id, Text, Whole
from loyalty.api.members import member_named
from loyalty.api.wallets import wallet_named
from loyalty.flows import adjust


class NewAdjustmentSerializer(Body):
    example = {
        "member": "bcdfghjkmnpqrstv",
        "wallet": "points",
        "points": 50,
        "reason": "Sorry for the wait.",
    }

    member = Id()
    wallet = Id(help_text=_("Its code."))
    points = Whole(min_value=-(10**9), max_value=10**9, help_text=_("Negative: taken."))
    reason = Text(max_length=300)


class Adjustments(Door):
    scopes = {"POST": "points:write"}
    needs_key = ("POST",)

    @extend_schema(request=NewAdjustmentSerializer, responses={201: EarnedSerializer})
    def post(self, request: Request) -> Response:
        """Give points to a member, or take them.

        A key may move so many points a month as the program's settings say.
        """
        told = self.told(NewAdjustmentSerializer)
        entry = adjust.adjust(
            member_named(self.program, told["member"]),
            wallet_named(self.program, told["wallet"]),
            told["points"],
            reason=told["reason"],
            key=f"api:{self.idempotency_key}",
            now=self.now,
            by=self.key,
        )
        (shown,) = earned_facts([entry], self.program, explain=True)
        return self.answer(EarnedSerializer, shown, status=201)
