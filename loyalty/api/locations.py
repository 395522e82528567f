"""Locations, by the codes that tills know them by."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from loyalty.api.problems import Problem
from loyalty.merchants.models import Location, Program


def locations_by_code(program: Program, told: Iterable[str]) -> dict[str, int]:
    """The locations that are named, by code, in one query."""
    codes = set(told) - {""}
    if not codes:
        return {}
    found = Location.objects.filter(merchant=program.merchant_id, code__in=codes)
    return dict(found.values_list("code", "pk"))


def location_named(program: Program, code: str) -> Location | None:
    """A location of the program's merchant; None where none is named."""
    if not code:
        return None
    for found in Location.objects.filter(merchant=program.merchant_id, code=code):
        return found
    raise unknown_location()


def unknown_location() -> Problem:
    return Problem("unknown_location", _("There is no such location."), status=422)
