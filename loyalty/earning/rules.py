"""Judging: an activity and a rulebook in, awards out. Nothing here reads or writes anything."""

from collections.abc import Callable, Sequence
from typing import Protocol

from django.utils.translation import gettext as _

from loyalty.earning.activity import PURCHASE, Activity, Award
from loyalty.earning.conditions import Condition, Counted, LineCondition
from loyalty.earning.effects import Amount, Step, exact, ratio
from loyalty.earning.rulebook import Rule, Rulebook
from loyalty.refusal import Refusal

MOST_POINTS = 10**15  # Above any award that was meant, and far below what a column holds.

ROUNDINGS: dict[str, Callable[[int, int], int]] = {
    "floor": lambda above, below: above // below,
    "half_up": lambda above, below: (2 * above + below) // (2 * below),
    "ceiling": lambda above, below: -(-above // below),
}


class TooManyPoints(Refusal):
    code = "too_many_points"


class Conditioned(Protocol):
    """A rule, or what else asks for something as rules do."""

    @property
    def line_conditions(self) -> Sequence[LineCondition]: ...
    @property
    def conditions(self) -> Sequence[Condition]: ...


def awards_for(activity: Activity, rulebook: Rulebook) -> list[Award]:
    """What the program's standing rules owe for an activity, before caps."""
    rules = rulebook.rules.get(activity.kind, ())
    basket = Counted(activity.items, activity.counted_minor)
    awards = (judge(rule, activity, basket, rulebook.rounding) for rule in rules)
    return [award for award in awards if award is not None]


def unmet_conditions(rule: Rule, activity: Activity) -> list[Condition]:
    """Why a rule gave nothing: the conditions that do not hold."""
    basket = Counted(activity.items, activity.counted_minor)
    counted = _narrowed(rule, basket)
    if counted is None:
        return list(rule.line_conditions)
    return [one for one in rule.conditions if not one.check(activity, counted)]


def counted_by(rule: Conditioned, activity: Activity, basket: Counted) -> Counted | None:
    """The part of a basket that a rule counts; None where its conditions do not hold."""
    counted = _narrowed(rule, basket)
    if counted is None:
        return None
    if activity.kind == PURCHASE and counted.minor <= 0:
        return None  # None of it is spend.
    for condition in rule.conditions:
        if not condition.check(activity, counted):
            return None
    return counted


def judge(rule: Rule, activity: Activity, basket: Counted, rounding: str) -> Award | None:
    """What one rule owes, before caps."""
    counted = counted_by(rule, activity, basket)
    if counted is None:
        return None
    points, steps = _worked_out(rule, activity, counted, rounding)
    if points <= 0:
        return None
    is_whole = activity.kind == PURCHASE and not rule.effect.is_pro_rata
    return Award(
        wallet_id=rule.wallet_id,
        points=points,
        source=rule.source,
        steps=tuple(steps),
        is_qualifying=rule.is_qualifying,
        value_minor=counted.minor,
        basis=lines_of(counted) if counted.is_part else None,
        whole_above_minor=rule.minimum_spend(is_part=counted.is_part) if is_whole else None,
    )


def _narrowed(rule: Conditioned, basket: Counted) -> Counted | None:
    """What the line conditions let count; None where that is nothing."""
    if not rule.line_conditions:
        return basket
    if not basket.items:
        # A bill without lines: nobody can say that it holds something, or that it does not.
        return basket if all(condition.out for condition in rule.line_conditions) else None
    items = basket.items
    for condition in rule.line_conditions:
        items = condition.narrows(items)
    if len(items) == len(basket.items):
        return basket
    return Counted(items, sum(item.counted_minor for item in items), True) if items else None


def _worked_out(
    rule: Rule, activity: Activity, counted: Counted, rounding: str
) -> tuple[int, list[Step]]:
    """The points and how they came about. All is exact until the one rounding at the end."""
    amount, step = rule.effect.gives(counted)
    steps = [_part(activity, counted), step] if counted.is_part else [step]
    percent = tier_percent(rule, activity)
    if percent != 100:
        amount = times(amount, percent)
        steps.append(
            {
                "step": "tier",
                "name": activity.who.tier_name,
                "percent": percent,
                "gives": exact(amount),
            }
        )
    points = rounded(amount, rounding)
    if amount.denominator != 1:
        steps.append({"step": "rounded", "rounding": rounding, "gives": str(points)})
    if points > MOST_POINTS:
        raise TooManyPoints(_("A rule would give more points than any rule should. Look at it."))
    return points, steps


def tier_percent(rule: Rule, activity: Activity) -> int:
    return activity.who.multiplier_percent if rule.multiplied_by_tier else 100


def times(amount: Amount, percent: int) -> Amount:
    return ratio(amount.numerator * percent, amount.denominator * 100)


def rounded(amount: Amount, rounding: str) -> int:
    if amount.denominator == 1:
        return amount.numerator
    return ROUNDINGS[rounding](amount.numerator, amount.denominator)


def _part(activity: Activity, counted: Counted) -> Step:
    return {
        "step": "lines",
        "lines": list(lines_of(counted)),
        "of_minor": activity.counted_minor,
        "gives_minor": counted.minor,
    }


def lines_of(counted: Counted) -> dict[int, int]:
    """What counts of each line, in minor units."""
    return {item.number: item.counted_minor for item in counted.items if item.counted_minor}
