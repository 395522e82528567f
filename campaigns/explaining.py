"""How what a campaign gave is told: its own kinds of steps."""

from decimal import Decimal

from django.utils.translation import gettext, ngettext

from campaigns.models import Campaign
from loyalty import formats
from loyalty.earning.explanation import Step, figure_of, name_of, tells
from loyalty.earning.terms import Terms


@tells("campaign")
def _campaign(step: Step, terms: Terms) -> str:
    words = {
        Campaign.Stacking.ADD: gettext(
            "%(campaign)s, × %(factor)s: %(adds)s more than the rule gives = %(total)s in all"
        ),
        Campaign.Stacking.BEST: gettext(
            "%(campaign)s, × %(factor)s in place of all others: %(adds)s more = %(total)s in all"
        ),
    }.get(
        step["stacking"],
        gettext("%(campaign)s, × %(factor)s: %(adds)s more = %(total)s in all"),
    )
    return words % {
        "campaign": name_of(step),
        "factor": formats.number(Decimal(step["percent"]) / 100),
        "adds": figure_of(step["adds"], terms),
        "total": figure_of(step["total"], terms),
    }


@tells("campaign_lines")
def _campaign_lines(step: Step, terms: Terms) -> str:
    lines = [formats.number(line) for line in step["lines"]]
    words = ngettext("For line %(lines)s, %(part)s", "For lines %(lines)s, %(part)s", len(lines))
    return words % {
        "lines": ", ".join(lines),
        "part": terms.money(step["of_minor"], whole=False),
    }


@tells("spin")
def _spin(step: Step, terms: Terms) -> str:
    return gettext("%(wheel)s, spin %(number)s") % {
        "wheel": name_of(step), "number": formats.number(int(step["number"]))
    }  # fmt: skip
