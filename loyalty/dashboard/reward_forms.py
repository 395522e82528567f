"""What a merchant says about a reward, and the list of a partner's codes."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from loyalty.dashboard.fields import MomentField, OnceForm
from loyalty.fields import AffixInput, MoneyField, PointsField, RadioCards
from loyalty.ledger.models import Wallet
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Program
from loyalty.rewards.drafts import facts
from loyalty.rewards.models import Reward

MOST_BYTES = 5 * 1024 * 1024
# Thai spreadsheets are still saved as Windows-874 now and then.
ENCODINGS = ("utf-8-sig", "cp874")
HEADINGS = frozenset({"code", "codes", "voucher", "vouchers", "coupon", "coupons", "รหัส", "โค้ด"})
PERIODS = [
    ("ever", pgettext_lazy("limit", "in all")),
    ("day", pgettext_lazy("limit", "a day")),
    ("week", pgettext_lazy("limit", "a week, from Monday")),
    ("month", pgettext_lazy("limit", "a calendar month")),
    ("year", pgettext_lazy("limit", "a calendar year")),
]
KIND_HINTS = {
    "amount_off": gettext_lazy("A sum taken off the bill."),
    "percent_off": gettext_lazy("A share taken off the bill."),
    "free_product": gettext_lazy("A coffee, a tote bag: handed out at the counter."),
    "free_shipping": gettext_lazy("For orders from your web shop."),
    "store_credit": gettext_lazy("Money to spend with you later."),
    "custom": gettext_lazy("A seat, a tasting, a name on the wall: the description says it."),
}


class RewardForm(OnceForm):
    name = LocalizedFormField(label=gettext_lazy("Name of the reward"))
    description = LocalizedFormField(
        label=gettext_lazy("Description"),
        help_text=gettext_lazy("What it is, and what members should know before they choose it."),
        long=True,
        required=False,
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"),
        choices=Reward.Kind.choices,
        initial=Reward.Kind.FREE_PRODUCT,
        widget=RadioCards(hints=KIND_HINTS),
    )
    percent = forms.IntegerField(
        label=gettext_lazy("Percent off"),
        min_value=1,
        max_value=100,
        required=False,
        widget=AffixInput(after="%", attrs={"inputmode": "numeric"}),
    )
    product = forms.CharField(
        label=gettext_lazy("Product code"),
        help_text=gettext_lazy("By which your till knows it."),
        max_length=80,
        required=False,
    )
    is_automatic = forms.BooleanField(
        label=gettext_lazy("Given by itself"),
        help_text=gettext_lazy(
            "As soon as the wallet holds the price, as with a full stamp card. It is not in the "
            "catalog then."
        ),
        required=False,
    )
    stock = forms.IntegerField(
        label=gettext_lazy("How many are left"),
        help_text=gettext_lazy("Empty: as many as are wanted."),
        min_value=0,
        max_value=10**9,
        required=False,
    )
    # What was left when the page was shown. Unless somebody types over it, what is sold stays sold.
    stock_shown = forms.CharField(widget=forms.HiddenInput, required=False)
    member_limit = forms.IntegerField(
        label=gettext_lazy("How often a member may have it"),
        help_text=gettext_lazy("Empty: as often as they can pay."),
        min_value=1,
        max_value=30_000,
        required=False,
    )
    member_limit_period = forms.ChoiceField(
        label=gettext_lazy("That often"), choices=PERIODS, initial="ever"
    )
    voucher_days = forms.IntegerField(
        label=gettext_lazy("Days that its voucher is good for"),
        help_text=gettext_lazy("Empty: without end."),
        min_value=0,
        max_value=3650,
        required=False,
        initial=30,
    )
    uses_pool = forms.BooleanField(
        label=gettext_lazy("Its codes come from a partner's list"),
        help_text=gettext_lazy("You upload the list on this page once the reward is saved."),
        required=False,
    )
    starts_at = MomentField(label=gettext_lazy("On offer from"))
    ends_at = MomentField(label=gettext_lazy("Offered until"))
    field_order = (
        "once", "name", "description", "kind", "amount_minor", "percent", "product", "wallet",
        "price", "is_automatic", "stock", "stock_shown", "member_limit", "member_limit_period",
        "from_rank", "voucher_days", "uses_pool", "starts_at", "ends_at",
    )  # fmt: skip

    def __init__(self, program: Program, reward: Reward | None, data: Any = None) -> None:
        super().__init__(data, initial=_initial(reward) if reward else None)
        self.reward = reward
        self.wallets = [wallet for wallet in program.wallets.all() if wallet.is_spendable]
        codes = {wallet.code: wallet for wallet in self.wallets}
        asked = (data or {}).get("wallet") or (reward.wallet.code if reward else "")
        self.wallet: Wallet | None = codes.get(asked) or next(iter(self.wallets), None)
        self.fields["amount_minor"] = MoneyField(
            currency=program.currency, label=_("Worth"), min_value=0, required=False
        )
        self.fields["wallet"] = forms.ChoiceField(
            label=_("Paid from"),
            choices=[(wallet.code, str(wallet.unit_many)) for wallet in self.wallets],
            initial=self.wallet.code if self.wallet else "",
        )
        self.fields["price"] = self._price(program)
        self.fields["from_rank"] = forms.TypedChoiceField(
            label=_("Who may have it"), choices=_ranks(program), coerce=int, initial=0
        )
        self.order_fields(self.field_order)

    def _price(self, program: Program) -> forms.Field:
        label = _("Price")
        if self.wallet and self.wallet.kind == Wallet.Kind.CASHBACK:
            return MoneyField(currency=program.currency, label=label, min_value=0)
        unit = self.wallet or Wallet(unit_many=_("points"))
        return PointsField(wallet=unit, label=label, min_value=1, max_value=2**31 - 1)

    def fields_told(self) -> dict[str, Any]:
        """What the flow is told: only what belongs to this kind, and stock only if typed over."""
        told = dict(self.cleaned_data)
        told.pop("once")
        told["wallet"] = self.wallet
        kind = told["kind"]
        if kind not in ("amount_off", "store_credit"):
            told["amount_minor"] = None
        if kind != "percent_off":
            told["percent"] = None
        if kind != "free_product":
            told["product"] = ""
        shown = told.pop("stock_shown")
        if self.reward and shown == _shown(told["stock"]):
            del told["stock"]
        return told


class CodesForm(forms.Form):
    """A partner's codes: a file, or lines pasted."""

    file = forms.FileField(
        label=gettext_lazy("A file"),
        help_text=gettext_lazy("CSV or text, one code a line; of a table the first column counts."),
        required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )
    pasted = forms.CharField(
        label=gettext_lazy("Or codes, one a line"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        max_length=1_000_000,
        required=False,
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is larger than 5 MB. Split it."))
        return file

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if not self.errors and not told.get("file") and not told.get("pasted", "").strip():
            raise forms.ValidationError(_("Choose a file, or paste some codes."))
        return told

    def lines(self) -> list[str]:
        """The first column of every line. A heading becomes an empty line, so that lines count."""
        file = self.cleaned_data["file"]
        text = decoded(file.read()) if file else self.cleaned_data["pasted"]
        lines = [_first_cell(line) for line in text.splitlines()]
        if lines and lines[0].casefold() in HEADINGS:
            lines[0] = ""
        return lines


def decoded(body: bytes) -> str:
    """A text file as people save it: UTF-8, UTF-16 with its mark, or Windows-874."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", errors="replace")
    for encoding in ENCODINGS:
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", errors="replace")


def _first_cell(line: str) -> str:
    return re.split(r"[,;\t]", line, maxsplit=1)[0].strip().strip('"').strip()


def _initial(reward: Reward) -> dict[str, Any]:
    return {
        **facts(reward),
        "once": reward.public_id,
        "starts_at": reward.starts_at,
        "ends_at": reward.ends_at,
        "stock_shown": _shown(reward.stock),
    }


def _shown(stock: int | None) -> str:
    return "" if stock is None else str(stock)


def _ranks(program: Program) -> list[tuple[int, str]]:
    tiers = list(program.tiers.kept().filter(rank__gt=0))
    above = [(tier.rank, _("%(tier)s and above") % {"tier": tier}) for tier in tiers]
    return [(0, _("All members")), *above]
