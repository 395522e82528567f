"""How much a rule gives at most: a day, a week, a month, a year, ever."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple, Protocol

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.days import period_start
from loyalty.earning.activity import Activity, Award
from loyalty.earning.parts import Part, told
from loyalty.earning.terms import Terms
from loyalty.earning.values import Choice, Flag, Worth

MEMBER, TOTAL = "member", "total"
# Kept apart from "", which is the row of a cap that does not ask for the subject.
NO_SUBJECT = "—"
LONGEST_SUBJECT = 120  # What the column holds.


@dataclass(frozen=True)
class Cap(Part):
    """At most so much a period, of the program's days; a week begins on Monday."""

    label = _("Limit")

    limit: int = told(Worth(_("At most")))
    period: str = told(
        Choice(
            _("Period"),
            {
                "day": _("A day"),
                "week": _("A week, from Monday"),
                "month": _("A calendar month"),
                "year": _("A calendar year"),
                "ever": _("All time"),
            },
        )
    )
    scope: str = told(
        Choice(_("Counted for"), {MEMBER: _("Each member"), TOTAL: _("All members together")}),
        default=MEMBER,
    )
    per_subject: bool = told(
        Flag(_("For each thing apart"), hint=_("Each video, each network has a limit of its own.")),
        default=False,
    )

    def sentence(self, terms: Terms) -> str:
        """The end of a sentence: "at most 300 points a month"."""
        worth = {"worth": terms.worth(self.limit)}
        words = self._words()[self.period] % worth
        if self.per_subject:
            words = gettext("%(limit)s for each one") % {"limit": words}
        if self.scope == TOTAL:
            words = gettext("%(limit)s for all members together") % {"limit": words}
        return words

    @staticmethod
    def _words() -> dict[str, str]:
        return {
            "day": gettext("at most %(worth)s a day"),
            "week": gettext("at most %(worth)s a week"),
            "month": gettext("at most %(worth)s a month"),
            "year": gettext("at most %(worth)s a year"),
            "ever": gettext("at most %(worth)s in all"),
        }


class CapKey(NamedTuple):
    """Names one row of usage."""

    source: str
    account_id: int | None  # None: all members together.
    subject: str
    period: str
    starts_on: date


class Limit(NamedTuple):
    """One cap, met by one activity."""

    key: CapKey
    limit: int


class Sourced(Protocol):
    """An award, or the rule that would give it: what usage is counted under."""

    @property
    def source(self) -> str: ...


class Capped(Protocol):
    """A rule, as far as its caps matter."""

    @property
    def source(self) -> str: ...
    @property
    def caps(self) -> Sequence[Cap]: ...


def limits_for(award: Sourced, rule: Capped, activity: Activity) -> list[Limit]:
    """The rows of usage that an award has to fit into. Where there are none, nothing is counted."""
    return [
        Limit(
            CapKey(
                source=award.source,
                account_id=None if cap.scope == TOTAL else activity.account_id,
                subject=subject_key(activity.subject) if cap.per_subject else "",
                period=cap.period,
                starts_on=period_start(cap.period, activity.on),
            ),
            cap.limit,
        )
        for cap in rule.caps
    ]


def subject_key(subject: str) -> str:
    """A subject as usage is counted under: "Facebook" is "facebook", told twice."""
    return subject.strip().casefold()[:LONGEST_SUBJECT] or NO_SUBJECT


def limit(award: Award, limits: Sequence[Limit], used: Mapping[CapKey, int]) -> Award:
    """What is left of an award. With nothing left it has 0 points, and its steps say why."""
    points, steps = award.points, list(award.steps)
    for key, most in limits:
        left = max(most - used.get(key, 0), 0)
        if points > left:
            points = left
            steps.append(_step(key, most, left))
    if points == award.points:
        return award
    return replace(award, points=points, steps=tuple(steps))


def usage(award: Award, limits: Sequence[Limit]) -> dict[CapKey, int]:
    """What an award adds to each row once it is posted."""
    return {one.key: award.points for one in limits if award.points}


def _step(key: CapKey, most: int, left: int) -> dict[str, Any]:
    step = {"step": "cap", "period": key.period, "limit": most, "left": left, "gives": str(left)}
    if key.account_id is None:
        step["scope"] = TOTAL
    if key.subject:
        step["per_subject"] = True
    return step
