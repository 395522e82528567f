"""Vouchers: checked, used once, or cancelled, by the code that a member shows.

The code is in the body, never in the address: addresses end up in logs.
"""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.followups.models import FollowUp
from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.fields import Amount, Id, Instant, Text
from loyalty.api.locations import location_named
from loyalty.api.rewards import RewardSerializer
from loyalty.flows import redeem, vouchers
from loyalty.merchants.models import Program
from loyalty.rewards.models import Voucher


class CodeSerializer(Body):
    example = {"code": "7KQM-3XHP-VR2T"}

    code = Text(max_length=120, help_text=_("As it was typed or scanned; case does not matter."))


class UseSerializer(CodeSerializer):
    example = {"code": "7KQM-3XHP-VR2T", "reference": "till-3/2026-06-02/0041"}

    location = Id(max_length=40, default="", allow_blank=True)
    reference = Text(
        max_length=80, default="", allow_blank=True, help_text=_("The sale that it is used on.")
    )


class VoucherCancellationSerializer(CodeSerializer):
    example = {"code": "7KQM-3XHP-VR2T", "reason": "Ordered by mistake."}

    reason = Text(max_length=300, default="", allow_blank=True)


class GoodForSerializer(Answer):
    of = serializers.ChoiceField(choices=FollowUp.Of.choices)
    code = serializers.CharField(help_text=_("Your own code of the product or category."))
    name = serializers.CharField()


class VoucherSerializer(Answer):
    status = serializers.ChoiceField(choices=Voucher.Status.choices)
    expires_at = Instant(allow_null=True)
    used_at = Instant(allow_null=True)
    used_at_location = serializers.CharField(allow_null=True)
    used_reference = serializers.CharField()
    good_for = GoodForSerializer(
        allow_null=True, help_text=_("The one thing that it is good for; null: as its reward says.")
    )


class FoundVoucherSerializer(VoucherSerializer):
    redemption = serializers.CharField()
    member = serializers.CharField(allow_null=True, help_text=_("null: they were forgotten."))
    worth = Amount(allow_null=True, help_text=_("What it takes off the bill, where fixed."))
    reward = RewardSerializer(allow_null=True, help_text=_("null: points that pay as money."))


# Codes are worth money, so nobody may try many of them.
LIMIT = "API_VOUCHERS_A_MINUTE"


class Checks(Door):
    scopes = {"POST": "vouchers:read"}
    own_limit = LIMIT
    only_asks = ("POST",)

    @extend_schema(request=CodeSerializer, responses=FoundVoucherSerializer)
    def post(self, request: Request) -> Response:
        """Check a voucher: what it is for, and whether it can be used now."""
        voucher = vouchers.find(self.program, self.told(CodeSerializer)["code"])
        return self.answer(FoundVoucherSerializer, _found(self.program, voucher, self.now))


class Uses(Door):
    scopes = {"POST": "vouchers:write"}
    own_limit = LIMIT

    @extend_schema(request=UseSerializer, responses=FoundVoucherSerializer)
    def post(self, request: Request) -> Response:
        """Use a voucher. It is used once, however many try at the same moment.

        Send an Idempotency-Key, and a retry is not taken for a second use.
        """
        told = self.told(UseSerializer)
        voucher = vouchers.use(
            self.program,
            told["code"],
            now=self.now,
            by=self.key,
            location=location_named(self.program, told["location"]),
            reference=told["reference"],
        )
        return self.answer(FoundVoucherSerializer, _found(self.program, voucher, self.now))


class VoucherCancellations(Door):
    scopes = {"POST": "vouchers:write"}
    own_limit = LIMIT

    @extend_schema(request=VoucherCancellationSerializer, responses=FoundVoucherSerializer)
    def post(self, request: Request) -> Response:
        """Cancel a voucher that was not used, and give its points back."""
        told = self.told(VoucherCancellationSerializer)
        voucher = vouchers.find(self.program, told["code"])
        redeem.cancel(voucher.redemption, now=self.now, by=self.key, reason=told["reason"])
        voucher.refresh_from_db()
        return self.answer(FoundVoucherSerializer, _found(self.program, voucher, self.now))


def voucher_facts(voucher: Voucher, now: datetime) -> dict[str, Any]:
    location = voucher.used_at_location
    return {
        "status": voucher.state(now),
        "expires_at": voucher.expires_at,
        "used_at": voucher.used_at,
        "used_at_location": location.code if location else None,
        "used_reference": voucher.used_reference,
        "good_for": {
            "of": voucher.good_for.partition(":")[0], "code": voucher.good_for_code,
            "name": voucher.good_for_name,
        } if voucher.good_for else None,
    }  # fmt: skip


def _found(program: Program, voucher: Voucher, now: datetime) -> dict[str, Any]:
    redemption = voucher.redemption
    member = program.members.filter(account=redemption.account_id).first()
    return voucher_facts(voucher, now) | {
        "redemption": redemption.public_id,
        "member": member.public_id if member else None,
        "worth": redemption.worth_minor,
        "reward": redemption.reward,
    }
