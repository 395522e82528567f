"""The forms by which codes for products are made and voided."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.codes.models import CodeBatch
from loyalty.dashboard.fields import MomentField, OnceForm
from loyalty.fields import PointsField, RadioCards
from loyalty.flows import code_batches as flow
from loyalty.flows.codes import LONGEST_CODE
from loyalty.ledger.models import Wallet
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Program

KIND_HINTS = {
    "single": gettext_lazy("Each label has its own. The first who tells it has what it gives."),
    "shared": gettext_lazy("The same on every label, in a magazine or on a poster. Once a member."),
}


class BatchForm(OnceForm):
    name = LocalizedFormField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("Members see it beside what they got: Cold brew, summer 2027."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=sorted(CodeBatch.Kind.choices, reverse=True),
        initial=CodeBatch.Kind.SINGLE,
        widget=RadioCards(hints=KIND_HINTS),
    )
    count = forms.IntegerField(
        label=gettext_lazy("How many codes"),
        help_text=gettext_lazy("Of codes of their own: 1 to 100,000 in a batch."),
        min_value=1,
        max_value=flow.MOST_CODES,
        error_messages={
            "max_value": gettext_lazy("A batch has 1 to 100,000 codes. Make several for more.")
        },
        initial=100,
        required=False,
    )
    word = forms.CharField(
        label=gettext_lazy("Code of your own"),
        help_text=gettext_lazy("Of one code for everybody: SUMMER27. Empty: we make one up."),
        max_length=flow.LONGEST_WORD,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters"}),
    )
    starts_at = MomentField(label=gettext_lazy("Good from"))
    ends_at = MomentField(
        label=gettext_lazy("Good until"), help_text=gettext_lazy("At this moment it is over.")
    )
    member_limit = forms.IntegerField(
        label=gettext_lazy("How many of them one member may tell"),
        help_text=gettext_lazy("Of codes of their own. Empty: as many as they find."),
        min_value=1,
        max_value=flow.MOST_CODES,
        required=False,
    )
    member_daily_limit = forms.IntegerField(
        label=gettext_lazy("How many of them a day"),
        help_text=gettext_lazy("Keeps somebody from emptying a shelf. Empty: no limit a day."),
        min_value=1,
        max_value=flow.MOST_CODES,
        required=False,
    )
    total_limit = forms.IntegerField(
        label=gettext_lazy("How many members have it at most"),
        help_text=gettext_lazy("Of one code for everybody. Empty: all who tell it."),
        min_value=1,
        max_value=10**9,
        required=False,
    )
    field_order = (
        "once", "name", "kind", "count", "word", "gives", "points", "reward", "starts_at",
        "ends_at", "member_limit", "member_daily_limit", "total_limit",
    )  # fmt: skip

    def __init__(self, program: Program, data: Any = None) -> None:
        super().__init__(data)
        self.wallets = {wallet.code: wallet for wallet in program.wallets.order_by("pk")}
        self.rewards = {it.public_id: it for it in program.rewards.kept().order_by("pk")}
        unit = self._wallet_of((data or {}).get("gives", ""))
        choices = [(code, str(wallet.unit_many)) for code, wallet in self.wallets.items()]
        if self.rewards:
            choices.append(("prize", _("A prize from the rewards")))
        self.fields["gives"] = forms.ChoiceField(label=_("What a code gives"), choices=choices)
        self.fields["points"] = PointsField(
            wallet=unit, label=_("How many"), min_value=1, max_value=flow.MOST_POINTS,
            required=False,
        )  # fmt: skip
        self.fields["reward"] = forms.ChoiceField(
            label=_("Prize"),
            choices=[("", "—"), *((key, str(it.name)) for key, it in self.rewards.items())],
            required=False,
        )
        if not self.rewards:
            del self.fields["reward"]
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if "gives" not in told or self.errors:
            return told
        if told["gives"] == "prize":
            if not told.get("reward"):
                self.add_error("reward", _("Choose the prize."))
        elif not told.get("points"):
            self.add_error("points", _("Say how many a code gives."))
        if told["kind"] == CodeBatch.Kind.SINGLE and not told.get("count"):
            self.add_error("count", _("Say how many codes there are to be."))
        return told

    def told(self) -> dict[str, Any]:
        """What the flow makes a batch of."""
        told = self.cleaned_data
        is_prize = told["gives"] == "prize"
        same = (
            "name", "kind", "word", "starts_at", "ends_at", "member_limit", "member_daily_limit",
            "total_limit",
        )  # fmt: skip
        return {name: told[name] for name in same} | {
            "public_id": told["once"],
            "count": told["count"] or 1,
            "reward": self.rewards[told["reward"]] if is_prize else None,
            "wallet": None if is_prize else self.wallets[told["gives"]],
            "points": None if is_prize else told["points"],
        }

    def _wallet_of(self, code: str) -> Wallet:
        return self.wallets.get(code) or next(iter(self.wallets.values()))


class VoidForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("A code that is to give nothing"),
        help_text=gettext_lazy("Of a label that was lost or broken, as it is printed."),
        max_length=LONGEST_CODE,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "code-input"}),
    )
