"""What a file would make, change and put away: two documents of one program beside each other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from loyalty.flows.program_files.registry import NOUNS, PARTS


@dataclass(frozen=True)
class Field:
    """One value that is not as it was. None: it was not said."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """One thing that is made, changed, moved or archived."""

    what: str
    part: str
    name: str = ""
    fields: tuple[Field, ...] = ()

    @property
    def path(self) -> str:
        return f"{self.part}.{self.name}" if self.name else self.part


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    found: list[Change] = []
    ordered = {noun.name for noun in NOUNS if noun.is_ordered}
    nouns = {noun.name for noun in NOUNS}
    for part in PARTS:
        was, now = before.get(part.name, {}), after.get(part.name, {})
        if part.name not in nouns:
            if fields := tuple(_differing(was, now)):
                found.append(Change("changed", part.name, fields=fields))
            continue
        found += _of_things(part.name, was, now)
        kept = [name for name in was if name in now]
        if part.name in ordered and kept != [name for name in now if name in was]:
            order = Field("", ", ".join(was), ", ".join(now))
            found.append(Change("moved", part.name, fields=(order,)))
    return found


def _of_things(part: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Change]:
    for name, thing in now.items():
        if name not in was:
            yield Change("made", part, name, tuple(_differing({}, thing)))
        elif fields := tuple(_differing(was[name], thing)):
            yield Change("changed", part, name, fields)
    for name, thing in was.items():
        if name not in now:
            yield Change("archived", part, name, tuple(_differing(thing, {})))


def _differing(was: Any, now: Any, path: str = "") -> Iterator[Field]:
    if isinstance(was, dict) and isinstance(now, dict):
        for name in [*now, *(name for name in was if name not in now)]:
            inner = f"{path}.{name}" if path else name
            yield from _differing(was.get(name), now.get(name), inner)
    elif was != now:
        if isinstance(now, dict) and now and was is None:
            yield from _differing({}, now, path)
        else:
            yield Field(path, was, now)
