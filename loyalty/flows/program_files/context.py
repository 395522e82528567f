"""Where the reading or writing of a file stands: the program, its names, and what went wrong."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _

from loyalty.flows.program_files.names import Names
from loyalty.flows.program_files.tree import Node, Problem
from loyalty.merchants.models import Program


class Wrong(ValueError):
    """This value cannot be what it should be. The sentence says what was expected."""


class Missing(Wrong):
    """It names something that could not be made, of which there is a problem already."""


@dataclass
class Context:
    """The program that a file is read into, or written from."""

    program: Program
    names: Names
    now: datetime
    problems: list[Problem] = field(default_factory=list)
    waiting: list[Problem] = field(default_factory=list)  # What only follows from a problem.
    named: Mapping[str, Node] = field(default_factory=dict)  # The file's parts.
    is_money: bool = False  # Whether the wallet that is spoken of holds money.
    own_zone: str = ""  # Of what has a clock of its own.
    measure: str = "spend"  # What tiers are reached by.
    ranks: dict[int, str] = field(default_factory=dict)  # Tiers' names by rank.
    wallet_kinds: dict[str, str] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)  # Of what has its own.

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.own_zone or self.program.time_zone)

    @contextmanager
    def by_clock_of(self, zone: str) -> Iterator[None]:
        """Moments told inside are by another clock than the program's."""
        before, self.own_zone = self.own_zone, zone if zone in available_timezones() else ""
        try:
            yield
        finally:
            self.own_zone = before

    def wrong(self, line: int, path: str, sentence: str) -> None:
        self.problems.append(Problem(line, path, sentence))

    @property
    def stopped(self) -> int:
        """How many things stood in the way so far."""
        return len(self.problems) + len(self.waiting)

    @contextmanager
    def speaking_of(self, wallet: str) -> Iterator[None]:
        """Values told inside are those of a wallet."""
        before, self.is_money = self.is_money, self.wallet_kinds.get(wallet) == "cashback"
        try:
            yield
        finally:
            self.is_money = before

    def key_of(self, noun: str, name: str) -> str:
        """What a kind knows a thing by, from its name in files."""
        codes = self.codes.get(noun)
        if key := name if codes and name in codes else self.names.key(noun, name):
            return key
        section = self.named.get(noun)
        if section is not None and isinstance(section.value, dict) and name in section.value:
            raise Missing
        known = codes or self.names.of(noun)
        raise Wrong(
            _("There is nothing called “%(name)s” among %(noun)s.%(hint)s")
            % {"name": name[:60], "noun": noun, "hint": did_you_mean(name, known)}
        )


def did_you_mean(word: str, known: Sequence[str]) -> str:
    if close := difflib.get_close_matches(word, known, n=1, cutoff=0.6):
        return " " + _("Did you mean “%(word)s”?") % {"word": close[0]}
    return ""
