"""Sales and refunds as staff type them in."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty import formats
from loyalty.dashboard.fields import OnceForm
from loyalty.fields import MoneyField, RadioCards
from loyalty.merchants.models import Location, Program, Staff
from loyalty.purchases.models import Purchase, PurchaseLine
from loyalty.purchases.sale import MOST_MINOR, ReturnLine, Sale, SaleLine
from members import searching
from members.models import Member

ALL, AMOUNT, LINES = "all", "amount", "lines"
MOST_LINES = 100  # That a page asks for one by one.


class WhoseForm(forms.Form):
    """Whom a sale is of, by anything that one may know of them."""

    whose = forms.CharField(
        label=gettext_lazy("Member"),
        help_text=gettext_lazy("Card code, phone, e-mail or your own number."),
        max_length=searching.LONGEST,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off"}),
    )

    def __init__(self, program: Program, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.program = program
        self.member: Member | None = None

    def clean_whose(self) -> str:
        text = str(self.cleaned_data["whose"])
        found = searching.named_exactly(self.program, text)
        if not found:
            raise forms.ValidationError(_("Nobody has this code, phone, e-mail or number."))
        if len(found) > 1:
            raise forms.ValidationError(_("This is of several members. Type their card code."))
        self.member = found[0]
        return text


class SaleForm(WhoseForm, OnceForm):
    """A sale that no till told us of."""

    reference = forms.CharField(
        label=gettext_lazy("Receipt number"),
        help_text=gettext_lazy("So that it is not entered twice. Without one we make one."),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    made_at = forms.DateTimeField(
        label=gettext_lazy("When"),
        help_text=gettext_lazy("Empty: now."),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    product = forms.CharField(label=gettext_lazy("Product code"), max_length=80, required=False)
    category = forms.CharField(label=gettext_lazy("Category"), max_length=80, required=False)
    payment_method = forms.CharField(
        label=gettext_lazy("Paid by"),
        help_text=gettext_lazy("As your rules call it: cash, card …"),
        max_length=40,
        required=False,
    )
    location: Any = forms.ModelChoiceField(
        label=gettext_lazy("Shop"),
        queryset=None,
        required=False,
        to_field_name="public_id",
        empty_label=gettext_lazy("None"),
    )
    field_order = (
        "whose", "amount", "reference", "made_at", "location", "payment_method", "product",
        "category",
    )  # fmt: skip

    def __init__(self, program: Program, staff: Staff, *args: Any, **kwargs: Any) -> None:
        super().__init__(program, *args, **kwargs)
        self.fields["amount"] = amount_field(program)
        shops = program.merchant.locations.order_by("code")
        self.fields["location"].queryset = shops  # type: ignore[attr-defined]
        if staff.location:
            self.fields["location"].initial = staff.location.public_id
        if not shops:
            del self.fields["location"]
        self.order_fields(self.field_order)

    def line(self) -> SaleLine:
        told = self.cleaned_data
        return SaleLine(
            amount_minor=told["amount"], product=told["product"], category=told["category"]
        )

    def sale(self, now: datetime) -> Sale:
        """The sale as far as rules look at it."""
        told = self.cleaned_data
        location: Location | None = told.get("location")
        return Sale(
            source="quote", reference="quote", made_at=told["made_at"] or now,
            lines=(self.line(),), account_id=self.member.account_id if self.member else None,
            payment_method=told["payment_method"], channel="counter",
            location_code=location.code if location else "",
        )  # fmt: skip


class RefundForm(OnceForm):
    """What comes back of a sale: all of it, an amount, or pieces of its lines."""

    way = forms.ChoiceField(label=gettext_lazy("What comes back"), initial=ALL, widget=RadioCards())
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Your colleagues read it."),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, purchase: Purchase, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = list(purchase.lines.all()[:MOST_LINES])
        left = formats.money(
            purchase.total_minor - purchase.refunded_minor, purchase.program.currency
        )
        self.fields["way"].choices = [  # type: ignore[attr-defined]
            (ALL, _("All that is left: %(money)s") % {"money": left}),
            (AMOUNT, _("An amount")),
            (LINES, _("Some of its lines")),
        ]
        self.fields["amount"] = amount_field(purchase.program, label=_("Amount"), required=False)
        # A field for each line, also of what is gone: a second click says what the first one said.
        for line in self.lines:
            self.fields[f"line-{line.number}"] = _pieces_field(line)
        self.order_fields(("way", "amount"))

    @property
    def line_fields(self) -> list[forms.BoundField]:
        return [self[f"line-{line.number}"] for line in self.lines if _left(line)]

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("way") == AMOUNT and "amount" not in self.errors and not told.get("amount"):
            self.add_error("amount", _("Say how much comes back."))
        if told.get("way") == LINES and not self.errors and not self.returned():
            self.add_error("way", _("Say of which lines how many pieces come back."))
        return told

    def returned(self) -> Sequence[ReturnLine]:
        """The lines that come back, where it goes by lines."""
        if self.cleaned_data.get("way") != LINES:
            return ()
        pieces = {line.number: self.cleaned_data.get(f"line-{line.number}") for line in self.lines}
        return [ReturnLine(number=number, quantity=it) for number, it in pieces.items() if it]

    def amount(self) -> int | None:
        return self.cleaned_data["amount"] if self.cleaned_data.get("way") == AMOUNT else None


def amount_field(program: Program, *, label: Any = "", required: bool = True) -> MoneyField:
    return MoneyField(
        currency=program.currency,
        label=label or _("Amount of the sale"),
        required=required,
        max_value=Decimal(MOST_MINOR).scaleb(-MoneyField(currency=program.currency).exponent),
    )


def _left(line: PurchaseLine) -> Decimal:
    return line.quantity - line.refunded_quantity


def _pieces_field(line: PurchaseLine) -> forms.DecimalField:
    left = _left(line).normalize()
    name = line.name or line.product or _("Line %(number)s") % {"number": line.number}
    return forms.DecimalField(
        label=name,
        help_text=_("of %(left)s") % {"left": formats.number(left)},
        min_value=0,
        max_value=line.quantity.normalize(),
        decimal_places=3,
        max_digits=12,
        required=False,
        widget=forms.NumberInput(
            attrs={
                "inputmode": "decimal",
                "class": "short",
                "step": "1" if left % 1 == 0 else "any",
            }
        ),
    )
