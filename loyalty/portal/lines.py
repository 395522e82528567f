"""The lines of an account as their owner reads them: what happened, why, and what became of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from loyalty import formats
from loyalty.earning.explanation import sentences
from loyalty.insights.why import Cause, causes
from loyalty.ledger.statement import Movement
from loyalty.merchants.models import Program
from loyalty.portal import telling
from loyalty.purchases.models import Purchase
from members.models import Member

BADGES: Mapping[str, tuple[str, str]] = {
    "pending": ("info", "hourglass"),
    "reversed": ("warn", "undo-2"),
    "expired": ("warn", "clock"),
    "used": ("plain", "check"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One movement, in words."""

    movement: Movement
    title: str
    place: str  # Where, and by which number: "Ari · 4711".
    icon: str
    amount: str
    balance: str
    badge: str
    tone: str
    reasons: list[str]
    fate: list[str]  # What became of it: until when it waits, when it ends, what is owed of it.

    month: str  # "November 2026": what the lines are listed under.
    day: str  # "21 Nov, 14:05".

    @property
    def is_plus(self) -> bool:
        return self.movement.points > 0


def lines_of(member: Member, movements: Sequence[Movement]) -> list[Line]:
    """A page of movements, with their causes looked up in one query a kind."""
    program = member.program
    why = causes(program, movements)
    bought = _purchases(member, why.values())
    return [_line(it, why[it.id], bought.get(why[it.id].id), program) for it in movements]


def _purchases(member: Member, why: Any) -> dict[str, Purchase]:
    asked = {cause.id for cause in why if cause.kind == "purchase"}
    if not asked:
        return {}
    found = Purchase.objects.filter(account=member.account_id, public_id__in=asked)
    return {it.public_id: it for it in found.select_related("location")}


def _line(it: Movement, cause: Cause, bought: Purchase | None, program: Program) -> Line:
    wallet = it.wallet
    wallet.program = program  # What prints points asks for its currency.
    tone, _icon = BADGES.get(it.status, ("plain", ""))
    return Line(
        movement=it,
        title=_title(it, cause, bought, program),
        place=_place(cause, bought),
        icon=_icon_of(it, cause),
        amount=formats.points(it.points, wallet, sign=True),
        balance=formats.points(it.balance_after, wallet),
        badge=_badge(it),
        tone=tone,
        reasons=_reasons(it, cause, program),
        fate=_fate(it, program),
        month=telling.day(it.occurred_at, program, "month"),
        day=telling.moment(it.occurred_at, program, "short"),
    )


def _title(it: Movement, cause: Cause, bought: Purchase | None, program: Program) -> str:
    name = str(cause.promise_name or "")
    if cause.kind == "purchase" and it.kind == "accrual":
        if bought is None:
            return _("Purchase")
        return _("Purchase, %(money)s") % {
            "money": formats.money(bought.total_minor, program.currency)
        }
    if cause.kind == "redemption":
        return _redeemed(it, name or _("Paid with %(units)s") % {"units": it.wallet.unit_many})
    titles: dict[str, Callable[[], str]] = {
        "refund": lambda: _("Purchase returned"),
        "adjust": lambda: _("Adjusted by the shop"),
        "undo": lambda: _("Adjustment undone"),
        "tier": lambda: _("%(tier)s reached") % {"tier": name},
    }
    if it.kind == "expiry":
        return _("Expired")
    return titles[cause.kind]() if cause.kind in titles else (name or _KINDS.get(it.kind, str)())


_KINDS: Mapping[str, Callable[[], str]] = {
    "accrual": lambda: _("Earned"),
    "redemption": lambda: _("Spent"),
    "adjustment": lambda: _("Adjusted"),
    "reversal": lambda: _("Taken back"),
}


def _redeemed(it: Movement, what: str) -> str:
    return what if it.points < 0 else _("Cancelled: %(what)s") % {"what": what}


def _place(cause: Cause, bought: Purchase | None) -> str:
    where = str(bought.location) if bought and bought.location else ""
    return " · ".join(
        part for part in (where, cause.reference) if part and cause.kind != "activity"
    )


def _icon_of(it: Movement, cause: Cause) -> str:
    if it.kind == "expiry":
        return "clock"
    known = {
        "purchase": "shopping-bag",
        "refund": "undo-2",
        "redemption": "gift",
        "tier": "medal",
        "adjust": "pencil",
        "undo": "undo-2",
    }
    return known.get(cause.kind, "sparkles")


def _badge(it: Movement) -> str:
    words: Mapping[str, Callable[[], str]] = {
        "pending": lambda: _("Pending"),
        "reversed": lambda: _("Taken back"),
        "expired": lambda: _("Expired"),
        "used": lambda: _("Used"),
    }
    if it.kind in ("accrual", "adjustment") and it.status in words and it.points > 0:
        return words[it.status]()
    return ""


def _reasons(it: Movement, cause: Cause, program: Program) -> list[str]:
    wallet = it.wallet
    told = sentences(
        it.explanation, currency=program.currency, unit_one=wallet.unit_one,
        unit_many=wallet.unit_many, is_money=wallet.kind == "cashback",
    )  # fmt: skip
    named = cause.promise == "rule" and cause.kind == "purchase"
    return [str(cause.promise_name), *told] if named else told


def _fate(it: Movement, program: Program) -> list[str]:
    """Whole sentences, each about something that the figure alone does not tell."""
    told = []
    wallet = it.wallet
    if it.status == "pending" and it.available_at:
        told.append(
            _("Can be spent from %(day)s.") % {"day": telling.day(it.available_at, program)}
        )
    if it.remaining and it.last_day:
        rest = formats.points(it.remaining, wallet)
        when = telling.day(it.last_day, program)
        told.append(_("%(rest)s left, to be spent by %(day)s.") % {"rest": rest, "day": when})
    elif it.remaining and it.remaining != it.points:
        told.append(_("%(rest)s left.") % {"rest": formats.points(it.remaining, wallet)})
    if it.reversed_points > 0 and it.points > 0:
        taken = formats.points(it.reversed_points, wallet)
        told.append(_("%(points)s of it were taken back.") % {"points": taken})
    if it.owed:
        owed = formats.points(it.owed, wallet)
        told.append(_("%(points)s are still owed, because they had been spent.") % {"points": owed})
    return told
