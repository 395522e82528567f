"""Refunds: what came back, of a sale that is named or of one that is found."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api import whose
from loyalty.api.batches import MOST, Batch, Each, ItemAnswer
from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.entries import EarnedSerializer, earned_facts
from loyalty.api.fields import Amount, Id, Instant, Quantity, Text, Whole
from loyalty.api.purchases import SOURCE, ExplainQuery
from loyalty.api.whose import Telling, WhoseSerializer
from loyalty.flows import refund
from loyalty.flows.refund import RefundOutcome, UnknownSale
from loyalty.merchants.models import Program
from loyalty.purchases.models import Purchase
from loyalty.purchases.sale import Return, ReturnLine

STATUSES = ("refunded", "repeated", "refused")
MOST_LINES = 500


class ReturnLineSerializer(Body):
    """A line of the sale by its number, or a product; so many pieces, or so much money, or all."""

    number = Whole(min_value=1, max_value=100_000, default=None, allow_null=True)
    product = Text(max_length=80, default="", allow_blank=True)
    quantity = Quantity(default=None, allow_null=True)
    amount = Amount(source="amount_minor", default=None, allow_null=True)

    def validate(self, told: dict[str, Any]) -> dict[str, Any]:
        if told["number"] is None and not told["product"]:
            raise self.wrong("product", "required", _("Give a line's number, or a product."))
        return told


class NewRefundSerializer(WhoseSerializer):
    """Name the sale, or whose it was; then the latest earlier lines of the products are taken."""

    example = {
        "source": "pos",
        "reference": "till-3/2026-06-03/0007",
        "made_at": "2026-06-03T09:10:00+07:00",
        "purchase_reference": "till-3/2026-06-02/0041",
        "lines": [{"product": "BAG"}],
    }

    source = Text(max_length=40, pattern=SOURCE, default="api")
    reference = Text(
        max_length=80, help_text=gettext_lazy("Your own number for the refund. It is taken once.")
    )
    made_at = Instant()
    purchase = Id(default="", allow_blank=True, help_text=gettext_lazy("The purchase's id, or"))
    purchase_reference = Text(
        max_length=80, default="", allow_blank=True, help_text=gettext_lazy("your number for it")
    )
    purchase_source = Text(
        max_length=40,
        pattern=SOURCE,
        default="",
        allow_blank=True,
        help_text=gettext_lazy("with who told of it, if that was not who tells of the refund."),
    )
    amount = Amount(
        source="amount_minor",
        default=None,
        allow_null=True,
        help_text=gettext_lazy("Of the whole sale. Without amount and lines: all that is left."),
    )
    lines = ReturnLineSerializer(many=True, required=False, max_length=MOST_LINES)

    class Meta:
        list_serializer_class = Each

    def validate(self, told: dict[str, Any]) -> dict[str, Any]:
        if not any(told[name] for name in ("purchase", "purchase_reference", *whose.FIELDS)):
            raise self.wrong("purchase", "required", _("Name the sale, or whose it was."))
        return told


class RefundBatchSerializer(Body):
    example = {
        "refunds": [
            {
                "source": "pos",
                "reference": "till-3/2026-06-03/0007",
                "made_at": "2026-06-03T09:10:00+07:00",
                "purchase": "bcdfghjkmnpqrstv",
                "amount": "20.00",
            }
        ]
    }

    refunds = NewRefundSerializer(many=True, max_length=MOST)


class UnmatchedSerializer(Answer):
    line = serializers.IntegerField(source="place", help_text=gettext_lazy("Counted from 1."))
    product = serializers.CharField()
    quantity = Quantity()
    code = serializers.CharField(source="problem", help_text="Why it took nothing.")


class RefundOutcomeSerializer(Answer):
    status = serializers.ChoiceField(choices=STATUSES)
    id = serializers.CharField(allow_null=True)
    source = serializers.CharField(allow_null=True)
    reference = serializers.CharField(allow_null=True)
    matched = Amount(help_text=gettext_lazy("Of the sales, what came back."))
    unmatched = UnmatchedSerializer(many=True)
    entries = EarnedSerializer(many=True)


class RefundItemSerializer(ItemAnswer, RefundOutcomeSerializer):
    pass


class RefundedBatchSerializer(Answer):
    counts = serializers.DictField(child=serializers.IntegerField())
    items = RefundItemSerializer(many=True)


class Refunds(Door):
    scopes = {"POST": "purchases:write"}

    @extend_schema(
        parameters=[ExplainQuery],
        request=NewRefundSerializer,
        responses={200: RefundOutcomeSerializer, 201: RefundOutcomeSerializer},
    )
    def post(self, request: Request) -> Response:
        """Tell of a refund, and take back what its sale gave.

        Whole, by lines or by an amount. Of a sale that is not named, each product is looked for
        among the member's earlier sales; what cannot be matched is reported and takes nothing.
        """
        explain = self.asked(ExplainQuery)["explain"]
        batch = _tell(self.program, [self.told(NewRefundSerializer)], now=self.now)
        outcome: RefundOutcome = batch.only()
        if outcome.problem:
            raise outcome.problem
        shown = _facts(outcome, self.program, explain=explain)
        status = 200 if outcome.status == "repeated" else 201
        return self.answer(RefundOutcomeSerializer, shown, status=status)


class RefundBatch(Door):
    scopes = {"POST": "purchases:write"}

    @extend_schema(request=RefundBatchSerializer, responses=RefundedBatchSerializer)
    def post(self, request: Request) -> Response:
        """Tell of up to 1,000 refunds at once.

        Each is taken or refused by itself, and answered in its place.
        """
        batch = _tell(self.program, self.told(RefundBatchSerializer)["refunds"], now=self.now)
        shown = batch.facts(
            lambda it: _facts(it, self.program, explain=False), self.program.currency
        )
        return self.answer(RefundedBatchSerializer, shown)


def _tell(program: Program, items: list[Any], *, now: datetime) -> Batch:
    batch = Batch(items)
    batch.each(lambda told: whose.telling(told, program))
    batch.together(lambda some: whose.find_all(some, program))
    batch.each(whose.must_not_be_wrong)
    sales = _sales(program, (it.told for it in batch.good))
    batch.each(lambda it: _return(it, sales))
    batch.together(lambda returns: refund.refund_all(program, returns, now=now))
    return batch


Sales = dict[tuple[str, str] | str, int]


def _sales(program: Program, told: Iterable[dict[str, Any]]) -> Sales:
    """The sales that bodies name, by id and by source and reference."""
    wanted = Q()
    for one in told:
        if one["purchase"]:
            wanted |= Q(public_id=one["purchase"])
        elif one["purchase_reference"]:
            wanted |= Q(source=_source(one), reference=one["purchase_reference"])
    found: Sales = {}
    if wanted:
        rows = Purchase.objects.filter(wanted, program=program)
        for pk, public_id, *name in rows.values_list("pk", "public_id", "source", "reference"):
            found[public_id] = found[name[0], name[1]] = pk
    return found


def _source(told: dict[str, Any]) -> str:
    source: str = told["purchase_source"] or told["source"]
    return source


def _return(it: Telling, sales: Sales) -> Return:
    told = it.told
    name = told["purchase"] or (
        (_source(told), told["purchase_reference"]) if told["purchase_reference"] else None
    )
    if name and name not in sales:
        raise UnknownSale(_("There is no such sale."))
    return Return(
        source=told["source"],
        reference=told["reference"],
        made_at=told["made_at"],
        account_id=it.account_id,
        purchase_id=sales[name] if name else None,
        amount_minor=told["amount_minor"],
        lines=tuple(ReturnLine(**line) for line in told.get("lines", ())),
    )


def _facts(outcome: RefundOutcome, program: Program, *, explain: bool) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "id": outcome.public_id or None,
        "source": outcome.source,
        "reference": outcome.reference,
        "matched": outcome.matched_minor,
        "unmatched": outcome.unmatched,
        "entries": earned_facts(outcome.entries, program, explain=explain),
    }
