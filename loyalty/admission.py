"""Whom a view lets in, by method. It is said once, beside the view.

The same words guard the view (``loyalty.doorkeeper`` and each door), make the table of all
addresses (``loyalty.routes``, docs/access.md) and are what the tests walk.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.core.exceptions import ImproperlyConfigured

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
View = TypeVar("View", bound=Callable[..., Any])


class Audience(StrEnum):
    """For whom an address is at all."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed in"  # It is about themselves.
    MEMBERS = "members"  # Of the program in the address.
    STAFF = "staff"  # Of the merchant whose program it is, as far as their role goes.
    MACHINES = "machines"  # That hold a key of a program, as far as its scopes go.
    INSTALLATION = "installation"  # Who runs Taem itself.


@dataclass(frozen=True, slots=True)
class Admission:
    """An audience, and what each method asks of it: {"GET": "rules.see", "POST": "rules.change"}.

    A method that is not named is not taken. Nothing ("") asks for no more than the audience.
    """

    audience: Audience
    asks: Mapping[str, str]
    only_asks: bool = False  # Takes POST, and changes nothing.

    def takes(self, method: str) -> bool:
        return _as_asked(method) in self.asks

    def asked(self, method: str) -> str:
        """The permission of staff or the scope of a key that a method needs."""
        return self.asks[_as_asked(method)]

    @property
    def writing(self) -> list[str]:
        """The methods that may change something."""
        return [] if self.only_asks else [it for it in self.asks if it not in SAFE]


def admits(audience: Audience) -> Callable[[View], View]:
    """Says whom a view lets in that has no door of its own: the doorkeeper sees to it."""

    def declare(view: View) -> View:
        view.admits = admission_for(view, audience)  # type: ignore[attr-defined]
        return view

    return declare


def admission_for(
    view: Any,
    audience: Audience,
    *,
    to_see: str = "",
    to_change: str = "",
    only_asks: bool = False,
) -> Admission:
    """An admission by all the methods that a view takes."""
    methods = methods_of(view)
    if not methods:
        raise ImproperlyConfigured(f"{view.__module__}.{view.__name__} takes no method.")
    asks = {method: to_see if method in SAFE else to_change or to_see for method in methods}
    return Admission(audience, asks, only_asks)


def methods_of(view: Any) -> list[str]:
    """The methods that a view takes, as its class or its ``require_…`` decorator says."""
    if view_class := getattr(view, "view_class", None):
        # Django's form views take PUT for POST, which no form sends.
        return [name for name in ("GET", "POST") if hasattr(view_class, name.lower())]
    while view is not None:
        # Django keeps the list where only the decorator itself sees it.
        if told := inspect.getclosurevars(view).nonlocals.get("request_method_list"):
            return [name for name in told if name != "HEAD"]
        view = getattr(view, "__wrapped__", None)
    return []


def _as_asked(method: str) -> str:
    return "GET" if method == "HEAD" else method
