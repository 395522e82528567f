"""Rewards: what is on offer, and what of it a member can have."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api import pages, problems
from loyalty.api.bodies import Answer
from loyalty.api.door import Door
from loyalty.api.fields import Amount, Instant, Names
from loyalty.api.members import member_named
from loyalty.merchants.models import Program
from loyalty.rewards import catalog
from loyalty.rewards.catalog import Offer
from loyalty.rewards.models import Reward

LOCKS = ("", "tier_too_low", "sold_out", "member_limit_reached")


class RewardSerializer(Answer):
    id = serializers.CharField(source="public_id")
    name = Names()
    description = Names()
    kind = serializers.ChoiceField(choices=Reward.Kind.choices)
    amount = Amount(source="amount_minor", allow_null=True)
    percent = serializers.IntegerField(allow_null=True)
    product = serializers.CharField(help_text=_("Your own code of what is given."))
    wallet = serializers.CharField(source="wallet.code")
    price = serializers.IntegerField(help_text=_("In the wallet's unit."))
    stock = serializers.IntegerField(allow_null=True, help_text=_("What is left; null: no limit."))
    from_rank = serializers.IntegerField(help_text=_("The lowest tier that may have it."))
    voucher_days = serializers.IntegerField(allow_null=True)
    starts_at = Instant(allow_null=True)
    ends_at = Instant(allow_null=True)


class RewardPageSerializer(pages.PageAnswer):
    items = RewardSerializer(many=True)


class OfferSerializer(Answer):
    reward = RewardSerializer()
    price = serializers.IntegerField()
    points = serializers.IntegerField(help_text=_("What the member can spend of the wallet."))
    missing = serializers.IntegerField(help_text=_("Points that are missing; 0: they suffice."))
    locked = serializers.ChoiceField(
        choices=LOCKS, help_text=_("Why it cannot be had whatever is earned; empty: it can.")
    )
    times_left = serializers.IntegerField(allow_null=True, help_text=_("null: no limit."))
    can_be_had = serializers.BooleanField()


class OffersSerializer(Answer):
    items = OfferSerializer(many=True)


class Rewards(Door):
    scopes = {"GET": "rewards:read"}

    @extend_schema(parameters=[pages.PageQuery], responses=RewardPageSerializer)
    def get(self, request: Request) -> Response:
        """List the rewards on offer, newest first."""
        offered = self.program.rewards.on_offer(self.now).select_related("wallet")
        page = pages.newest_first(
            offered, self.asked(pages.PageQuery), among=self.program.rewards.all()
        )
        return self.answer(RewardPageSerializer, page)


class OneReward(Door):
    scopes = {"GET": "rewards:read"}

    @extend_schema(responses=RewardSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Read a reward, whether it is on offer now or not."""
        return self.answer(RewardSerializer, reward_named(self.program, id))


class Offers(Door):
    scopes = {"GET": "rewards:read"}

    @extend_schema(responses=OffersSerializer)
    def get(self, request: Request, id: str) -> Response:
        """List what a member can have, and what stands between them and the rest."""
        member = member_named(self.program, id)
        status: Any = getattr(member.account, "tier_status", None)
        offers: list[Offer] = catalog.offers_for(
            self.program, member.account_id, rank=status.tier.rank if status else 0, at=self.now
        )
        return self.answer(OffersSerializer, {"items": offers})


def reward_named(program: Program, public_id: str) -> Reward:
    """A reward of this program; anybody else's does not exist."""
    for found in program.rewards.kept().select_related("wallet").filter(public_id=public_id):
        return found
    raise problems.not_found("reward")
