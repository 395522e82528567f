"""What surveys and calls have in common where a merchant writes them: texts, numbers, prizes."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from campaigns.questions import CONTROL
from loyalty.flows import prizes
from loyalty.flows.prizes import PrizeRefused
from loyalty.localized import Localized

MOST_PRIZES = 5


def take_words(row: Any, fields: Mapping[str, Any], longest: Mapping[str, int]) -> dict[str, str]:
    """Put texts by language into a row, of so many letters at most; a name there must be."""
    problems = {}
    for name in fields.keys() & longest.keys():
        try:
            setattr(row, name, _words(fields[name], longest[name]))
        except ValueError:
            problems[name] = _("Give a text by language, of at most %(most)s letters.") % {
                "most": longest[name]
            }
    if not str(row.name):
        problems.setdefault("name", _("Give a name in one language at least."))
    return problems


def _words(told: Any, longest: int) -> Localized:
    languages = {code for code, _language in settings.LANGUAGES}
    if not isinstance(told, dict) or not told.keys() <= languages:
        raise ValueError
    for text in told.values():
        if not isinstance(text, str) or len(text) > longest or CONTROL.search(text):
            raise ValueError
    return Localized({language: text for language, text in told.items() if text.strip()})


def take_prizes(
    row: Any, fields: Mapping[str, Any], names: Iterable[str], *, now: datetime
) -> dict[str, str]:
    """Put lists of prizes into a row. What was promised before may stay, even if it has run out."""
    problems = {}
    for name in (it for it in names if it in fields):
        told = fields[name]
        if not isinstance(told, list) or len(told) > MOST_PRIZES:
            problems[name] = _("Give a list of at most %(most)s prizes.") % {"most": MOST_PRIZES}
            continue
        held = getattr(row, name)
        try:
            kept = [it if it in held else prizes.clean(row.program, it, at=now) for it in told]
        except PrizeRefused as refusal:
            problems[name] = str(refusal)
        else:
            setattr(row, name, kept)
    return problems


def take_numbers(
    row: Any, fields: dict[str, Any], bounds: Mapping[str, tuple[int, int]], *, empty: set[str]
) -> dict[str, str]:
    """Put whole numbers within their bounds into a row; what is wrong with the others."""
    problems = {}
    for name in fields.keys() & bounds.keys():
        value, (least, most) = fields[name], bounds[name]
        is_none = value is None and name in empty
        if not is_none and (type(value) is not int or not least <= value <= most):
            problems[name] = _("Give a whole number from %(least)s to %(most)s.") % {
                "least": least, "most": most,
            }  # fmt: skip
        else:
            setattr(row, name, value)
    return problems
