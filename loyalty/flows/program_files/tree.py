"""A YAML text as a tree that knows its lines. Nothing in it is made into an object.

Only the plain part of YAML is taken: no anchors, aliases, tags or second documents. A number with a
point stays the text that was written, because money is no float.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

MOST_BYTES = 1_000_000
MOST_NODES = 100_000
DEEPEST = 20
LONGEST_NUMBER = 18
# libyaml's reader is thirty times as fast; both give the same events.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_DECIMAL = re.compile(r"[-+]?[0-9]*\.[0-9]+", re.ASCII)
_WORDS: Mapping[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a file, and where. Line 0: the file as a whole."""

    line: int
    path: str
    sentence: str

    def __str__(self) -> str:
        if not self.line:
            return self.sentence
        told = {"line": self.line, "path": self.path, "sentence": self.sentence}
        if not self.path:
            return _("Line %(line)s: %(sentence)s") % told
        return _("Line %(line)s, %(path)s: %(sentence)s") % told


class Unreadable(ValueError):
    """The text is no YAML of ours."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.problem = Problem(line, "", sentence)


@dataclass(frozen=True, slots=True)
class Bare:
    """A number with a point, written without quotes."""

    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """A value: dict of nodes, list of nodes, text, whole number, yes or no, nothing, or Bare."""

    value: Any
    line: int
    keys: Mapping[str, int] = field(default_factory=dict)  # The line of each key.

    def plain(self) -> Any:
        """The value without its lines."""
        if isinstance(self.value, dict):
            return {name: node.plain() for name, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def at(self, path: str) -> "Node":
        """The node at "conditions.0.minor", or the last one on the way there."""
        here = self
        for step in path.split(".") if path else ():
            if isinstance(here.value, dict) and step in here.value:
                here = here.value[step]
            elif isinstance(here.value, list) and step.isdecimal() and int(step) < len(here.value):
                here = here.value[int(step)]
            else:
                break
        return here


def read(text: str) -> Node:
    """The tree of a text, or Unreadable."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise Unreadable(0, _("The file holds characters that no text has.")) from None
    if size > MOST_BYTES:
        raise Unreadable(0, _("A program file has at most %(most)s KB.") % {"most": 1000})
    _refuse_tabs(text)
    reading = _Reading(_events(text))
    return reading.document()


def _refuse_tabs(text: str) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        if "\t" in line[: len(line) - len(line.lstrip())]:
            raise Unreadable(number, _("This line is indented by a tab. Indent it by spaces."))


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        why = {"why": (error.problem or "")[:200]}
        line = mark.line + 1 if mark else 0
        raise Unreadable(line, _("This is not YAML: %(why)s.") % why) from None
    except yaml.YAMLError:
        raise Unreadable(0, _("The file holds characters that no text has.")) from None


class _Reading:
    """Walks over events, and counts what it meets."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events
        self.nodes = 0

    def document(self) -> Node:
        root = Node({}, 1)
        documents = 0
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Unreadable(_line(event), _("A program file holds one document."))
                root = self.node(next(self.events), 0)
        if root.value is None:
            root = Node({}, root.line)
        if not isinstance(root.value, dict):
            raise Unreadable(root.line, _("A program file begins with the names of its parts."))
        return root

    def node(self, event: Any, depth: int) -> Node:
        line = _line(event)
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise Unreadable(line, _("This is more than a program holds."))
        if depth > DEEPEST:
            raise Unreadable(line, _("This is nested too deeply."))
        if getattr(event, "anchor", None) is not None:
            raise Unreadable(line, _("A program file has no anchors (&) and no aliases (*)."))
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(event, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event, depth)
        _refuse_tag(event)
        plain = event.implicit[0] and not (event.style or "").strip()
        return Node(_scalar(event.value, line) if plain else event.value, line)

    def mapping(self, start: Any, depth: int) -> Node:
        _refuse_tag(start)
        values: dict[str, Node] = {}
        keys: dict[str, int] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            line = _line(event)
            if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None:
                # An alias as a key, a list as a key.
                raise Unreadable(line, _("Before the colon stands a plain name."))
            _refuse_tag(event)
            name = event.value
            if name in values:
                told = {"name": name[:60], "line": keys[name]}
                raise Unreadable(line, _("“%(name)s” stands in line %(line)s already.") % told)
            keys[name] = line
            values[name] = self.node(next(self.events), depth + 1)
        return Node(values, _line(start), keys)

    def sequence(self, start: Any, depth: int) -> Node:
        _refuse_tag(start)
        items = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, depth + 1))
        return Node(items, _line(start))


def _refuse_tag(event: Any) -> None:
    if event.tag is not None:
        raise Unreadable(_line(event), _("A program file has no tags (!)."))


def _scalar(text: str, line: int) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        if len(text) > LONGEST_NUMBER:
            raise Unreadable(line, _("This number is too large."))
        return int(text)
    return Bare(text) if _DECIMAL.fullmatch(text) else text


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
