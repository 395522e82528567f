"""Activities and rulebooks made of plain values: judging needs no database."""

from datetime import date, datetime
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from loyalty.earning.activity import PURCHASE, Activity, Award, Item, Who
from loyalty.earning.conditions import Counted, condition_from_json
from loyalty.earning.models import EarningRule
from loyalty.earning.rulebook import Rulebook, compile_rulebook
from loyalty.earning.rules import awards_for
from loyalty.earning.terms import Terms
from loyalty.ledger.models import Wallet
from loyalty.localized import Localized
from loyalty.merchants.models import Program

BANGKOK = ZoneInfo("Asia/Bangkok")
JOINED = date(2025, 6, 2)
TUESDAY_NOON = "2026-06-02 12:00"
POINTS = {"en": "point", "th": "แต้ม"}, {"en": "points", "th": "แต้ม"}
TERMS = Terms(
    currency="THB", unit_one=Localized(POINTS[0]), unit_many=Localized(POINTS[1]),
    tiers={0: "Member", 1: "Silver", 2: "Gold"}, locations={"siam": "Siam"},
    segments={"s1": "Regulars"}, badges={"b1": "Critic"}, rewards={"r1": "Coffee"},
)  # fmt: skip  # fmt: skip
_pks = count(1)


def line(number: int, minor: int, quantity: Any = 1, **fields: Any) -> Item:
    return Item(
        number=number, counted_minor=minor, amount_minor=minor, quantity=Decimal(quantity), **fields
    )


def done(kind: str, at: str = TUESDAY_NOON, **fields: Any) -> Activity:
    """Something Ana did; fields of Who are taken for her."""
    local = datetime.fromisoformat(at).replace(tzinfo=BANGKOK)
    who = {name: fields.pop(name) for name in Who.__slots__ if name in fields}
    return Activity(
        kind=kind, account_id=fields.pop("account_id", 1), key=f"{kind}:1", occurred_at=local,
        local=local, who=Who(**{"enrolled_on": JOINED, **who}), **fields,
    )  # fmt: skip


def bought(
    *lines: Item, spend: int | None = None, at: str = TUESDAY_NOON, **fields: Any
) -> Activity:
    """Ana bought these lines, or spent so much."""
    minor = sum(one.counted_minor for one in lines) if spend is None else spend
    return done(PURCHASE, at, items=lines, counted_minor=minor, **fields)


def rule(effect: dict[str, Any], *conditions: dict[str, Any], **fields: Any) -> EarningRule:
    """A stored rule; ``wallet`` is the kind of wallet that it fills."""
    kind = fields.pop("wallet", "points")
    one, many = POINTS
    wallet = Wallet(pk=1, code=kind, kind=kind, unit_one=Localized(one), unit_many=Localized(many))
    return EarningRule(
        pk=next(_pks), wallet=wallet, effect=effect, conditions=list(conditions),
        **{"name": Localized(en="A rule"), **fields},
    )  # fmt: skip


def per_baht(points: int = 1, per_minor: int = 100, **fields: Any) -> dict[str, Any]:
    return {"kind": "per_spend", "points": points, "per_minor": per_minor, **fields}


def fixed(points: int) -> dict[str, Any]:
    return {"kind": "fixed", "points": points}


def book(*rules: EarningRule, rounding: str = "floor") -> Rulebook:
    program = Program(pk=1, rounding=rounding)
    return compile_rulebook(program, [one.wallet for one in rules], rules)


def judged(activity: Activity, *rules: EarningRule, rounding: str = "floor") -> list[Award]:
    return awards_for(activity, book(*rules, rounding=rounding))


def points(activity: Activity, *rules: EarningRule, rounding: str = "floor") -> int:
    return sum(award.points for award in judged(activity, *rules, rounding=rounding))


def holds(condition: dict[str, Any], activity: Activity) -> bool:
    """Whether one condition lets the activity through."""
    counted = Counted(activity.items, activity.counted_minor)
    return condition_from_json(condition).check(activity, counted)
