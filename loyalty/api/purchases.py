"""Purchases: sales as tills and shops tell of them, once for ever."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api import baskets, pages, problems, whose
from loyalty.api.baskets import BasketSerializer
from loyalty.api.batches import MOST, Batch, Each, ItemAnswer
from loyalty.api.bodies import Answer, Body, Query
from loyalty.api.door import Door
from loyalty.api.entries import EarnedSerializer, earned_facts
from loyalty.api.fields import Amount, FlagParameter, Id, Instant, Quantity, Text
from loyalty.api.locations import locations_by_code
from loyalty.api.whose import Telling
from loyalty.flows import earn
from loyalty.flows.outcomes import Outcome
from loyalty.merchants.models import Program
from loyalty.purchases.models import Purchase
from loyalty.purchases.sale import Sale

STATUSES = ("earned", "kept", "repeated", "refused")
SOURCE = r"[\w.:-]+"


class NewPurchaseSerializer(BasketSerializer):
    """A sale. Without a member it is kept, until whoever has its e-mail or phone number joins."""

    example = {
        "source": "pos",
        "reference": "till-3/2026-06-02/0041",
        "made_at": "2026-06-02T12:00:00+07:00",
        "member": "bcdfghjkmnpqrstv",
        "total": "59.90",
        "lines": [
            {"product": "LATTE", "category": "coffee", "quantity": "2", "amount": "40.00"},
            {"product": "BAG", "amount": "19.90"},
        ],
        "payment_method": "cash",
    }

    source = Text(
        max_length=40, pattern=SOURCE, default="api", help_text=_("Who tells: `pos`, `web` …")
    )
    reference = Text(max_length=80, help_text=_("Your own number for the sale. It is taken once."))
    made_at = Instant()
    payment_hash = Text(
        max_length=200,
        default="",
        allow_blank=True,
        help_text=_(
            "A word of yours that is the same whenever the same card or account pays, never its "
            "number. It is kept as a keyed hash, and compared to find referrals of oneself."
        ),
    )
    address = Text(
        max_length=400,
        default="",
        allow_blank=True,
        help_text=_("Where it is delivered. It is kept as a keyed hash only, for the same end."),
    )

    class Meta:
        list_serializer_class = Each


class PurchaseBatchSerializer(Body):
    example = {
        "purchases": [
            {
                "source": "pos",
                "reference": "till-3/2026-06-02/0041",
                "made_at": "2026-06-02T12:00:00+07:00",
                "member": "bcdfghjkmnpqrstv",
                "total": "59.90",
            }
        ]
    }

    purchases = NewPurchaseSerializer(many=True, max_length=MOST)


class ExplainQuery(Query):
    explain = FlagParameter(default=False, help_text=_("Say why, in sentences, for each entry."))


class EarnedOutcomeSerializer(Answer):
    status = serializers.ChoiceField(
        choices=STATUSES,
        help_text="`kept`: nobody's yet. `repeated`: told before; here is what it gave then.",
    )
    id = serializers.CharField(allow_null=True)
    source = serializers.CharField(allow_null=True)
    reference = serializers.CharField(allow_null=True)
    member = serializers.CharField(allow_null=True)
    entries = EarnedSerializer(many=True)


class EarnedItemSerializer(ItemAnswer, EarnedOutcomeSerializer):
    pass


class EarnedBatchSerializer(Answer):
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text=_("How many became what.")
    )
    items = EarnedItemSerializer(many=True, help_text=_("In the order in which they were told."))


class PurchaseLineSerializer(Answer):
    number = serializers.IntegerField()
    kind = serializers.CharField()
    product = serializers.CharField()
    name = serializers.CharField()
    category = serializers.CharField()
    tags = serializers.ListField(child=serializers.CharField())
    quantity = Quantity()
    amount = Amount(source="amount_minor")
    tax = Amount(source="tax_minor")
    counted = Amount(source="counted_minor", help_text=_("What of it counts as spend."))
    refunded = Amount(source="refunded_minor")
    refunded_quantity = Quantity()


class PurchaseSerializer(Answer):
    id = serializers.CharField(source="public_id")
    source = serializers.CharField()
    reference = serializers.CharField()
    member = serializers.CharField(source="account.member.public_id", allow_null=True)
    made_at = Instant()
    total = Amount(source="total_minor")
    counted = Amount(source="counted_minor", help_text=_("What of it counts as spend."))
    points_paid = Amount(source="points_paid_minor")
    refunded = Amount(source="refunded_minor")
    payment_method = serializers.CharField()
    channel = serializers.CharField()
    location = serializers.CharField(source="location.code", allow_null=True)
    lines = PurchaseLineSerializer(many=True)


class PurchasePageSerializer(pages.PageAnswer):
    items = PurchaseSerializer(many=True)


class PurchaseQuery(pages.PageQuery):
    source = Text(max_length=40, required=False)
    reference = Text(max_length=80, required=False)
    member = Id(required=False)


class Purchases(Door):
    scopes = {"GET": "purchases:read", "POST": "purchases:write"}

    @extend_schema(parameters=[PurchaseQuery], responses=PurchasePageSerializer)
    def get(self, request: Request) -> Response:
        """Find purchases, newest first.

        Give `source` and `reference` to find the one that you told of.
        """
        asked = self.asked(PurchaseQuery)
        everything = _purchases(self.program)
        names = ("source", "reference")
        wanted: dict[str, str] = {name: asked[name] for name in names if name in asked}
        if "member" in asked:
            wanted["account__member__public_id"] = asked["member"]
        page = pages.newest_first(everything.filter(**wanted), asked, among=everything)
        return self.answer(PurchasePageSerializer, page)

    @extend_schema(
        parameters=[ExplainQuery],
        request=NewPurchaseSerializer,
        responses={200: EarnedOutcomeSerializer, 201: EarnedOutcomeSerializer},
    )
    def post(self, request: Request) -> Response:
        """Tell of a purchase.

        `source` and `reference` name it for ever: told again as it was, it is answered with what it
        gave (status 200); told otherwise, it is refused with both (409, `reference_reused`).
        """
        explain = self.asked(ExplainQuery)["explain"]
        batch, tellings = _tell(self.program, [self.told(NewPurchaseSerializer)], now=self.now)
        outcome: Outcome = batch.only().unless_refused()
        names = whose.public_ids(self.program, [outcome.account_id], tellings)
        shown = outcome_facts(outcome, names, self.program, explain=explain)
        status = 200 if outcome.status == "repeated" else 201
        return self.answer(EarnedOutcomeSerializer, shown, status=status)


class PurchaseBatch(Door):
    scopes = {"POST": "purchases:write"}

    @extend_schema(request=PurchaseBatchSerializer, responses=EarnedBatchSerializer)
    def post(self, request: Request) -> Response:
        """Tell of up to 1,000 purchases at once.

        Each is taken or refused by itself, and answered in its place; those that are taken are
        taken in one transaction.
        """
        told = self.told(PurchaseBatchSerializer)["purchases"]
        batch, tellings = _tell(self.program, told, now=self.now)
        return self.answer(EarnedBatchSerializer, batch_facts(batch, tellings, self.program))


class OnePurchase(Door):
    scopes = {"GET": "purchases:read"}

    @extend_schema(responses=PurchaseSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Read a purchase, with what is left of it after refunds."""
        for found in _purchases(self.program).filter(public_id=id):
            return self.answer(PurchaseSerializer, found)
        raise problems.not_found("purchase")


def _purchases(program: Program) -> QuerySet[Purchase]:
    found = Purchase.objects.filter(program=program)
    return found.select_related("account__member", "location").prefetch_related("lines")


def _tell(program: Program, items: list[Any], *, now: datetime) -> tuple[Batch, list[Telling]]:
    """Tell of sales: what became of each, and whom they named."""
    batch = Batch(items)
    batch.each(lambda told: whose.telling(baskets.in_currency(told, program), program))
    batch.together(lambda some: whose.find_all(some, program))
    batch.each(whose.must_not_be_wrong)
    tellings: list[Telling] = batch.good
    places = locations_by_code(program, (it.told["location"] for it in tellings))
    batch.each(lambda it: _sale(it, places))
    batch.together(lambda sales: earn.from_purchases(program, sales, now=now))
    return batch, tellings


def _sale(it: Telling, places: dict[str, int]) -> Sale:
    told = it.told
    return baskets.sale_of(
        it, places, source=told["source"], reference=told["reference"], made_at=told["made_at"]
    )


def outcome_facts(
    outcome: Outcome,
    names: dict[int | None, str | None],
    program: Program,
    *,
    explain: bool = False,
) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "id": outcome.public_id or None,
        "source": outcome.source,
        "reference": outcome.reference,
        "member": names.get(outcome.account_id),
        "entries": earned_facts(outcome.entries, program, explain=explain),
    }


def batch_facts(batch: Batch, tellings: list[Telling], program: Program) -> dict[str, Any]:
    """What became of each thing that was told."""
    names = whose.public_ids(program, {it.account_id for it in batch.good}, tellings)
    return batch.facts(lambda it: outcome_facts(it, names, program), program.currency)
