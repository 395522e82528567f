"""Bad input for pages: each address of the dashboard and the portal, each field of their forms."""

import random
import re
from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bench.rig.bad_input import evil
from bench.rig.bad_input.case import Case
from bench.rig.bad_input.world import World, desk_of, phone
from loyalty import routes

# Where forms say little of their fields: they post what stands on another page.
COMMON = ["reason", "key", "once", "q", "amount", "points", "name", "code", "email", "phone",
    "note",
          "next", "lines", "way", "state", "letter", "birthday", "wallet", "file", "first",
          "last"]  # fmt: skip
LEAVING = re.compile(r"logout|set_language|set_theme|readyz")
MANY = 3_000


class Fields(HTMLParser):
    """The fields of a page's forms, with what stands in them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in ("input", "select", "textarea", "button") and (name := told.get("name")):
            if told.get("type") not in ("radio", "checkbox") or "checked" in told:
                self.found.setdefault(name, told.get("value") or "")
            else:
                self.found.setdefault(name, told.get("value") or "on")


def forms(world: World, chance: random.Random) -> Iterator[Case]:
    pages = _pages(world)
    known: dict[str, dict[str, str]] = {}
    while True:
        client, address, takes_posts = chance.choice(pages)
        if not takes_posts or chance.random() < 0.25:
            yield _asking(client, address, chance)
            continue
        if address not in known:
            known[address] = _fields_of(client, address)
        yield _posting(client, address, known[address], chance)


def _pages(world: World) -> list[tuple[Client, str, bool]]:
    """Each address with somebody who may open it, and whether it takes a form."""
    desk, ana, nobody = desk_of(world), phone(world), Client(raise_request_exception=False)
    found: list[tuple[Client, str, bool]] = []
    for route in routes.routes():
        if route.admission is None or LEAVING.search(route.name) or "api/" in route.address:
            continue
        name = route.name.rpartition(":")[2]
        if route.name.startswith("dashboard:"):
            client, names = desk, world.things[name]
        elif route.name.startswith("portal:"):
            thing = world.portal["voucher" if name.startswith("voucher") else "reward"]
            client, names = ana, {"slug": world.portal["slug"], "public_id": thing}
        else:
            client, names = nobody, {"slug": world.program.slug}
        if "(?" in route.address or route.address.startswith("^"):
            continue
        fill = partial(_named, names)
        found.append((client, "/" + re.sub(r"<(?:\w+:)?(\w+)>", fill, route.address),
                      "POST" in route.admission.asks))  # fmt: skip
    return found


def _named(names: dict[str, str], found: re.Match[str]) -> str:
    return names.get(found[1], "nothing")


def _fields_of(client: Client, address: str) -> dict[str, str]:
    parser = Fields()
    answer = client.get(address)
    if answer.status_code == 200 and not answer.streaming:
        parser.feed(answer.content.decode(errors="replace"))
    return parser.found or dict.fromkeys(COMMON, "1")


def _asking(client: Client, address: str, chance: random.Random) -> Case:
    names = ["q", "before", "after", "page", "period", "first", "last", "wallet", "see", "next",
        "x",
             "whose", "look", "role", "action", "cursor"]  # fmt: skip
    asked = [(chance.choice(names), chance.choice(evil.PLAIN)[:2_000]) for _n in range(3)]
    query = (
        urlencode(asked) if chance.random() < 0.8 else chance.choice(["%ff", "q=%00", "&&", "%"])
    )
    headers = _headers(chance)
    return Case(
        f"GET {address}?{query[:500]}",
        lambda: client.generic("GET", address, QUERY_STRING=query, headers=headers),
        is_undone=True,
    )


def _posting(client: Client, address: str, fields: dict[str, str], chance: random.Random) -> Case:
    told: dict[str, Any] = dict(fields)
    names = sorted(told)
    how = chance.random()
    if how < 0.55:
        told[chance.choice(names)] = chance.choice(evil.PLAIN)
    elif how < 0.7:
        told = {name: chance.choice(evil.PLAIN)[:2_000] for name in names}
    elif how < 0.75:
        told.pop(chance.choice(names))
    elif how < 0.8:
        told[chance.choice(names)] = [chance.choice(evil.PLAIN)[:200] for _n in range(3)]
    elif how < 0.83:
        told |= {f"{chance.choice(names)}-{n}": "1" for n in range(chance.choice((50, MANY)))}
    elif how < 0.9:
        name = chance.choice(["file", "codes", *names])
        told[name] = SimpleUploadedFile("codes.csv", chance.choice(evil.FILES)[:200_000])
    elif how < 1:
        return _raw_post(client, address, chance)
    headers = _headers(chance)
    shown = {name: str(value)[:80] for name, value in list(told.items())[:20]}
    return Case(
        f"POST {address} {shown}",
        lambda: client.post(address, told, headers=headers),
        is_undone=True,
    )


def _raw_post(client: Client, address: str, chance: random.Random) -> Case:
    raw = chance.choice([*evil.JSON[:45], b"a=%ff&b=%00",
        b"--x\r\nContent-Disposition: form-data; ",
                         b"--x\r\n\r\n\r\n--x--", b"&" * 5_000, b"=%ED%A0%80"])  # fmt: skip
    kind = chance.choice(evil.KINDS)
    return Case(
        f"POST {address} {kind[:60]} {raw[:200]!r}",
        lambda: client.generic("POST", address, raw, kind),
        is_undone=True,
    )


def _headers(chance: random.Random) -> dict[str, str]:
    return {"HX-Request": "true"} if chance.random() < 0.2 else {}
