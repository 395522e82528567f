"""A whole challenge: told in sentences, read strictly from data, written back as data."""

from collections.abc import Iterable
from functools import reduce
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.challenges.book import compile_step
from campaigns.challenges.counting import Step
from campaigns.challenges.models import Challenge
from campaigns.reading import Reading, common_data, flag, one_of, whole
from loyalty import formats
from loyalty.earning.activity import (
    BIRTHDAY,
    MEMBERSHIP_MONTH,
    MEMBERSHIP_YEAR,
    PROFILE_COMPLETE,
    PURCHASE,
    RESERVED_KINDS,
    SIGN_UP,
)
from loyalty.earning.conditions import condition_from_json
from loyalty.earning.parts import BadRule
from loyalty.earning.rule_forms import TRIGGER
from loyalty.earning.terms import Terms, quoted

MOST_STEPS, MOST_CONDITIONS, MOST_TIMES = 5, 6, 1_000
LONGEST_DAYS, LONGEST_WEEKS, MOST_WINNERS = 366, 52, 10**6
OWN = ("kind", "steps", "days", "weeks", "repeats", "winners", "prize")
FIELDS = ("name", "about", "starts_at", "ends_at", *OWN)
STEP_FIELDS = {"trigger", "conditions", "times"}


def challenge_data(it: Challenge) -> dict[str, Any]:
    """The challenge as ``clean_challenge`` reads it back."""
    return common_data(it) | {name: getattr(it, name) for name in OWN}


def clean_challenge(data: Any) -> dict[str, Any]:
    """What a Challenge is made of, but its prize, which ``flows.prizes`` reads. Raises BadRule."""
    read = Reading(data, FIELDS)
    told = read.common()
    told["kind"] = read.one("kind", one_of(Challenge.Kind.values))
    told["steps"] = read.one("steps", _steps)
    told["days"] = read.one("days", whole(1, LONGEST_DAYS, empty=True))
    told["weeks"] = read.one("weeks", whole(2, LONGEST_WEEKS, empty=True))
    told["repeats"] = read.one("repeats", flag)
    told["winners"] = read.one("winners", whole(1, MOST_WINNERS, empty=True))
    told["prize"] = read.data.get("prize")
    if told["kind"] == Challenge.Kind.STREAK:
        told["days"] = None
        if told["weeks"] is None:
            read.problems.setdefault("weeks", _("Say how many weeks in a row."))
    else:
        told["weeks"] = None
    _refuse_too_short(told, read.problems)
    read.refuse_problems()
    return told


def _refuse_too_short(told: dict[str, Any], problems: dict[str, str]) -> None:
    """A streak that ends before it could be done is no promise."""
    starts, ends, weeks = told["starts_at"], told["ends_at"], told["weeks"]
    if weeks and starts and ends and (ends - starts).days < (weeks - 2) * 7 + 2:
        problems["ends_at"] = _("It ends before anybody could have so many weeks in a row.")


def _steps(told: Any) -> list[dict[str, Any]]:
    if not isinstance(told, list) or not 0 < len(told) <= MOST_STEPS:
        raise BadRule({"": _("Give one step at least, and at most %(most)s.") % {
            "most": MOST_STEPS
        }})  # fmt: skip
    problems: dict[str, str] = {}
    read: list[dict[str, Any]] = []
    for place, one in enumerate(told):
        try:
            read.append(_step(one))
        except BadRule as bad:
            problems |= bad.under(str(place))
    if problems:
        raise BadRule(problems)
    if len({str(it) for it in read}) < len(read):
        raise BadRule({"": _("Two steps ask for the same. Let one of them ask for more times.")})
    return read


def _step(told: Any) -> dict[str, Any]:
    read = Reading(told, tuple(STEP_FIELDS))
    trigger = read.one("trigger", _trigger)
    times = read.one("times", whole(1, MOST_TIMES))
    conditions = []
    listed = read.data.get("conditions") or []
    if not isinstance(listed, list) or len(listed) > MOST_CONDITIONS:
        read.problems["conditions"] = _("Give a list of at most %(most)s.") % {
            "most": MOST_CONDITIONS
        }
        listed = []
    for place, one in enumerate(listed):
        try:
            condition = condition_from_json(one)
        except BadRule as bad:
            read.problems |= bad.under(f"conditions.{place}")
            continue
        if trigger and not condition.fits_trigger(trigger):
            read.problems[f"conditions.{place}.kind"] = _(
                "This condition never holds for what the step is about."
            )
        conditions.append(condition.to_json())
    read.refuse_problems()
    return {"trigger": trigger, "times": times, "conditions": conditions}


def _trigger(told: Any) -> str:
    if not isinstance(told, str) or not TRIGGER.fullmatch(told):
        words = {"kinds": ", ".join(RESERVED_KINDS)}
        raise BadRule(
            {"": _("Give one of %(kinds)s, or a name of your own like watched_video.") % words}
        )
    return told


# --- Sentences ------------------------------------------------------------------------------------


def step_sentence(step: Step, terms: Terms) -> str:
    """One task: "Buy something 3 times, counting only the product “latte”"."""
    clauses = [it.sentence(terms) for it in step.all_conditions]
    return reduce(
        lambda told, more: _("%(told)s, %(more)s") % {"told": told, "more": more},
        clauses,
        _deed(step),
    )


def step_sentences(it: Challenge, terms: Terms) -> list[str]:
    try:
        return [step_sentence(compile_step(told), terms) for told in it.steps]
    except (BadRule, KeyError, ValueError) as bad:
        return [_("This step cannot be read, and counts nothing. %(why)s") % {"why": bad}]


def frame_sentence(it: Challenge) -> str:
    """Within what time, how often, and for how many."""
    told: list[str] = []
    if it.weeks:
        told.append(_("All of it in each week, from Monday to Sunday, for %(weeks)s weeks in a "
                      "row. A missed week begins it anew.")
                    % {"weeks": formats.number(it.weeks)})  # fmt: skip
    elif it.days:
        told.append(ngettext(
            "All of it within %(days)s day, in any order.",
            "All of it within %(days)s days, in any order.", it.days,
        ) % {"days": formats.number(it.days)})  # fmt: skip
    elif len(it.steps) > 1:
        told.append(_("In any order."))
    if it.repeats:
        told.append(_("Who has done it may begin again."))
    if it.winners:
        told.append(ngettext(
            "There is %(winners)s prize: whoever is first has it.",
            "There are %(winners)s prizes: the first have them.", it.winners,
        ) % {"winners": formats.number(it.winners)})  # fmt: skip
    return " ".join(told)


def whole_sentence(steps: Iterable[str], frame: str) -> str:
    listed = "; ".join(steps)
    return f"{listed}. {frame}".strip() if frame else f"{listed}."


def _deed(step: Step) -> str:
    times = {"times": formats.number(step.times)}
    words = {
        PURCHASE: ngettext("Buy once", "Buy %(times)s times", step.times),
        SIGN_UP: _("Join the program"),
        PROFILE_COMPLETE: _("Complete the profile"),
        BIRTHDAY: _("Have a birthday"),
        MEMBERSHIP_MONTH: ngettext(
            "Be a member for another month", "Be a member for %(times)s more months", step.times
        ),
        MEMBERSHIP_YEAR: ngettext(
            "Be a member for another year", "Be a member for %(times)s more years", step.times
        ),
    }.get(step.trigger)
    if words is None:
        words = ngettext("%(activity)s once", "%(activity)s %(times)s times", step.times)
        times["activity"] = quoted(step.trigger.replace("_", " "))
    return words % times
