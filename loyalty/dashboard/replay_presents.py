"""A replay of a campaign that gives rewards or badges: its figures are pieces, not points."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty import formats

Result = dict[str, Any]


def pieces(count: int, prize: str) -> str:
    """So many of what it gives: "3 rewards"."""
    shown = {"count": formats.number(count)}
    if prize == "badge":
        return ngettext("%(count)s badge", "%(count)s badges", count) % shown
    return ngettext("%(count)s reward", "%(count)s rewards", count) % shown


def stats(result: Result) -> list[dict[str, str]]:
    whole, of_all = result["whole"], _("of %(count)s")
    what = _("Rewards it would have given")
    if result["prize"] == "badge":
        what = _("Badges it would have given")
    back = pieces(whole["presents_back"], result["prize"])
    return [
        {
            "label": what,
            "value": formats.number(whole["presents"]),
            "hint": _("%(points)s were taken back by refunds.") % {"points": back},
        },
        {
            "label": _("Members who gain"),
            "value": formats.number(result["gaining"]),
            "hint": of_all % {"count": formats.number(result["members"])},
        },
        {
            "label": _("Purchases that got something"),
            "value": formats.number(whole["winning"]),
            "hint": of_all % {"count": formats.number(whole["sales"])},
        },
    ]


def day_rows(result: Result) -> tuple[list[str], Iterable[Sequence[Any]]]:
    """The days as a table for spreadsheets."""
    heading = [
        _("Day"), _("Purchases"), _("Purchases that got something"), _("Given"),
        _("Of that taken back"),
    ]  # fmt: skip
    names = ("day", "sales", "winning", "presents", "presents_back")
    return heading, ([day[name] for name in names] for day in result["days"])
