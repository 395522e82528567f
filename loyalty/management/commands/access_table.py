"""Print who may do what, from the tables that guard it. docs/access.md is what this prints."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.management.base import BaseCommand

from loyalty.admission import Admission, Audience
from loyalty.merchants.access import GRANTS, PERMISSIONS
from loyalty.merchants.keys import SCOPES
from loyalty.merchants.models import Role
from loyalty.routes import Route, routes

ABOUT = """# Who may do what

Made by `manage.py access_table` from the tables that guard Taem; a test holds this page against
them. What is not listed is refused: an address that names nobody is an error of `manage.py check`,
so nothing starts with it. A merchant's rows are found only through the merchant of who asks;
everybody else's do not exist (404). Files under `/static/` are the same for everybody.
"""
HEADINGS = {
    Audience.STAFF: "The dashboard",
    Audience.MACHINES: "The API",
    Audience.MEMBERS: "Members",
    Audience.SIGNED_IN: "Whoever is signed in, about themselves",
    Audience.ANYBODY: "Anybody",
    Audience.INSTALLATION: "Who runs the installation",
}


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(page(), ending="")


def page() -> str:
    """The whole of docs/access.md."""
    return "\n".join([ABOUT, *_roles(), *_scopes(), *_addresses()])


def _roles() -> Iterator[str]:
    yield "## Roles\n"
    yield from _head("permission", *Role.values)
    for permission, roles in PERMISSIONS.items():
        yield _row(f"`{permission}`", *("yes" if role in roles else "" for role in Role))
    granted = {role: GRANTS.get(role, frozenset()) for role in Role}
    yield _row("makes others", *(_words(it for it in Role if it in granted[role]) for role in Role))
    yield ""


def _scopes() -> Iterator[str]:
    yield "## Scopes of API keys\n\nA key belongs to one program.\n"
    yield from _head("scope", "opens")
    for scope, sentence in SCOPES.items():
        yield _row(f"`{scope}`", sentence)
    yield ""


def _addresses() -> Iterator[str]:
    table = [(route, route.admission) for route in routes() if route.admission]
    for audience, heading in HEADINGS.items():
        asks = "scope" if audience == Audience.MACHINES else "permission"
        detailed = audience in (Audience.STAFF, Audience.MACHINES)
        yield f"## {heading}\n"
        yield from _head("address", "method", *([asks, "changes"] if detailed else []))
        for route, admission in table:
            if admission.audience == audience:
                yield from _lines(route, admission, detailed)
        yield ""


def _lines(route: Route, admission: Admission, detailed: bool) -> Iterator[str]:
    address = f"`/{route.address}`"
    if not detailed:
        yield _row(address, _words(admission.asks))
        return
    for method, asked in admission.asks.items():
        yield _row(address, method, f"`{asked}`", "yes" if method in admission.writing else "")


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield "|" + "---|" * len(names)


def _row(*cells: Any) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _words(words: Iterable[Any]) -> str:
    return ", ".join(str(word) for word in words)
