"""Redemptions: points that became a reward, or money at the till."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api import pages, problems
from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.fields import Amount, Id, Instant, Text
from loyalty.api.locations import location_named
from loyalty.api.members import member_named
from loyalty.api.rewards import reward_named
from loyalty.api.vouchers import VoucherSerializer, voucher_facts
from loyalty.api.wallets import wallet_named
from loyalty.flows import pay, redeem
from loyalty.merchants.models import Program
from loyalty.rewards import codes
from loyalty.rewards.models import Redemption
from members import finding


class NewRedemptionSerializer(Body):
    example = {"member": "bcdfghjkmnpqrstv", "reward": "vtsrqpnmkjhgfdcb"}

    member = Id()
    reward = Id()


class NewPaymentSerializer(Body):
    example = {
        "member": "bcdfghjkmnpqrstv",
        "amount": "5.00",
        "reference": "till-3/2026-06-02/0041",
    }

    member = Id()
    amount = Amount(source="amount_minor", help_text=_("To be paid with points."))
    wallet = Id(default="", allow_blank=True, help_text=_("Its code; without it, points."))
    location = Id(max_length=40, default="", allow_blank=True)
    reference = Text(max_length=80, default="", allow_blank=True, help_text=_("The sale's."))


class CancellationSerializer(Body):
    example = {"reason": "Ordered by mistake."}

    reason = Text(max_length=300, default="", allow_blank=True)


class OwnVoucherSerializer(VoucherSerializer):
    code = serializers.CharField(help_text=_("For the member's eyes: whoever has it can use it."))


class RedemptionSerializer(Answer):
    id = serializers.CharField(source="public_id")
    status = serializers.ChoiceField(choices=Redemption.Status.choices)
    member = serializers.CharField(allow_null=True, help_text=_("null: they were forgotten."))
    reward = serializers.CharField(allow_null=True, help_text=_("null: it was paid with."))
    wallet = serializers.CharField(allow_null=True)
    points = serializers.IntegerField(help_text=_("What it cost; 0: a present."))
    entry = serializers.CharField(allow_null=True)
    worth = Amount(allow_null=True, help_text=_("What it takes off the bill, where fixed."))
    made_at = Instant()
    cancelled_at = Instant(allow_null=True)
    voucher = OwnVoucherSerializer()


class RedemptionPageSerializer(pages.PageAnswer):
    items = RedemptionSerializer(many=True)


class RedemptionQuery(pages.PageQuery):
    member = Id(required=False)


class Redemptions(Door):
    scopes = {"GET": "redemptions:read", "POST": "redemptions:write"}
    needs_key = ("POST",)

    @extend_schema(parameters=[RedemptionQuery], responses=RedemptionPageSerializer)
    def get(self, request: Request) -> Response:
        """List redemptions, newest first."""
        asked = self.asked(RedemptionQuery)
        everything = _redemptions(self.program)
        wanted = everything
        if "member" in asked:
            wanted = everything.filter(account__member__public_id=asked["member"])
        page = pages.newest_first(wanted, asked, among=everything)
        shown = [_facts(it, self.now) for it in page.items]
        return self.answer(RedemptionPageSerializer, {"items": shown, "next": page.next})

    @extend_schema(request=NewRedemptionSerializer, responses={201: RedemptionSerializer})
    def post(self, request: Request) -> Response:
        """Redeem a reward for a member.

        Its price leaves the wallet, and a voucher comes back, with the code that is shown at the
        till. All of it happens, or nothing.
        """
        told = self.told(NewRedemptionSerializer)
        member = member_named(self.program, told["member"])
        reward = reward_named(self.program, told["reward"])
        made = redeem.redeem(
            member, reward, key=f"api:{self.idempotency_key}", now=self.now, by=self.key
        )
        return self.answer(RedemptionSerializer, _again(self.program, made, self.now), status=201)


class OneRedemption(Door):
    scopes = {"GET": "redemptions:read"}

    @extend_schema(responses=RedemptionSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Read a redemption, with its voucher."""
        made = redemption_named(self.program, id)
        return self.answer(RedemptionSerializer, _facts(made, self.now))


class Cancellation(Door):
    scopes = {"POST": "redemptions:write"}

    @extend_schema(request=CancellationSerializer, responses=RedemptionSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Cancel a redemption whose voucher was not used.

        Its points go back to the lots that they came from, with their old expiry. Cancelling twice
        gives back once.
        """
        made = redemption_named(self.program, id)
        told = self.told(CancellationSerializer)
        redeem.cancel(made, now=self.now, by=self.key, reason=told["reason"])
        return self.answer(RedemptionSerializer, _again(self.program, made, self.now))


class Payments(Door):
    scopes = {"POST": "redemptions:write"}
    needs_key = ("POST",)

    @extend_schema(request=NewPaymentSerializer, responses={201: RedemptionSerializer})
    def post(self, request: Request) -> Response:
        """Pay an amount with a member's points, at the till or in the shop.

        What it costs leaves the wallet at once. `worth` is what to take off the bill; tell it as
        `points_paid` of the purchase.
        """
        told = self.told(NewPaymentSerializer)
        member = member_named(self.program, told["member"])
        made = pay.pay(
            member,
            amount_minor=told["amount_minor"],
            key=f"api:{self.idempotency_key}",
            now=self.now,
            wallet=wallet_named(self.program, told["wallet"]) if told["wallet"] else None,
            by=self.key,
            location=location_named(self.program, told["location"]),
            reference=told["reference"],
        )
        return self.answer(RedemptionSerializer, _again(self.program, made, self.now), status=201)


def redemption_named(program: Program, public_id: str) -> Redemption:
    """A redemption of this program; anybody else's does not exist."""
    for found in _redemptions(program).filter(public_id=public_id):
        found.program = program
        return found
    raise problems.not_found("redemption")


def _redemptions(program: Program) -> QuerySet[Redemption]:
    return Redemption.objects.filter(program=program).select_related(
        "account__member", "reward", "entry__balance__wallet", "voucher__used_at_location"
    )


def _again(program: Program, made: Redemption, now: Any) -> dict[str, Any]:
    """A redemption as it is in the database now."""
    return _facts(redemption_named(program, made.public_id), now)


def _facts(made: Redemption, now: Any) -> dict[str, Any]:
    entry, member = made.entry, finding.behind(made.account)
    wallet = entry.balance.wallet if entry else None
    return {
        "public_id": made.public_id,
        "status": made.status,
        "member": member.public_id if member else None,
        "reward": made.reward.public_id if made.reward else None,
        "wallet": wallet and wallet.code,
        "points": -entry.points if entry else 0,
        "entry": f"{wallet.code}-{entry.seq}" if entry and wallet else None,
        "worth": made.worth_minor,
        "made_at": made.made_at,
        "cancelled_at": made.cancelled_at,
        "voucher": voucher_facts(made.voucher, now) | {"code": codes.code_of(made.voucher)},
    }
