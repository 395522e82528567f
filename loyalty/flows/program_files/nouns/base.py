"""What a kind of thing must tell to stand in program files: one short module a kind."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Group
from loyalty.flows.program_files.tree import Node
from loyalty.merchants.models import Program


@dataclass
class Load:
    """Who loads a file, when, and where the reading of it stands."""

    at: Context
    by: Any  # Of the team, an API key, or nobody: flows of old take people only.
    now: datetime

    @property
    def program(self) -> Program:
        return self.at.program


class Noun:
    """Things of one kind, each under a name of its own. ``name`` heads their part of the file."""

    name = ""
    title: Any = ""  # For people, in their language.
    about = ""  # For the schema.
    # They are known by a code of their own that people chose; else by a name that files give.
    has_codes = False
    is_ordered = False  # Their order in the file is their order in the program.
    can_archive = True
    # What its problems are called by flows, where a file calls it otherwise.
    called_in_file: Mapping[str, str] = {}

    @property
    def fields(self) -> Group:
        """What can be said of one of them."""
        raise NotImplementedError

    def rows(self, program: Program, now: datetime) -> Sequence[Any]:
        """Those that a file names, in their order."""
        raise NotImplementedError

    def key(self, row: Any) -> str:
        return str(row.public_id)

    def called(self, row: Any) -> str:
        """What it is called in English, for a name in files."""
        return str(row.name.get("en") or "")

    def facts(self, row: Any, at: Context) -> dict[str, Any]:
        """Its values, as ``fields`` write them."""
        raise NotImplementedError

    def write(self, row: Any, at: Context) -> dict[str, Any]:
        return self.fields.write(self.facts(row, at), at)

    def read(self, node: Node, path: str, at: Context) -> dict[str, Any]:
        return self.fields.read(node, path, at)

    def find(self, program: Program, key: str) -> Any | None:
        """It, also if it is archived."""
        raise NotImplementedError

    def in_turn(self, things: Mapping[str, Node], at: Context) -> Iterable[str]:
        """The names in the order in which they can be saved."""
        return things

    def save(self, row: Any | None, told: dict[str, Any], load: Load) -> Any:
        """Make it, or change it, by its flow."""
        raise NotImplementedError

    def finish(self, row: Any, node: Node, path: str, load: Load) -> None:
        """What can only be said once all else is there."""

    def place(self, row: Any, position: int, load: Load) -> None:
        """Move it to its place among the others."""

    def is_over(self, row: Any, now: datetime) -> bool:
        """Whether nothing can change in it any more."""
        return False

    def restore(self, row: Any, load: Load) -> None:
        """Bring it back from the archive, if it is there."""

    def archive(self, row: Any, load: Load) -> None:
        raise NotImplementedError


class Single:
    """A part of the file that there is once. What it leaves out stays as it is."""

    name = ""
    title: Any = ""  # For people, in their language.
    about = ""  # For the schema.
    called_in_file: Mapping[str, str] = {}

    @property
    def fields(self) -> Group:
        raise NotImplementedError

    def facts(self, program: Program, at: Context) -> dict[str, Any]:
        raise NotImplementedError

    def write(self, program: Program, at: Context) -> dict[str, Any]:
        return self.fields.write(self.facts(program, at), at)

    def read(self, node: Node, path: str, at: Context) -> dict[str, Any]:
        return self.fields.read(node, path, at)

    def save(self, told: dict[str, Any], load: Load) -> None:
        raise NotImplementedError
