"""The forms of the settings: each asks for a part of them, and gives the flow what it was told."""

from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.dashboard.fields import CurrencyField, ZoneField
from loyalty.fields import ColorField, MoneyField, PointsField, RadioCards
from loyalty.flows import settings as flow
from loyalty.ledger.models import Wallet
from loyalty.localized import LANGUAGE_NAMES, LocalizedFormField
from loyalty.merchants.access import PERMISSIONS
from loyalty.merchants.models import Program, Role
from loyalty.messaging.catalog import KINDS, OPTIONAL

MOST_DAYS = 730


class SettingsForm(forms.Form):
    """A part of a program's settings."""

    def __init__(self, program: Program, data: Any = None) -> None:
        self.program = program
        super().__init__(data, initial={**flow.settings_of(program), **self.first(program)})

    def first(self, program: Program) -> dict[str, Any]:
        """What stands in fields that are not settings themselves."""
        return {}

    def settings(self) -> dict[str, Any]:
        """What the flow is told."""
        return self.cleaned_data


class BasicsForm(SettingsForm):
    name = LocalizedFormField(label=gettext_lazy("Name of the program"))
    slug = forms.SlugField(
        label=gettext_lazy("Address"),
        max_length=60,
        help_text=gettext_lazy(
            "The part of the address by which members reach you. Links to the old one end."
        ),
    )
    brand_color = ColorField(label=gettext_lazy("Colour"))
    currency = CurrencyField()
    time_zone = ZoneField(
        help_text=gettext_lazy("Days, birthdays and expiry follow this clock from now on.")
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("Languages of members"),
        choices=lambda: [(code, LANGUAGE_NAMES[code]) for code, _name in settings.LANGUAGES],
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, program: Program, data: Any = None) -> None:
        super().__init__(program, data)
        self.fields["brand_color"].widget.attrs |= {
            "hx-get": reverse("dashboard:settings_colour", args=[program.slug]),
            "hx-trigger": "change",
            "hx-target": "#colour",
        }
        currency = self.fields["currency"]
        currency.disabled = flow.has_sold(program)
        if currency.disabled:
            currency.help_text = _("Something was sold in this currency, so it stays.")

    def clean_languages(self) -> list[str]:
        """The first is the one that letters fall back to: the order that was before is kept."""
        chosen = self.cleaned_data["languages"]
        kept = [language for language in self.program.languages if language in chosen]
        return [*kept, *(language for language in chosen if language not in kept)]


class CountingForm(SettingsForm):
    counts_tax = forms.BooleanField(
        label=gettext_lazy("Tax counts as spend"),
        help_text=gettext_lazy("As customers see it on the price tag in most shops."),
        required=False,
    )
    counts_shipping = forms.BooleanField(
        label=gettext_lazy("Shipping counts as spend"), required=False
    )
    counts_gift_cards = forms.BooleanField(
        label=gettext_lazy("Buying a gift card counts as spend"),
        help_text=gettext_lazy("If it does, what is bought with the card should not count again."),
        required=False,
    )
    counts_points_paid = forms.BooleanField(
        label=gettext_lazy("What was paid with points counts as spend"), required=False
    )
    rounding = forms.ChoiceField(
        label=gettext_lazy("Parts of a point are rounded"),
        choices=Program.Rounding.choices,
        widget=RadioCards(
            hints={
                "floor": gettext_lazy("59.90 at a point each gives 59."),
                "half_up": gettext_lazy("59.50 gives 60, 59.49 gives 59."),
                "ceiling": gettext_lazy("59.01 gives 60."),
            }
        ),
    )
    pending_days = forms.IntegerField(
        label=gettext_lazy("Days until points can be spent"),
        help_text=gettext_lazy("As long as you take goods back. 0: at once."),
        min_value=0,
        max_value=365,
    )
    shortfall = forms.ChoiceField(
        label=gettext_lazy("When goods come back and their points are spent already"),
        choices=Program.Shortfall.choices,
        widget=RadioCards(
            hints={
                "owe": gettext_lazy("The member sees it on their page."),
                "absorb": gettext_lazy("The member loses nothing. It is in your figures."),
            }
        ),
    )
    claim_days = forms.IntegerField(
        label=gettext_lazy("Days back that count on joining"),
        help_text=gettext_lazy(
            "Purchases before joining are paid if e-mail or phone are proved to be the same."
        ),
        min_value=0,
        max_value=MOST_DAYS,
    )

    margin_percent = forms.IntegerField(
        label=gettext_lazy("Margin in percent"),
        help_text=gettext_lazy(
            "Of what members pay, what is left after the goods. Campaigns are judged by it."
            " 0: not stated."
        ),
        min_value=0,
        max_value=100,
        required=False,
    )

    def __init__(self, program: Program, data: Any = None) -> None:
        super().__init__(program, data)
        wallet = program.wallets.filter(kind=Wallet.Kind.POINTS).first()
        self.fields["pay_points"] = PointsField(
            wallet=wallet or Wallet(unit_many=_("points")),
            label=_("So many points pay"),
            help_text=_("0: members do not pay with points at the till."),
            max_value=1_000_000,
        )
        self.fields["pay_minor"] = MoneyField(
            currency=program.currency, label=_("So much at the till"), max_value=1_000_000
        )

    def clean_margin_percent(self) -> int:
        return self.cleaned_data["margin_percent"] or 0


class LettersForm(SettingsForm):
    letter_hour = forms.TypedChoiceField(
        label=gettext_lazy("Hour of letters"),
        help_text=gettext_lazy("Birthday wishes, warnings and the like leave at this hour."),
        coerce=int,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
    )
    expiry_notice_days = forms.IntegerField(
        label=gettext_lazy("Days of notice before points expire"),
        help_text=gettext_lazy("0: no notice."),
        min_value=0,
        max_value=365,
    )
    sent = forms.MultipleChoiceField(
        label=gettext_lazy("Letters that members get"),
        help_text=gettext_lazy("Vouchers and matters of safety are always sent."),
        choices=lambda: [(name, KINDS[name].label) for name in OPTIONAL],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def first(self, program: Program) -> dict[str, Any]:
        return {"sent": [name for name in OPTIONAL if name not in program.silent_letters]}

    def settings(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        sent = told.pop("sent")
        return told | {"silent_letters": [name for name in OPTIONAL if name not in sent]}


class KeepingForm(SettingsForm):
    """How long people's data are kept that nothing needs any more."""

    letters_kept_days = forms.IntegerField(
        label=gettext_lazy("Days that letters are kept"),
        help_text=gettext_lazy(
            "Then what was written, and to whom, is deleted. At least 60, so that a complaint can "
            "be looked into."
        ),
        min_value=60,
        max_value=3650,
    )
    left_kept_months = forms.IntegerField(
        label=gettext_lazy("Months until those who left are forgotten"),
        help_text=gettext_lazy("As if they had asked for it themselves. 0: only when they ask."),
        min_value=0,
        max_value=120,
    )


class LimitsForm(SettingsForm):
    """Points a month that each role, and each API key, may give or take by hand; and the wait of
    members after a change of how they sign in."""

    hold_hours = forms.IntegerField(
        label=gettext_lazy("Hours without spending after a change of sign-in"),
        help_text=gettext_lazy(
            "When a member's password, e-mail or phone was changed, nobody redeems for so long: "
            "24 to 72. At the counter you decide yourself."
        ),
        min_value=24,
        max_value=72,
    )

    def __init__(self, program: Program, data: Any = None) -> None:
        super().__init__(program, data)
        for name, label in _limited().items():
            self.fields[name] = forms.IntegerField(
                label=label,
                help_text=_("Leave it empty for no limit. 0: none at all."),
                min_value=0,
                max_value=10**9,
                required=False,
            )

    def first(self, program: Program) -> dict[str, Any]:
        return dict(program.adjustment_limits)

    def settings(self) -> dict[str, Any]:
        told = dict(self.cleaned_data)
        hold_hours = told.pop("hold_hours")
        limits = self.program.adjustment_limits | told
        kept = {name: limit for name, limit in limits.items() if limit is not None}
        return {"adjustment_limits": kept, "hold_hours": hold_hours}


def _limited() -> dict[str, Any]:
    """Who may move points at all, from the highest role down; an owner needs no limit."""
    adjusting = PERMISSIONS["points.adjust"] - {Role.OWNER}
    roles = {str(role): role.label for role in Role if role in adjusting}
    return {**roles, "key": _("Each API key")}
