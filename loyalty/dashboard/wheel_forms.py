"""The page of a wheel: its own form, and a row for each segment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.wheel.models import Wheel
from campaigns.wheel.reading import (
    FEWEST,
    MOST_DAILY,
    MOST_PRICE,
    MOST_SEGMENTS,
    MOST_STOCK,
    share_told,
    wheel_data,
)
from loyalty.dashboard.fields import MomentField, OnceForm, offer
from loyalty.dashboard.prizes import PrizeForm
from loyalty.dashboard.rule_parts import typed
from loyalty.fields import AffixInput
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Program

OWN = ("starts_at", "ends_at", "wallet", "price", "free_daily", "most_daily")
HUNDRED = Decimal(100)


class WheelForm(OnceForm):
    name = LocalizedFormField(label=gettext_lazy("Name of the wheel"))
    about = LocalizedFormField(label=gettext_lazy("What members read"), long=True, required=False)
    starts_at = MomentField(label=gettext_lazy("Starts"))
    ends_at = MomentField(
        label=gettext_lazy("Ends"),
        help_text=gettext_lazy("At this moment it is over. Empty: it goes on until you end it."),
    )
    free_daily = forms.BooleanField(
        label=gettext_lazy("One spin a day is free"), required=False, initial=True
    )
    price = forms.IntegerField(
        label=gettext_lazy("What a spin costs"),
        help_text=gettext_lazy("0: spins are not sold. For a spin as a thank-you, let an earning "
                               "rule give into a wallet of its own, and take 1 of that here."),
        min_value=0, max_value=MOST_PRICE, initial=0, required=False,
    )  # fmt: skip
    wallet = forms.ChoiceField(label=gettext_lazy("From the wallet"), required=False)
    most_daily = forms.IntegerField(
        label=gettext_lazy("Spins a day at most"),
        help_text=gettext_lazy("Of one member, the free one included. Empty: no limit."),
        min_value=1, max_value=MOST_DAILY, required=False,
    )  # fmt: skip

    def __init__(self, program: Program, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_at"].required = True
        wallets = [it for it in program.wallets.all() if it.is_spendable]
        offer(self, "wallet", [(it.code, str(it.unit_many)) for it in wallets])
        self.one_wallet = len(wallets) == 1


class SegmentForm(forms.Form):
    name = LocalizedFormField(label=gettext_lazy("What stands on it"))
    share = forms.DecimalField(
        label=gettext_lazy("Odds"),
        help_text=gettext_lazy("In percent. All segments together come to 100."),
        min_value=Decimal("0.01"), max_value=HUNDRED, max_digits=5, decimal_places=2,
        widget=AffixInput(after="%", attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )  # fmt: skip
    stock = forms.IntegerField(
        label=gettext_lazy("How many there are"),
        help_text=gettext_lazy("Empty: they do not run out."),
        min_value=0, max_value=MOST_STOCK, required=False,
    )  # fmt: skip
    is_consolation = forms.BooleanField(
        label=gettext_lazy("Counts in place of a prize that has run out"), required=False
    )


@dataclass
class SegmentRow:
    number: int
    form: SegmentForm
    prize: PrizeForm

    def told(self) -> dict[str, Any]:
        told = self.form.cleaned_data
        return {
            "name": dict(told["name"]),
            "share": int(told["share"] * HUNDRED),
            "stock": told["stock"],
            "is_consolation": told["is_consolation"],
            "prize": self.prize.prize,
        }


class WheelBuilder:
    """A wheel on its way between a page and the flow."""

    def __init__(
        self, program: Program, wheel: Wheel | None = None, data: QueryDict | None = None
    ) -> None:
        self.program, self.wheel, self.data = program, wheel, data
        held = wheel_data(wheel) if wheel else {"segments": _first()}
        initial = {name: held[name] for name in ("name", "about", *OWN) if name in held}
        initial.setdefault("starts_at", timezone.now().replace(second=0, microsecond=0))
        if wheel:
            initial |= {
                "starts_at": wheel.starts_at, "ends_at": wheel.ends_at, "once": wheel.public_id
            }  # fmt: skip
        self.form = WheelForm(program, data, initial=initial)
        self.held = held["segments"]
        self.segments = self._posted() if data is not None else self._shown()
        self.total = ""  # What the odds come to, once they can be read.

    @property
    def may_add(self) -> bool:
        return len(self.segments) < MOST_SEGMENTS

    @property
    def may_remove(self) -> bool:
        return len(self.segments) > FEWEST

    def is_valid(self) -> bool:
        wrong = [form for form in self._forms() if not form.is_valid()]
        shares = [row.form.cleaned_data.get("share") for row in self.segments]
        if known := [share for share in shares if share is not None]:
            self.total = share_told(int(sum(known) * HUNDRED))
        return not wrong

    def told(self) -> dict[str, Any]:
        told = dict(self.form.cleaned_data)
        return {
            **{name: told[name] for name in OWN},
            "name": dict(told["name"]), "about": dict(told["about"] or {}),
            "price": told["price"] or 0,
            "wallet": (told["wallet"] or None) if told["price"] else None,
            "segments": [row.told() for row in self.segments],
        }  # fmt: skip

    def act(self, act: str) -> None:
        verb, _colon, what = act.partition(":")
        if verb == "remove" and self.may_remove:
            self.segments = [row for row in self.segments if str(row.number) != what]
        self.form = WheelForm(self.program, initial=typed(self.form))
        for row in self.segments:
            row.form = SegmentForm(prefix=row.form.prefix, initial=typed(row.form))
            told = typed(row.prize)
            row.prize = PrizeForm(self.program, prefix=str(row.prize.prefix), required=False)
            row.prize.initial = told
        if verb == "add" and self.may_add:
            number = max((row.number for row in self.segments), default=-1) + 1
            self.segments.append(self._row(number, {}))

    def refuse(self, problems: Mapping[str, str]) -> None:
        for place, sentence in problems.items():
            head, *rest = place.split(".")
            form: forms.Form = self.form
            field = head
            if head == "segments" and rest and int(rest[0]) < len(self.segments):
                row = self.segments[int(rest[0])]
                form = row.prize if len(rest) > 1 and rest[1] == "prize" else row.form
                field = rest[-1]
            form.add_error(field if field in form.fields else None, sentence)

    def _forms(self) -> Iterator[forms.Form]:
        yield self.form
        for row in self.segments:
            yield row.form
            yield row.prize

    def _shown(self) -> list[SegmentRow]:
        return [self._row(number, told) for number, told in enumerate(self.held)]

    def _posted(self) -> list[SegmentRow]:
        assert self.data is not None
        numbers = dict.fromkeys(
            int(it) for it in self.data.getlist("segment")[:MOST_SEGMENTS]
            if it.isascii() and it.isdigit() and len(it) < 4
        )  # fmt: skip
        return [
            SegmentRow(
                number,
                SegmentForm(self.data, prefix=f"s{number}"),
                PrizeForm(
                    self.program, self.data, prefix=f"p{number}", required=False,
                    prize=self.held[number].get("prize") if number < len(self.held) else None,
                ),
            )
            for number in numbers
        ]  # fmt: skip

    def _row(self, number: int, told: Mapping[str, Any]) -> SegmentRow:
        initial = {name: told.get(name) for name in ("name", "stock", "is_consolation")}
        if told.get("share"):
            initial["share"] = (Decimal(told["share"]) / HUNDRED).normalize()
        return SegmentRow(
            number,
            SegmentForm(prefix=f"s{number}", initial=initial),
            PrizeForm(
                self.program, prefix=f"p{number}", prize=told.get("prize"), required=False
            ),
        )  # fmt: skip


def _first() -> list[dict[str, Any]]:
    """What a new wheel begins with: odds that come to 100, most of them nothing."""
    return [
        {"name": {}, "share": 100, "stock": 1},
        {"name": {}, "share": 1_900},
        {"name": {"en": "Next time", "th": _("Next time")}, "share": 8_000,
         "is_consolation": True},
    ]  # fmt: skip
