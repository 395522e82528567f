"""What a merchant says about a contest: what counts, until when, and what each place wins."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from campaigns.contests.contest_forms import MOST_WINNERS
from campaigns.contests.models import Contest
from campaigns.contests.windows import NAMES
from loyalty.dashboard.fields import OnceForm, ZoneField, offer
from loyalty.fields import RadioCards
from loyalty.ledger.models import Wallet
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Program

ROWS = 5
LATER = ("ends_at", "buys_until", "freezes_at")
MEASURE_HINTS = {
    "referrals": gettext_lazy("Whoever brings the most friends who buy something."),
    "spend": gettext_lazy("Whoever spends most, less what came back."),
    "points": gettext_lazy("Whoever collects the most of a wallet."),
    "visits": gettext_lazy("Whoever buys something on the most days."),
    "votes": gettext_lazy("Members send a link or a picture, and vote for each other's."),
    "marks": gettext_lazy("Members send a link or a picture; your team gives marks."),
    "draw": gettext_lazy("Members send a link or a picture; the winners are drawn by lot."),
}


class ClockField(forms.CharField):
    """A day and a time by the contest's own clock: which one that is stands in another field."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def prepare_value(self, value: Any) -> Any:
        return value.strftime("%Y-%m-%dT%H:%M") if isinstance(value, datetime) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(self.prepare_value(initial), data)


class WindowForm(forms.Form):
    """When a contest counts."""

    starts_at = ClockField(label=gettext_lazy("Starts"))
    ends_at = ClockField(
        label=gettext_lazy("Ends"), help_text=pgettext_lazy("contest", "At this moment it is over.")
    )
    buys_from = ClockField(label=gettext_lazy("Purchases count from"), required=False)
    buys_until = ClockField(label=gettext_lazy("Purchases count until"), required=False)
    freezes_at = ClockField(
        label=gettext_lazy("The board is frozen"),
        help_text=gettext_lazy(
            "Leave time for returns: until then refunds and reviews move the board."
        ),
    )


class ContestForm(WindowForm, OnceForm):
    name = LocalizedFormField(label=gettext_lazy("Name of the contest"))
    about = LocalizedFormField(
        label=gettext_lazy("What members read"),
        help_text=gettext_lazy("In their own words: what to do, and why it is fun."),
        long=True,
        required=False,
    )
    measure = forms.ChoiceField(
        label=gettext_lazy("What counts"),
        choices=Contest.Measure.choices,
        initial=Contest.Measure.REFERRALS,
        widget=RadioCards(hints=MEASURE_HINTS),
    )
    wallet = forms.ChoiceField(label=gettext_lazy("Points of which wallet"), required=False)
    time_zone = ZoneField(label=gettext_lazy("By whose clock"))
    raised_to = forms.CharField(
        label=gettext_lazy("Reward for each friend, in place of the usual"),
        help_text=gettext_lazy("For friends who join and buy while it runs. Empty: the usual one."),
        required=False,
    )
    takes_links = forms.BooleanField(label=gettext_lazy("Entries may be links"), required=False)
    takes_pictures = forms.BooleanField(
        label=gettext_lazy("Entries may be pictures"), required=False
    )

    def __init__(
        self, program: Program, held: Mapping[str, Any], data: Any = None, **kwargs: Any
    ) -> None:
        super().__init__(data, initial=_initial(program, held), **kwargs)
        self.program = program
        self.wallets = {wallet.code: wallet for wallet in program.wallets.all()}
        for wallet in self.wallets.values():
            wallet.program = program
        offer(self, "wallet", [(code, str(it.unit_many)) for code, it in self.wallets.items()])
        self.rows = [
            PrizeRowForm(program, self.wallets, data, prefix=f"prize-{number}", initial=row)
            for number, row in enumerate(_prize_initials(held, self.wallets))
        ]

    def is_valid(self) -> bool:
        return all([super().is_valid(), *(row.is_valid() for row in self.rows)])

    def told(self) -> dict[str, Any]:
        """As ``clean_contest`` reads it."""
        same = ("measure", "time_zone", "takes_links", "takes_pictures")
        told = {name: self.cleaned_data[name] for name in same}
        is_referral = told["measure"] == Contest.Measure.REFERRALS
        windows = {name: self.cleaned_data[name] or None for name in NAMES}
        if not is_referral:
            windows |= {"buys_from": None, "buys_until": None}
        return told | windows | {
            "name": dict(self.cleaned_data["name"]),
            "about": dict(self.cleaned_data["about"] or {}),
            "wallet": self.cleaned_data["wallet"] or None,
            "raised_to": self._raised() if is_referral else None,
            "prizes": [row.told() for row in self.rows if row.is_told()],
        }  # fmt: skip

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Show each sentence where its field is."""
        told = [number for number, row in enumerate(self.rows) if row.is_told()]
        for place, sentence in problems.items():
            parts = place.split(".")
            if parts[0] == "prizes" and len(parts) > 2 and int(parts[1]) < len(told):
                self.rows[told[int(parts[1])]].refuse(parts[2:], sentence)
            else:
                self.add_error(place if place in self.fields else None, sentence)

    def _raised(self) -> int | None:
        if not (text := self.cleaned_data["raised_to"]):
            return None
        wallet = raised_wallet(self.program)
        return amount_of(text, wallet) if wallet else 0


class ExtendForm(forms.Form):
    """The moments that may become later."""

    ends_at = ClockField(label=gettext_lazy("Ends"))
    buys_until = ClockField(label=gettext_lazy("Purchases count until"), required=False)
    freezes_at = ClockField(label=gettext_lazy("The board is frozen"))

    def __init__(self, contest: Contest, data: Any = None) -> None:
        zone = ZoneInfo(contest.time_zone)
        held = {name: getattr(contest, name) for name in LATER}
        super().__init__(data, initial={
            name: at.astimezone(zone) if at else None for name, at in held.items()
        })  # fmt: skip
        self.zone, self.held = zone, held
        if contest.buys_until is None:
            del self.fields["buys_until"]

    def until(self) -> dict[str, Any]:
        """What was typed as instants. What was not touched keeps its seconds."""
        return {
            name: self.held[name] if name not in self.changed_data else self.cleaned_data[name]
            for name in self.fields
        }

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        for name in self.fields.keys() & told.keys():
            try:
                at = parse_datetime(str(told[name]))
            except ValueError:
                at = None
            if at is None:
                self.add_error(name, _("Give a date and a time."))
            else:
                told[name] = at if at.tzinfo else at.replace(tzinfo=self.zone)
        return told


class PrizeRowForm(forms.Form):
    """Places from … to …, and what each of them wins."""

    first = forms.IntegerField(
        label=gettext_lazy("From place"), min_value=1, max_value=MOST_WINNERS, required=False
    )
    last = forms.IntegerField(
        label=gettext_lazy("to place"), min_value=1, max_value=MOST_WINNERS, required=False
    )
    points = forms.CharField(label=gettext_lazy("Points"), max_length=20, required=False)
    wallet = forms.ChoiceField(label=gettext_lazy("of wallet"), required=False)
    reward = forms.ChoiceField(label=gettext_lazy("Reward"), required=False)
    badge = forms.ChoiceField(label=gettext_lazy("Badge"), required=False)

    def __init__(
        self, program: Program, wallets: Mapping[str, Wallet], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.wallets = wallets
        offer(self, "wallet", [(code, str(it.unit_many)) for code, it in wallets.items()])
        none = [("", _("none"))]
        rewards = program.rewards.kept().filter(is_automatic=False)
        offer(self, "reward", none + [(it.public_id, str(it)) for it in rewards])
        offer(self, "badge", none + [(it.public_id, str(it)) for it in program.badges.kept()])

    def is_told(self) -> bool:
        told = getattr(self, "cleaned_data", {})
        return any(told.get(name) for name in ("first", "last", "points", "reward", "badge"))

    def clean_points(self) -> str:
        text = str(self.cleaned_data["points"]).strip()
        if text and amount_of(text, next(iter(self.wallets.values()))) is None:
            raise forms.ValidationError(_("Enter a number."))
        return text

    def told(self) -> dict[str, Any]:
        found = self.cleaned_data
        gives: list[dict[str, Any]] = []
        if found["points"]:
            wallet = self.wallets.get(found["wallet"]) or next(iter(self.wallets.values()))
            points = amount_of(found["points"], wallet) or 0
            gives.append({"kind": "points", "wallet": wallet.code, "points": points})
        if found["reward"]:
            gives.append({"kind": "reward", "reward": found["reward"]})
        if found["badge"]:
            gives.append({"kind": "badge", "badge": found["badge"]})
        return {"first": found["first"], "last": found["last"] or found["first"], "gives": gives}

    def refuse(self, path: list[str], sentence: str) -> None:
        name = next((part for part in path if part in self.fields), None)
        self.add_error(name, sentence)


def amount_of(text: str, wallet: Wallet) -> int | None:
    """What people type for points of a wallet; of cashback, an amount of money."""
    try:
        amount = Decimal(text.replace(",", "").strip())
    except InvalidOperation:
        return None
    if not amount.is_finite() or abs(amount) > 10**12:
        return None
    scaled = amount.scaleb(wallet.exponent if wallet.kind == Wallet.Kind.CASHBACK else 0)
    return int(scaled) if scaled == scaled.to_integral_value() else None


def amount_text(points: int, wallet: Wallet) -> str:
    if wallet.kind == Wallet.Kind.CASHBACK:
        return f"{Decimal(points).scaleb(-wallet.exponent):f}"
    return str(points)


def raised_wallet(program: Program) -> Wallet | None:
    """Of which wallet the usual reward of an advocate is, if it is points at all."""
    terms = getattr(program, "referral_terms", None)
    prize = terms.advocate_prize if terms else {}
    return program.wallets.filter(pk=prize["wallet"]).first() if "wallet" in prize else None


def _initial(program: Program, held: Mapping[str, Any]) -> dict[str, Any]:
    if not held:
        return {"time_zone": program.time_zone, "takes_links": True, "takes_pictures": True}
    zone = ZoneInfo(held["time_zone"])
    instants = {
        name: datetime.fromisoformat(held[name]).astimezone(zone) for name in NAMES if held[name]
    }
    wallet = raised_wallet(program)
    raised = held["raised_to"]
    shown = amount_text(raised, wallet) if raised and wallet else ""
    return {**held, **instants, "raised_to": shown}


def _prize_initials(held: Mapping[str, Any], wallets: Mapping[str, Wallet]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for row in held.get("prizes", ()):
        found = {"first": row["first"], "last": row["last"]}
        for prize in row["gives"]:
            if prize["kind"] == "points":
                wallet = wallets[prize["wallet"]]
                found |= {"wallet": wallet.code, "points": amount_text(prize["points"], wallet)}
            else:
                found[prize["kind"]] = prize[prize["kind"]]
        rows.append(found)
    blank: list[dict[str, Any]] = [{} for _number in range(max(ROWS, len(rows) + 1) - len(rows))]
    if not rows:
        blank[0] = {"first": 1, "last": 1}
    return rows + blank
