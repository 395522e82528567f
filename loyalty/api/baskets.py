"""What was sold: the part of a body that a sale and a quote have in common."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.api.bodies import Body
from loyalty.api.fields import Amount, Choice, Id, Quantity, Text, Texts
from loyalty.api.locations import unknown_location
from loyalty.api.problems import Problem
from loyalty.api.whose import Telling, WhoseSerializer
from loyalty.merchants.models import Program
from loyalty.purchases.models import LineKind
from loyalty.purchases.sale import MOST_LINES, Sale, SaleLine

KINDS = tuple(LineKind.values)


class SaleLineSerializer(Body):
    amount = Amount(
        source="amount_minor",
        help_text=gettext_lazy("Paid for the line: tax in, discounts out."),
    )
    product = Text(max_length=80, default="", allow_blank=True, help_text="The shop's code.")
    name = Text(max_length=160, default="", allow_blank=True)
    category = Text(max_length=80, default="", allow_blank=True)
    tags = Texts(most=20, max_length=40, default=())
    quantity = Quantity(default=Decimal(1))
    tax = Amount(source="tax_minor", default=0)
    kind = Choice(choices=KINDS, default="item")


class BasketSerializer(WhoseSerializer):
    currency = Text(
        max_length=3,
        default="",
        allow_blank=True,
        help_text=gettext_lazy("The program's, if it is told at all."),
    )
    total = Amount(
        source="total_minor",
        required=False,
        help_text=gettext_lazy("Needed without lines; with lines it is their sum."),
    )
    lines = SaleLineSerializer(many=True, required=False, max_length=MOST_LINES)
    points_paid = Amount(
        source="points_paid_minor",
        default=0,
        help_text=gettext_lazy("The part of the total that was paid with points."),
    )
    payment_method = Text(max_length=40, default="", allow_blank=True)
    channel = Text(max_length=40, default="", allow_blank=True)
    location = Id(
        max_length=40, default="", allow_blank=True, help_text=gettext_lazy("A location's code.")
    )

    def validate(self, told: dict[str, Any]) -> dict[str, Any]:
        lines, total = told.get("lines"), told.get("total_minor")
        if not lines and total is None:
            raise self.wrong("total", "required", _("Give a total, or lines."))
        if lines and total is not None and total != sum(line["amount_minor"] for line in lines):
            raise self.wrong("total", "total_differs", _("The lines do not sum up to the total."))
        return told


def in_currency(told: dict[str, Any], program: Program) -> dict[str, Any]:
    """An amount in another currency is not converted by anybody's guess."""
    if told["currency"] not in ("", program.currency):
        raise Problem(
            "unknown_currency",
            _("This program counts in %(currency)s.") % {"currency": program.currency},
            status=422,
            currency=program.currency,
        )
    return told


def sale_of(
    it: Telling, places: dict[str, int], *, source: str, reference: str, made_at: datetime
) -> Sale:
    """The sale that a body tells of. One without lines has a single line with the total."""
    code = it.told["location"]
    if code and code not in places:
        raise unknown_location()
    lines = tuple(SaleLine(**line) for line in it.told.get("lines", ()))
    return Sale(
        source=source,
        reference=reference,
        made_at=made_at,
        lines=lines or (SaleLine(amount_minor=it.told["total_minor"]),),
        account_id=it.account_id,
        contact_email=it.named.email,
        contact_phone=it.named.phone,
        payment_method=it.told["payment_method"],
        channel=it.told["channel"],
        location_id=places.get(code),
        location_code=code,
        points_paid_minor=it.told["points_paid_minor"],
        payment_hash=it.told.get("payment_hash", ""),
        address=it.told.get("address", ""),
    )
