"""What staff write down about a member, and do for one."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty import consenting, formats
from loyalty.dashboard.fields import OnceForm
from loyalty.dashboard.spans import date_input
from loyalty.fields import MoneyField, PointsField, RadioCards
from loyalty.ledger.models import Wallet
from loyalty.localized import LANGUAGE_NAMES
from loyalty.merchants.models import Program
from members import consents
from members.models import Member

GIVE, TAKE = "give", "take"
LONGEST_REASON = 300


def _text(label: Any, most: int, **attrs: str) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off", **attrs})
    return forms.CharField(label=label, max_length=most, required=False, widget=widget)


def reason_field(label: Any, hint: Any, *, required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=LONGEST_REASON,
        required=required,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ContactForm(forms.Form):
    """Who somebody is, and how to reach them."""

    name = _text(gettext_lazy("Name"), 120)
    phone = _text(gettext_lazy("Phone"), 30, inputmode="tel", type="tel")
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"}),
    )
    birthday = forms.DateField(label=gettext_lazy("Birthday"), required=False, widget=date_input())
    language = forms.ChoiceField(label=gettext_lazy("Writes to them in"))
    external_id = _text(gettext_lazy("Your own number"), 80)

    def __init__(self, program: Program, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        languages = program.languages or list(LANGUAGE_NAMES)
        self.fields["language"].choices = [  # type: ignore[attr-defined]
            (code, LANGUAGE_NAMES.get(code, code)) for code in languages
        ]


class NewMemberForm(ContactForm):
    """An e-mail address, a phone number or a number of the shop's own is enough."""

    field_order = ("phone", "name", "email", "birthday", "language", "external_id")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        consenting.ask(self, consenting.ASKED, {})
        last = list(self.fields.values())[-1]
        last.help_text = gettext_lazy("Tick it only if they have said so.")


class ProfileForm(ContactForm):
    """What staff may change of a member."""

    def __init__(self, member: Member, data: Any = None) -> None:
        self.member = member
        names = tuple(ContactForm.base_fields)
        super().__init__(
            member.program, data, initial={name: getattr(member, name) for name in names}
        )
        consenting.ask(self, consents.EVERY, consents.chosen_by(member))
        last = list(self.fields.values())[-1]
        last.help_text = gettext_lazy("Codes and warnings come anyway.")
        if member.language not in dict(self.fields["language"].choices):  # type: ignore[attr-defined]
            self.fields["language"].choices += [  # type: ignore[attr-defined]
                (member.language, LANGUAGE_NAMES.get(member.language, member.language))
            ]


class AdjustForm(OnceForm):
    """Points given or taken by hand."""

    way = forms.ChoiceField(
        label=gettext_lazy("Which way"),
        choices=[(GIVE, gettext_lazy("Give")), (TAKE, gettext_lazy("Take"))],
        initial=GIVE,
        widget=RadioCards(),
    )
    reason = reason_field(
        gettext_lazy("Reason"), gettext_lazy("The member reads it beside the points.")
    )
    field_order = ("way", "points", "reason")

    def __init__(self, wallet: Wallet, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if wallet.kind == Wallet.Kind.CASHBACK:
            amount: forms.Field = MoneyField(
                label=_("How much"), currency=wallet.program.currency, min_value=0
            )
        else:
            amount = PointsField(label=_("How many"), wallet=wallet, min_value=1)
        self.fields["points"] = amount
        self.order_fields(self.field_order)

    @property
    def points(self) -> int:
        sign = -1 if self.cleaned_data["way"] == TAKE else 1
        return sign * int(self.cleaned_data["points"])


class RewardChoice(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} · {formats.points(obj.price, obj.wallet)}"


class GiftForm(OnceForm):
    """A reward without points: for a complaint, or out of joy."""

    reward = RewardChoice(label=gettext_lazy("Reward"), queryset=None, to_field_name="public_id")
    reason = reason_field(gettext_lazy("Reason"), gettext_lazy("Your colleagues read it."))

    def __init__(self, program: Program, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = program.rewards.kept().filter(is_active=True)
        self.fields["reward"].queryset = offered.select_related("wallet__program")  # type: ignore[attr-defined]


class UndoForm(forms.Form):
    reason = reason_field(
        gettext_lazy("Reason"),
        gettext_lazy("The member reads it beside the points."),
        required=False,
    )


class StateForm(forms.Form):
    """Why somebody is blocked, or let in again."""

    reason = reason_field(gettext_lazy("Reason"), gettext_lazy("Your colleagues read it."))


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note"),
        help_text=gettext_lazy("Your team reads it, and the member in the copy of all their data."),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
