"""What a page of figures is asked for: which days, and of which wallet."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty import formats
from loyalty.dashboard.doors import DeskRequest
from loyalty.dashboard.spans import SPAN, date_input
from loyalty.days import local_date
from loyalty.insights import measures
from loyalty.insights.measures import Value
from loyalty.insights.periods import USUAL, Period, period_of
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program

PERIODS = {
    "today": gettext_lazy("Today"),
    "7": gettext_lazy("7 days"),
    "30": gettext_lazy("30 days"),
    "90": gettext_lazy("90 days"),
    "month": gettext_lazy("This month"),
}


class PeriodForm(forms.Form):
    """Days of one's own choice."""

    first = forms.DateField(label=gettext_lazy("From"), validators=SPAN, widget=date_input())
    last = forms.DateField(label=gettext_lazy("To"), validators=SPAN, widget=date_input())

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("first") and told.get("last") and told["last"] < told["first"]:
            self.add_error("last", _("The last day cannot be before the first."))
        return told


@dataclass(frozen=True)
class Asked:
    """What a page of figures is asked for: which days, and of which wallet."""

    program: Program
    period: Period
    form: PeriodForm
    wallet: Wallet
    wallets: Sequence[Wallet]

    def query(self, **changes: str) -> str:
        """The same question, in an address, with some of it changed."""
        span = self.period.span
        told = {"period": self.period.name, "wallet": self.wallet.code}
        if self.period.name == "custom":
            told |= {"first": span.since.isoformat(), "last": span.last.isoformat()}
        return f"?{urlencode(told | changes)}"

    @property
    def days(self) -> str:
        span = self.period.span
        if span.days == 1:
            return formats.day(span.since)
        return f"{formats.day(span.since)} – {formats.day(span.last)}"

    def shown(self, value: Value, unit: str) -> str:
        return printed(value, unit, self.wallet, self.program)


def printed(value: Value, unit: str, wallet: Wallet, program: Program) -> str:
    """A value as people read it."""
    if value is None:
        return "—"
    if unit == measures.PERCENT:
        return formats.percent(value)
    if unit == measures.MONEY:
        return formats.money(int(value), program.currency)
    if unit == measures.POINTS and wallet.kind == Wallet.Kind.CASHBACK:
        return formats.money(int(value), program.currency)
    return formats.number(int(value))


def asked_by(request: DeskRequest) -> Asked:
    program = request.program
    today = local_date(timezone.now(), program.time_zone)
    name = request.GET.get("period", USUAL)
    form = PeriodForm(request.GET if name == "custom" else None)
    days = form.cleaned_data if form.is_bound and form.is_valid() else {}
    period = period_of(name, today, first=days.get("first"), last=days.get("last"))
    if not form.is_bound:
        form = PeriodForm(initial={"first": period.span.since, "last": period.span.last})
    wallets = list(program.wallets.all())
    if not wallets:
        raise Http404
    for wallet in wallets:
        wallet.program = program
    chosen = [wallet for wallet in wallets if wallet.code == request.GET.get("wallet")]
    return Asked(program, period, form, (chosen or wallets)[0], wallets)


def period_tabs(asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": f"?{urlencode({'period': name, 'wallet': asked.wallet.code})}",
            "current": asked.period.name == name,
        }
        for name, label in PERIODS.items()
    ]


def wallet_tabs(asked: Asked) -> list[dict[str, Any]]:
    if len(asked.wallets) < 2:
        return []
    return [
        {
            "label": capfirst(str(wallet)),
            "url": asked.query(wallet=wallet.code),
            "current": wallet == asked.wallet,
        }
        for wallet in asked.wallets
    ]
