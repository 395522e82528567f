"""Quotes: what a basket would earn, and why. Nothing is written."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api import baskets, whose
from loyalty.api.baskets import BasketSerializer
from loyalty.api.bodies import Answer
from loyalty.api.door import Door
from loyalty.api.entries import sentences_of
from loyalty.api.fields import Instant, Names
from loyalty.api.locations import locations_by_code
from loyalty.earning.rulebook import rulebook_for
from loyalty.earning.terms import Terms
from loyalty.flows import quote
from loyalty.flows.quote import Quoted
from loyalty.merchants.models import Program


class BasketQuestionSerializer(BasketSerializer):
    """A basket. Without a member it is answered as for somebody who has just joined."""

    example = {
        "member": "bcdfghjkmnpqrstv",
        "lines": [
            {"product": "LATTE", "category": "coffee", "quantity": "2", "amount": "40.00"},
            {"product": "BAG", "amount": "19.90"},
        ],
    }

    made_at = Instant(default=None, allow_null=True, help_text=_("When; without it, now."))


class QuotedRuleSerializer(Answer):
    id = serializers.CharField()
    name = Names()
    wallet = serializers.CharField()
    points = serializers.IntegerField()
    sentences = serializers.ListField(child=serializers.CharField())
    unmet = serializers.ListField(
        child=serializers.CharField(), help_text=_("What would have to hold for it to give points.")
    )


class QuoteSerializer(Answer):
    points = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("In all, by wallet.")
    )
    rules = QuotedRuleSerializer(many=True)
    campaigns = QuotedRuleSerializer(many=True, help_text=_("Those that are live at that time."))


class Quotes(Door):
    scopes = {"POST": "purchases:read"}
    only_asks = ("POST",)

    @extend_schema(request=BasketQuestionSerializer, responses=QuoteSerializer)
    def post(self, request: Request) -> Response:
        """Ask what a basket would earn.

        For each rule and each campaign that is live then: what it would give and the steps to that,
        or what stands in its way.
        """
        told = self.told(BasketQuestionSerializer)
        baskets.in_currency(told, self.program)
        (it,) = whose.find_all([whose.telling(told, self.program)], self.program)
        places = locations_by_code(self.program, [told["location"]])
        sale = baskets.sale_of(
            whose.must_not_be_wrong(it), places, source="quote", reference="quote",
            made_at=told["made_at"] or self.now,
        )  # fmt: skip
        quoted = quote.quote(self.program, sale, now=self.now)
        return self.answer(QuoteSerializer, _facts(quoted, self.program))


def _facts(quoted: Sequence[Quoted], program: Program) -> dict[str, Any]:
    wallets = rulebook_for(program.pk, program.version).wallets
    names = {
        f"{kind}:{pk}": public_id
        for kind, rows in (("rule", program.earning_rules), ("campaign", program.campaigns))
        for pk, public_id in rows.filter(archived_at=None).values_list("pk", "public_id")
    }
    points: dict[str, int] = {}
    for it in quoted:
        code = wallets[it.wallet_id].code
        points[code] = points.get(code, 0) + it.points
    return {
        "points": points,
        **{
            f"{kind}s": [
                _rule(it, names[it.source], wallets[it.wallet_id], program)
                for it in quoted
                if it.source.startswith(kind)
            ]
            for kind in ("rule", "campaign")
        },
    }


def _rule(it: Quoted, public_id: str, wallet: Any, program: Program) -> dict[str, Any]:
    terms = Terms.of(program, wallet)
    return {
        "id": public_id,
        "name": it.name,
        "wallet": wallet.code,
        "points": it.points,
        "sentences": sentences_of(it.steps, wallet, program),
        "unmet": [unmet.sentence(terms) for unmet in it.unmet],
    }
