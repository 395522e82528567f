"""A member's tier in words: what they have, what it takes to rise, and what to keep it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty import formats
from loyalty.days import local_date
from loyalty.merchants.models import Program
from loyalty.portal import telling
from members.ladder import Ladder, Measure, Rung, Window
from members.models import Member, Tier
from members.progress import Progress, progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a member stands. Without tiers every sentence is empty."""

    rank: int = 0
    name: Any = ""
    next_name: Any = ""
    measured: int = 0
    threshold: int = 0
    missing: str = ""  # "฿360", short, for inside the ring.
    rise: str = ""  # "฿360 more by 31 December for Gold."
    keep: str = ""  # "฿200 more by 31 December keep Silver."
    in_danger: bool = False


def standing_of(member: Member, *, now: datetime) -> Standing:
    program = member.program
    today = local_date(now, program.time_zone)
    found = progress(member, today)
    if found is None:
        return Standing()
    above = found.next_rung
    return Standing(
        rank=found.rung.rank,
        name=found.rung.name,
        next_name=above.name if above else "",
        measured=max(found.measured, 0),
        threshold=above.threshold if above else 0,
        missing=_figure(found.missing, found.measure, program),
        rise=_rise(found, program),
        keep=_keep(found, program, today),
        in_danger=bool(found.to_keep_missing),
    )


def needs(rung: Rung, ladder: Ladder, program: Program) -> str:
    """What a tier takes: "฿5,000 spent in a calendar year"."""
    if not rung.threshold:
        return _("For everybody who joins")
    spent = {
        Measure.SPEND: _("%(amount)s spent"),
        Measure.POINTS: _("%(amount)s earned"),
        Measure.VISITS: _("%(amount)s"),
    }[Measure(ladder.measure)]
    within = {
        Window.CALENDAR_YEAR: _("in a calendar year"),
        Window.MEMBERSHIP_YEAR: _("in a year of membership"),
        Window.ROLLING: _("in twelve months"),
        Window.SINCE_JOINING: _("since joining"),
        Window.LIFETIME: _("in all"),
    }[Window(ladder.window)]
    amount = spent % {"amount": _amount(rung.threshold, ladder.measure, program)}
    return _("%(amount)s %(within)s") % {"amount": amount, "within": within}


def gives(tier: Tier) -> list[str]:
    """What a tier gives by itself, beside the benefits that the merchant wrote down."""
    told = []
    if tier.multiplier_percent > 100:
        factor = formats.number(tier.multiplier_percent / 100)  # type: ignore[arg-type]
        told.append(_("%(factor)s times the points") % {"factor": factor})
    if tier.entry_points:
        points = formats.number(tier.entry_points)
        told.append(_("%(points)s points when you reach it") % {"points": points})
    if tier.entry_reward:
        told.append(_("A present when you reach it: %(reward)s") % {"reward": tier.entry_reward})
    return told


def _rise(found: Progress, program: Program) -> str:
    if found.next_rung is None or not found.missing:
        return ""
    told = {
        "amount": _amount(found.missing, found.measure, program),
        "tier": found.next_rung.name,
    }
    if found.last_day is None:
        return _("%(amount)s more for %(tier)s") % told
    told["day"] = telling.day(found.last_day, program)
    return _("%(amount)s more by %(day)s for %(tier)s") % told


def _keep(found: Progress, program: Program, today: date) -> str:
    if found.kept_to is None:
        return ""
    told = {"tier": found.rung.name, "day": telling.day(found.kept_to, program)}
    if found.kept_to < today:
        return _("%(tier)s is looked at again tonight.") % told
    if not found.to_keep_missing:
        return _("You are %(tier)s until %(day)s at least.") % told
    told["amount"] = _amount(found.to_keep_missing, found.measure, program)
    if found.in_grace:
        return _("%(amount)s more by %(day)s wins %(tier)s back for longer.") % told
    return _("%(amount)s more by %(day)s to keep %(tier)s.") % told


def _figure(missing: int, measure: str, program: Program) -> str:
    if measure == Measure.SPEND:
        return formats.money(missing, program.currency, whole=True)
    return formats.number(missing)


def _amount(figure: int, measure: str, program: Program) -> str:
    told = {"figure": _figure(figure, measure, program)}
    if measure == Measure.SPEND:
        return told["figure"]
    if measure == Measure.VISITS:
        words = ngettext(
            "%(figure)s day with a purchase", "%(figure)s days with a purchase", figure
        )
        return words % told
    return ngettext("%(figure)s point", "%(figure)s points", figure) % told
