"""A member's tier as staff read it: what they have, what the next takes, what keeps this one."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty import formats
from loyalty.merchants.models import Program
from members.ladder import Measure
from members.models import Member
from members.progress import Progress, progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    name: Any
    percent: int
    rise: str = ""
    keep: str = ""


def standing_of(member: Member, today: date) -> Standing | None:
    """None where the program has no tiers."""
    found = progress(member, today)
    if found is None:
        return None
    return Standing(
        name=found.rung.name,
        percent=found.percent,
        rise=_rise(found, member.program),
        keep=_keep(found, member.program),
    )


def _rise(found: Progress, program: Program) -> str:
    if found.next_rung is None:
        return _("There is no higher tier.")
    told = {
        "amount": _amount(found.missing, found.measure, program),
        "tier": found.next_rung.name,
    }
    if found.last_day is None:
        return _("%(amount)s more for %(tier)s") % told
    told["day"] = formats.day(found.last_day)
    return _("%(amount)s more by %(day)s for %(tier)s") % told


def _keep(found: Progress, program: Program) -> str:
    if found.kept_to is None:
        return ""
    told = {"day": formats.day(found.kept_to), "tier": found.rung.name}
    if not found.to_keep_missing:
        return _("Has %(tier)s until %(day)s at least.") % told
    told["amount"] = _amount(found.to_keep_missing, found.measure, program)
    if found.in_grace:
        return _("In grace: %(amount)s more by %(day)s, or %(tier)s is lost.") % told
    return _("%(amount)s more by %(day)s to keep %(tier)s.") % told


def _amount(figure: int, measure: str, program: Program) -> str:
    if measure == Measure.SPEND:
        return formats.money(figure, program.currency, whole=True)
    told = {"figure": formats.number(figure)}
    if measure == Measure.VISITS:
        words = ngettext(
            "%(figure)s day with a purchase", "%(figure)s days with a purchase", figure
        )
        return words % told
    return ngettext("%(figure)s point", "%(figure)s points", figure) % told
