"""Reading the fields that all that runs for a time has in common, from data by anybody."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from campaigns.running import Running
from loyalty.earning.parts import BadRule
from loyalty.earning.rule_forms import clean_name
from loyalty.localized import Localized

LONGEST_ABOUT = 1_000
LATEST = 2200


class Reading:
    """Reads field by field and collects what is wrong, so that it is all told at once."""

    def __init__(self, data: Any, fields: tuple[str, ...]) -> None:
        if not isinstance(data, dict):
            raise BadRule({"": _("Give an object.")})
        self.data = data
        self.problems = {
            str(name)[:40]: _("There is no such field here.") for name in data.keys() - set(fields)
        }

    def one(self, field: str, reader: Callable[[Any], Any]) -> Any:
        try:
            return reader(self.data.get(field))
        except BadRule as bad:
            self.problems |= bad.under(field)
            return None

    def common(self) -> dict[str, Any]:
        """Name, text, start and end."""
        told = {
            "name": self.one("name", clean_name),
            "about": self.one("about", clean_about),
            "starts_at": self.one("starts_at", clean_moment),
            "ends_at": self.one("ends_at", clean_moment),
        }
        if told["starts_at"] is None:
            self.problems.setdefault("starts_at", _("This field is missing."))
        elif told["ends_at"] is not None and told["ends_at"] <= told["starts_at"]:
            self.problems["ends_at"] = _("It must end after it starts.")
        return told

    def refuse_problems(self) -> None:
        if self.problems:
            raise BadRule(self.problems)


def clean_about(told: Any) -> Localized:
    languages = {code for code, _language in settings.LANGUAGES}
    told = told or {}
    if (
        not isinstance(told, dict)
        or not told.keys() <= languages
        or not all(
            isinstance(text, str) and len(text) <= LONGEST_ABOUT and "\0" not in text
            for text in told.values()
        )
    ):
        raise BadRule({"": _("Give a text by language, of at most %(most)s letters.") % {
            "most": LONGEST_ABOUT
        }})  # fmt: skip
    return Localized({code: text.strip() for code, text in told.items() if text.strip()})


def clean_moment(told: Any) -> datetime | None:
    if told is None or told == "":
        return None
    at = told
    if isinstance(told, str):
        try:
            at = parse_datetime(told)
        except ValueError:
            at = None
    if not isinstance(at, datetime) or at.tzinfo is None or not 2000 <= at.year < LATEST:
        raise BadRule({"": _("Give a date and a time with its zone.")})
    return at


def whole(first: int, last: int, *, empty: bool = False) -> Callable[[Any], Any]:
    """Reads a whole number between two, or none where ``empty`` may be."""

    def read(told: Any) -> int | None:
        if told is None and empty:
            return None
        if type(told) is not int or not first <= told <= last:
            words = {"first": first, "last": last}
            raise BadRule({"": _("Give a whole number from %(first)s to %(last)s.") % words})
        return told

    return read


def flag(told: Any) -> bool:
    if told is None:
        return False
    if not isinstance(told, bool):
        raise BadRule({"": _("Give true or false.")})
    return told


def one_of(words: Mapping[str, Any] | list[str]) -> Callable[[Any], str]:
    def read(told: Any) -> str:
        if not isinstance(told, str) or told not in words:
            raise BadRule({"": _("Give one of these words: %(words)s.") % {
                "words": ", ".join(words)
            }})  # fmt: skip
        return told

    return read


def common_data(it: Running) -> dict[str, Any]:
    return {
        "name": dict(it.name),
        "about": dict(it.about),
        "starts_at": it.starts_at.isoformat(),
        "ends_at": it.ends_at.isoformat() if it.ends_at else None,
    }
