"""Reading a program file into a program, through the flows that the dashboard uses, or only asking.

All of it is one transaction. Asking does the same and takes it all back, so what it says is what
would be: the program before and after, written down twice and compared.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.flows.program_files import diff, tree
from loyalty.flows.program_files.context import Context, Wrong, did_you_mean
from loyalty.flows.program_files.diff import Change
from loyalty.flows.program_files.exporting import Document, context_of, document, look_again
from loyalty.flows.program_files.fields import ID, Text
from loyalty.flows.program_files.nouns.base import Load, Noun, Single
from loyalty.flows.program_files.registry import FORMAT, PARTS
from loyalty.flows.program_files.tree import Node, Problem
from loyalty.flows.settings import one_at_a_time
from loyalty.merchants import trail
from loyalty.merchants.models import Program
from loyalty.merchants.trail import By
from loyalty.refusal import Refusal

MOST_TOLD = 100  # Problems at once.
_NAME = Text(most=40, pattern=ID)


class BadFile(Refusal):
    """The file cannot be loaded. ``problems`` name each line."""

    code = "bad_program_file"

    def __init__(self, problems: Sequence[Problem]) -> None:
        shown = sorted(problems, key=lambda it: it.line)[:MOST_TOLD]
        told = [{"line": it.line, "path": it.path, "sentence": it.sentence} for it in shown]
        super().__init__(" ".join(str(it) for it in shown[:3]), problems=told)
        self.problems = shown


class ChangedMeanwhile(Refusal):
    code = "program_changed_meanwhile"


@dataclass(frozen=True)
class Loaded:
    """What came of a file, or would come of it."""

    changes: Sequence[Change]
    unchanged: int
    is_applied: bool
    seen: str  # Names how the program was before.

    def count(self, what: str) -> int:
        return sum(1 for change in self.changes if change.what == what)


@dataclass
class _Work:
    """One loading of one file."""

    load: Load
    root: Node
    before: Document
    is_moved: bool = False  # Currency or clock changed: what reads the same means something else.
    later: list[tuple[Noun, Any, Node, str]] = field(default_factory=list)

    @property
    def at(self) -> Context:
        return self.load.at


def load(
    program: Program,
    text: str,
    *,
    by: By,
    now: datetime,
    is_asked_only: bool = True,
    prunes: bool = False,
    seen: str = "",
) -> Loaded:
    """Make a program as a file says. ``prunes`` archives what the file no longer names.

    ``seen`` is of the answer that somebody looked at before they said yes.
    """
    try:
        root = tree.read(text)
    except tree.Unreadable as unreadable:
        raise BadFile([unreadable.problem]) from None
    return load_tree(
        program, root, by=by, now=now, is_asked_only=is_asked_only, prunes=prunes, seen=seen,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )  # fmt: skip


def load_tree(
    program: Program,
    root: Node,
    *,
    by: By,
    now: datetime,
    is_asked_only: bool = True,
    prunes: bool = False,
    seen: str = "",
    **origin: str,
) -> Loaded:
    """The same, of a file that is read already. ``origin`` is what the trail says of it."""
    with transaction.atomic():
        one_at_a_time(program)
        at = context_of(Program.objects.get(pk=program.pk), now)
        at.named = root.value
        work = _Work(load=Load(at=at, by=by, now=now), root=root, before=document(at))
        if seen and seen != _seal(work.before):
            raise ChangedMeanwhile(_("Something changed meanwhile. Look at it once more."))
        _refuse_other_files(root, at)
        for part in PARTS:
            _load_part(part, work)
        _finish(work, prunes=prunes)
        if at.problems or at.waiting:
            raise BadFile(at.problems or at.waiting)
        loaded = _compare(work, is_asked_only)
        if is_asked_only:
            transaction.set_rollback(True)
        elif loaded.changes:
            _tell(loaded, origin, work)
    return loaded


def _refuse_other_files(root: Node, at: Context) -> None:
    told = root.value.get("taem")
    if told is None or told.value != FORMAT:
        line = told.line if told else 1
        at.wrong(line, "taem", _("A program file begins with “taem: %(format)s”.") % {
            "format": FORMAT
        })  # fmt: skip
    known = ["taem", *(part.name for part in PARTS)]
    for name in root.value.keys() - set(known):
        words = {"name": name[:60], "hint": did_you_mean(name, known)}
        sentence = _("A program has no part “%(name)s”.%(hint)s") % words
        at.wrong(root.keys[name], name[:60], sentence)


def _load_part(part: Single | Noun, work: _Work) -> None:
    section = work.root.value.get(part.name)
    if section is None or section.value is None:
        return
    if not isinstance(section.value, dict):
        work.at.wrong(section.line, part.name, _("Give its fields, each on a line of its own."))
    elif isinstance(part, Single):
        _load_single(part, section, work)
    else:
        _load_things(part, section, work)
    look_again(work.at)


def _load_single(part: Single, node: Node, work: _Work) -> None:
    at, program = work.at, work.load.program
    stopped = at.stopped
    told = part.read(node, part.name, at)
    if at.stopped > stopped or _says(node, work.before.get(part.name, {})):
        return
    clock = (program.currency, program.time_zone)
    try:
        with transaction.atomic():
            part.save(told, work.load)
    except Refusal as refusal:
        _blame(refusal, part.called_in_file, node, part.name, at)
    program.refresh_from_db()
    work.is_moved |= clock != (program.currency, program.time_zone)


def _load_things(noun: Noun, section: Node, work: _Work) -> None:
    at = work.at
    was = work.before.get(noun.name, {})
    for name in noun.in_turn(section.value, at):
        node, path = section.value[name], f"{noun.name}.{name}"
        if not noun.has_codes:
            try:
                _NAME.read(Node(name, 0), path, at)
            except Wrong:
                sentence = _(
                    "A name in a file has up to 40 small letters (a to z), digits, - and _."
                )
                at.wrong(section.keys[name], path[:80], sentence)
                continue
        if not work.is_moved and name in was and node.plain() == was[name]:
            continue
        _load_thing(noun, name, node, work)
    if noun.is_ordered:
        _place(noun, list(section.value), work)


def _load_thing(noun: Noun, name: str, node: Node, work: _Work) -> None:
    at, load = work.at, work.load
    path = f"{noun.name}.{name}"
    if not isinstance(node.value, dict):
        at.wrong(node.line, path, _("Give its fields, each on a line of its own."))
        return
    key = name if noun.has_codes else at.names.key(noun.name, name)
    row = noun.find(load.program, key) if key else None
    if row is not None and noun.is_over(row, load.now) and noun.write(row, at) == node.plain():
        return
    stopped = at.stopped
    told = noun.read(node, path, at)
    if at.stopped > stopped:
        return
    try:
        with transaction.atomic():
            if row is not None:
                noun.restore(row, load)
                row = noun.find(load.program, noun.key(row))
            saved = noun.save(row, told | ({"code": name} if noun.has_codes else {}), load)
    except Refusal as refusal:
        _blame(refusal, noun.called_in_file, node, path, at)
        return
    if key is None:
        at.names.give(noun.name, noun.key(saved), name)
    look = {"tiers", "wallets", "locations"}
    if noun.name in look:
        look_again(at)
    work.later.append((noun, saved, node, path))


def _place(noun: Noun, told: list[str], work: _Work) -> None:
    """Bring things into the order of the file; what it does not name keeps its place."""
    at = work.at
    rows = {
        at.names.name(noun.name, noun.key(row)) or "": row for row in noun.rows(at.program, at.now)
    }
    named = iter([name for name in told if name in rows])
    wanted = [next(named) if name in told else name for name in rows]
    if wanted != list(rows):
        for position, name in enumerate(wanted):
            noun.place(rows[name], position, work.load)


def _finish(work: _Work, *, prunes: bool) -> None:
    at = work.at
    for noun, row, node, path in work.later:
        try:
            with transaction.atomic():
                noun.finish(row, node, path, work.load)
        except Refusal as refusal:
            _blame(refusal, noun.called_in_file, node, path, at)
    if not prunes:
        return
    for part in reversed(PARTS):
        if isinstance(part, Noun) and part.can_archive:
            _prune(part, work)


def _prune(noun: Noun, work: _Work) -> None:
    at = work.at
    section = work.root.value.get(noun.name)
    named = section.value if section is not None and isinstance(section.value, dict) else {}
    for row in noun.rows(at.program, at.now):
        name = at.names.name(noun.name, noun.key(row))
        if name in named:
            continue
        try:
            with transaction.atomic():
                noun.archive(row, work.load)
        except Refusal as refusal:
            at.wrong(section.line if section else 0, f"{noun.name}.{name}", str(refusal))


def _blame(refusal: Refusal, called: Mapping[str, str], node: Node, path: str, at: Context) -> None:
    """A flow said no: name the line of what it said no to."""
    problems = refusal.facts.get("problems") or {refusal.facts.get("field") or "": str(refusal)}
    for place, sentence in problems.items():
        steps = [called.get(step, step) for step in str(place).split(".") if step]
        spot = ".".join(steps)
        at.wrong(node.at(spot).line, f"{path}.{spot}".rstrip("."), sentence)


def _compare(work: _Work, is_asked_only: bool) -> Loaded:
    at = work.at
    look_again(at)
    after = document(at)
    found = diff.changes(work.before, after)
    touched = {change.path for change in found}
    all_things = {
        f"{part.name}.{name}" if isinstance(part, Noun) else part.name
        for part in PARTS
        for name in (after.get(part.name, {}) if isinstance(part, Noun) else [""])
        if part.name in after
    }
    return Loaded(
        changes=found,
        unchanged=len(all_things - touched),
        is_applied=not is_asked_only,
        seen=_seal(work.before),
    )


def _seal(told: Document) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


def _says(node: Node, known: Mapping[str, Any]) -> bool:
    """Whether all that a part says is so already."""
    return all(name in known and known[name] == it.plain() for name, it in node.value.items())


def _tell(loaded: Loaded, origin: Mapping[str, str], work: _Work) -> None:
    """One line of the trail for the file; each change has a line of its own beside it."""
    program = work.load.program
    told: dict[str, Any] = {
        what: [change.path for change in loaded.changes if change.what == what]
        for what in ("made", "changed", "moved", "archived")
    }
    told = {what: paths for what, paths in told.items() if paths} | dict(origin)
    trail.record(
        "program.load", f"program:{program.public_id}", program=program, now=work.load.now,
        by=work.load.by, after=told,
    )  # fmt: skip
