"""Stored steps, told to people in their own language: why it was this many points."""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import get_language, gettext, ngettext, override

from loyalty import formats
from loyalty.earning.caps import TOTAL
from loyalty.earning.terms import Terms, rate
from loyalty.localized import Localized

Step = Mapping[str, Any]
Teller = Callable[[Step, Terms], str]

TELLERS: dict[str, Teller] = {}


def tells(step: str) -> Callable[[Teller], Teller]:
    """Registers the function that tells a kind of step. Campaigns add theirs."""

    def register(teller: Teller) -> Teller:
        TELLERS[step] = teller
        return teller

    return register


def sentences(
    steps: Iterable[Step],
    *,
    currency: str,
    unit_one: Any,
    unit_many: Any,
    is_money: bool = False,
    language: str | None = None,
) -> list[str]:
    """One line a step. ``is_money``: the wallet holds money, and its figures are told as such."""
    terms = Terms(currency=currency, unit_one=unit_one, unit_many=unit_many, is_money=is_money)
    with override(language or get_language()):
        lines = [_told(step, terms) for step in steps]
    return [line for line in lines if line]


def _told(step: Step, terms: Terms) -> str:
    teller = TELLERS.get(str(step.get("step"))) if isinstance(step, Mapping) else None
    try:
        return teller(step, terms) if teller else _unknown(step, terms)
    except (ArithmeticError, KeyError, TypeError, ValueError):
        # Entries are kept for ever; a line that nobody can read must not take the page with it.
        return ""


def _unknown(step: Step, terms: Terms) -> str:
    return gettext("Then: %(gives)s") % {"gives": _gives(step, terms)}


@tells("spend")
def _spend(step: Step, terms: Terms) -> str:
    words = (
        gettext("%(spend)s × %(worth)s per full %(per)s = %(gives)s")
        if step.get("whole_steps")
        else gettext("%(spend)s × %(worth)s per %(per)s = %(gives)s")
    )
    return words % {
        "spend": terms.money(step["spend_minor"], whole=False),
        "worth": terms.worth(step["points"]),
        "per": terms.money(step["per_minor"], whole=False),
        "gives": _gives(step, terms),
    }


@tells("percent")
def _percent(step: Step, terms: Terms) -> str:
    return gettext("%(spend)s × %(percent)s = %(gives)s") % {
        "spend": terms.money(step["spend_minor"], whole=False),
        "percent": rate(step["basis_points"]),
        "gives": _gives(step, terms),
    }


@tells("units")
def _units(step: Step, terms: Terms) -> str:
    return gettext("%(quantity)s × %(worth)s = %(gives)s") % {
        "quantity": formats.number(Decimal(step["quantity"])),
        "worth": terms.worth(step["points"]),
        "gives": _gives(step, terms),
    }


@tells("fixed")
def _fixed(step: Step, terms: Terms) -> str:
    return terms.worth(step["points"])


@tells("stamps")
def _stamps(step: Step, terms: Terms) -> str:
    return terms.worth(step["stamps"])


@tells("lines")
def _lines(step: Step, terms: Terms) -> str:
    lines = [formats.number(line) for line in step["lines"]]
    words = ngettext(
        "%(part)s of %(whole)s counts: line %(lines)s",
        "%(part)s of %(whole)s counts: lines %(lines)s",
        len(lines),
    )
    return words % {
        "part": terms.money(step["gives_minor"], whole=False),
        "whole": terms.money(step["of_minor"], whole=False),
        "lines": ", ".join(lines),
    }


@tells("tier")
def _tier(step: Step, terms: Terms) -> str:
    return gettext("× %(factor)s for %(tier)s = %(gives)s") % {
        "factor": formats.number(Decimal(step["percent"]) / 100),
        "tier": name_of(step),
        "gives": _gives(step, terms),
    }


@tells("rounded")
def _rounded(step: Step, terms: Terms) -> str:
    words = {
        "floor": gettext("Rounded down to %(gives)s"),
        "ceiling": gettext("Rounded up to %(gives)s"),
    }.get(step.get("rounding", ""), gettext("Rounded to %(gives)s"))
    return words % {"gives": _gives(step, terms)}


@tells("cap")
def _cap(step: Step, terms: Terms) -> str:
    limits = {
        "day": gettext("At most %(limit)s a day"),
        "week": gettext("At most %(limit)s a week"),
        "month": gettext("At most %(limit)s a month"),
        "year": gettext("At most %(limit)s a year"),
    }
    words = limits.get(step["period"], gettext("At most %(limit)s in all"))
    told = words % {"limit": terms.figure(step["limit"])}
    if step.get("per_subject"):
        told = gettext("%(limit)s for each one") % {"limit": told}
    if step.get("scope") == TOTAL:
        told = gettext("%(limit)s for all members together") % {"limit": told}
    return gettext("%(limit)s, %(left)s left: %(gives)s") % {
        "limit": told,
        "left": terms.figure(step["left"]),
        "gives": _gives(step, terms),
    }


# --- Entries that no rule made: flows and ledger say why -----------------------------------------


@tells("tier_entry")
def _tier_entry(step: Step, terms: Terms) -> str:
    told = {"tier": name_of(step), "worth": terms.worth(int(step["gives"]))}
    return gettext("%(worth)s for reaching %(tier)s") % told


@tells("prize")
def _prize(step: Step, terms: Terms) -> str:
    told = {"name": name_of(step), "worth": terms.worth(int(step["gives"]))}
    return gettext("%(name)s: %(worth)s") % told if told["name"] else told["worth"]


@tells("prize_taken")
def _prize_taken(step: Step, terms: Terms) -> str:
    return gettext("Taken back: %(name)s") % {"name": name_of(step)}


@tells("reward")
def _reward(step: Step, terms: Terms) -> str:
    return gettext("Reward: %(name)s") % {"name": name_of(step)}


@tells("paid")
def _paid(step: Step, terms: Terms) -> str:
    return gettext("%(money)s paid with %(worth)s") % {
        "money": terms.money(step["amount_minor"], whole=False),
        "worth": terms.worth(step["points"]),
    }


@tells("refund")
def _refund(step: Step, terms: Terms) -> str:
    return gettext("Refund %(reference)s: of %(given)s given, %(taken)s taken back so far") % {
        "reference": step["reference"],
        "given": terms.figure(step["given"]),
        "taken": terms.figure(step["taken_back"]),
    }


@tells("adjusted")
def _adjusted(step: Step, terms: Terms) -> str:
    return _because(gettext("Adjusted by hand"), step)


@tells("undone")
def _undone(step: Step, terms: Terms) -> str:
    return _because(gettext("Undone"), step)


@tells("merged")
def _merged(step: Step, terms: Terms) -> str:
    return gettext("Two memberships became one")


@tells("unmerged")
def _unmerged(step: Step, terms: Terms) -> str:
    return gettext("Two memberships are two again, or a sale of the other one came back")


@tells("cancelled")
def _cancelled(step: Step, terms: Terms) -> str:
    return _because(gettext("Cancelled"), step)


@tells("absorbed")
def _absorbed(step: Step, terms: Terms) -> str:
    worth = {"worth": terms.worth(step["points"])}
    return gettext("%(worth)s had been spent already: the shop bears them") % worth


@tells("collected")
def _collected(step: Step, terms: Terms) -> str:
    worth = {"worth": terms.worth(step["points"])}
    return gettext("%(worth)s that the shop had borne are not given twice") % worth


def _because(what: str, step: Step) -> str:
    reason = str(step.get("reason") or "")
    return f"{what}: {reason}" if reason else what


def name_of(step: Step) -> str:
    """A name by language, as a step keeps it, in the reader's."""
    name = step["name"]
    return str(Localized(name)) if isinstance(name, dict) else str(name)


def figure_of(told: object, terms: Terms) -> str:
    return terms.figure(Fraction(str(told)))


def _gives(step: Step, terms: Terms) -> str:
    return figure_of(step["gives"], terms)
