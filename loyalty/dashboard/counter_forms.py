"""What cashiers type: whom they serve, and for how much."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty import formats
from loyalty.dashboard.fields import OnceForm
from loyalty.dashboard.sale_forms import amount_field
from loyalty.flows.by_hand import COUNTER
from loyalty.merchants.models import Location, Program
from loyalty.purchases.sale import Sale, SaleLine
from members import searching
from members.models import Member


class FindForm(forms.Form):
    """A scanner is a keyboard that ends in Enter; so is a quick thumb."""

    what = forms.CharField(
        label=gettext_lazy("Card, phone or voucher"),
        help_text=gettext_lazy("Scan or type. An e-mail address works too."),
        max_length=searching.LONGEST,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
                "autofocus": True,
                "enterkeyhint": "search",
            }
        ),
    )


class ShopForm(forms.Form):
    shop: Any = forms.ModelChoiceField(
        label=gettext_lazy("This counter is at"),
        queryset=None,
        required=False,
        to_field_name="public_id",
        empty_label=gettext_lazy("No shop in particular"),
    )

    def __init__(self, program: Program, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shop"].queryset = program.merchant.locations.order_by("code")  # type: ignore[attr-defined]


class OnceOnlyForm(OnceForm):
    """Nothing to type: the button says it all, once."""


class CounterSaleForm(OnceForm):
    """The amount, and what points pay of it."""

    reference = forms.CharField(
        label=gettext_lazy("Receipt number"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    field_order = ("amount", "paid", "reference")

    def __init__(self, program: Program, payable: int | None, *args: Any, **kwargs: Any) -> None:
        """``payable``: the most that points can pay; None or 0: they are not asked for."""
        super().__init__(*args, **kwargs)
        self.fields["amount"] = amount_field(program, label=_("Amount of the sale"))
        self.fields["amount"].widget.attrs |= {"enterkeyhint": "done", "autofocus": True}
        if payable:
            self.fields["paid"] = amount_field(
                program, label=_("Of it, paid with points"), required=False
            )
            most = {"money": formats.money(payable, program.currency)}
            self.fields["paid"].help_text = _("At most %(money)s.") % most
        self.order_fields(self.field_order)

    def line(self) -> SaleLine:
        return SaleLine(amount_minor=self.cleaned_data["amount"])

    def sale(self, member: Member, location: Location | None, now: datetime) -> Sale:
        """The sale as far as rules look at it."""
        paid = self.cleaned_data.get("paid") or 0
        return Sale(
            source="quote", reference="quote", made_at=now, lines=(self.line(),),
            account_id=member.account_id, channel=COUNTER,
            location_code=location.code if location else "", points_paid_minor=paid,
        )  # fmt: skip
