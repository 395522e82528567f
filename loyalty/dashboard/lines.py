"""The lines of an account as staff read them: what was behind each, who did it, what is left."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from loyalty import formats
from loyalty.earning.explanation import sentences
from loyalty.insights.why import Cause, causes
from loyalty.ledger.models import Entry, Wallet
from loyalty.ledger.statement import Movement
from loyalty.merchants.models import Program
from members.models import Member

Kind = Entry.Kind
BADGES: Mapping[str, tuple[Any, str]] = {
    "pending": (gettext_lazy("Pending"), "info"),
    "used": (gettext_lazy("Used up"), "plain"),
    "reversed": (gettext_lazy("Taken back"), "warn"),
}
_TITLES: Mapping[str, Any] = {
    "adjust": gettext_lazy("Adjusted by hand"),
    "undo": gettext_lazy("Adjustment undone"),
    "refund": gettext_lazy("Refund"),
    "pay": gettext_lazy("Paid at the till"),
}
_BY_KIND: Mapping[str, Any] = {
    Kind.ACCRUAL: gettext_lazy("Earned"),
    Kind.REDEMPTION: pgettext_lazy("points", "Spent"),
    Kind.EXPIRY: gettext_lazy("Expired"),
    Kind.ADJUSTMENT: gettext_lazy("Adjusted"),
    Kind.REVERSAL: gettext_lazy("Reversed"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One movement, in words."""

    movement: Movement
    title: str
    note: str  # Who told us, under which number, or who did it.
    amount: str
    balance: str
    badge: Any
    tone: str
    reasons: list[str]
    url: str
    cause_url: str = ""
    draws: list[tuple[str, str, str]] = field(default_factory=list)  # Number, points, address.

    @property
    def is_plus(self) -> bool:
        return self.movement.points > 0


def lines_of(member: Member, movements: Sequence[Movement]) -> list[Line]:
    """A page of movements, with what was behind them looked up in one question a kind."""
    program = member.program
    why = causes(program, movements)
    people = _people(program, movements)
    return [_line(it, why[it.id], people, member) for it in movements]


def reasons_of(steps: Iterable[Mapping[str, Any]], wallet: Wallet) -> list[str]:
    """Why it was this many, step by step."""
    return sentences(
        steps, currency=wallet.program.currency, unit_one=wallet.unit_one,
        unit_many=wallet.unit_many, is_money=wallet.kind == Wallet.Kind.CASHBACK,
    )  # fmt: skip


def entry_url(member: Member, number: str) -> str:
    return reverse("dashboard:member_entry", args=[member.program.slug, member.public_id, number])


def _line(it: Movement, cause: Cause, people: Mapping[str, str], member: Member) -> Line:
    program, wallet = member.program, it.wallet
    wallet.program = program  # What prints points asks for its currency.
    badge, tone = BADGES.get(it.status, ("", "plain"))
    return Line(
        movement=it,
        title=_title(it, cause),
        note=_note(it, cause, people),
        amount=formats.points(it.points, wallet, sign=True),
        balance=formats.points(it.balance_after, wallet),
        badge=badge,
        tone=tone,
        reasons=reasons_of(it.explanation, wallet),
        url=entry_url(member, it.number),
        cause_url=_cause_url(cause, program),
        draws=[
            (number, formats.points(points, wallet), entry_url(member, number))
            for number, points in it.draws
        ],
    )


def _title(it: Movement, cause: Cause) -> str:
    name = str(cause.promise_name or "")
    if it.kind == Kind.REVERSAL and cause.kind == "redemption":
        return _("Cancelled: %(what)s") % {"what": name or _("payment with points")}
    if it.source == "pay":
        return str(_TITLES["pay"])
    if it.kind == Kind.EXPIRY or not (name or cause.kind in _TITLES):
        return str(_BY_KIND[it.kind])
    return str(_TITLES.get(cause.kind) or name)


def _note(it: Movement, cause: Cause, people: Mapping[str, str]) -> str:
    if it.source in people:
        return people[it.source]
    told = " · ".join(part for part in (cause.source, cause.reference) if part)
    return told if cause.kind in ("purchase", "refund", "activity") else ""


def _cause_url(cause: Cause, program: Program) -> str:
    pages = {"purchase": "purchase", "refund": "refund"}
    if cause.kind not in pages or not cause.id:
        return ""
    return reverse(f"dashboard:{pages[cause.kind]}", args=[program.slug, cause.id])


def _people(program: Program, movements: Sequence[Movement]) -> dict[str, str]:
    """Who of the team, or which key, is behind the sources of some movements."""
    asked: dict[str, list[int]] = {"staff": [], "key": []}
    for it in movements:
        kind, _colon, number = it.source.partition(":")
        if kind in asked and number.isdecimal():
            asked[kind].append(int(number))
    named: dict[str, str] = {}
    tables: Mapping[str, tuple[Any, Callable[[Any], str]]] = {
        "staff": (program.merchant.team.select_related("user"), lambda row: str(row.user)),
        "key": (program.api_keys, lambda row: _("API key %(name)s") % {"name": row}),
    }
    for kind, (rows, told) in tables.items():
        if asked[kind]:
            named |= {f"{kind}:{row.pk}": told(row) for row in rows.filter(pk__in=asked[kind])}
    return named
