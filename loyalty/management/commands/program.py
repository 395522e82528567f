"""manage.py program export|check|load|schema: a program as a file. See docs/program-files.md."""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone, translation

from loyalty.flows.program_files.diff import Change
from loyalty.flows.program_files.exporting import export
from loyalty.flows.program_files.loading import BadFile, Loaded, load
from loyalty.flows.program_files.schema import schema
from loyalty.merchants.models import Program, Staff

MARKS = {"made": "+", "changed": "~", "moved": "~", "archived": "-"}


class Command(BaseCommand):
    help = "Write a program to a file, hold a file against it, or make it as the file says."

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        export_ = acts.add_parser("export", help="write a program to standard output")
        export_.add_argument("program", help="its slug, as in its addresses")
        check = acts.add_parser("check", help="read a file and say what is wrong, and what differs")
        load_ = acts.add_parser("load", help="say what a file would change; with --apply, do it")
        for act in (check, load_):
            act.add_argument("program", help="the slug of the program that it is for")
            act.add_argument("file", help="the file; - is standard input")
            act.add_argument(
                "--prune", action="store_true", help="archive what the file does not name"
            )
        load_.add_argument("--apply", action="store_true", help="do it, and not only say it")
        load_.add_argument("--by", metavar="EMAIL", help="who of the team does it, for the trail")
        acts.add_parser("schema", help="print the JSON Schema of program files")

    def handle(self, *_args: Any, **options: Any) -> None:
        with translation.override("en"):
            if options["act"] == "schema":
                self.stdout.write(json.dumps(schema(), ensure_ascii=False, indent=2))
            elif options["act"] == "export":
                program = _program(options["program"])
                self.stdout.write(export(program, now=timezone.now()), ending="")
            else:
                self._load(options)

    def _load(self, options: dict[str, Any]) -> None:
        program = _program(options["program"])
        applies = options.get("apply", False)
        try:
            loaded = load(
                program, _text(options["file"]), by=_staff(program, options.get("by")),
                now=timezone.now(), is_asked_only=not applies, prunes=options["prune"],
            )  # fmt: skip
        except BadFile as bad:
            raise CommandError("\n".join(str(problem) for problem in bad.problems)) from bad
        for change in loaded.changes:
            for line in _lines(change):
                self.stdout.write(line)
        self.stdout.write(_summary(loaded))
        if options["act"] == "load" and loaded.changes and not applies:
            self.stdout.write("Nothing was changed. Say --apply to do it.")


def _lines(change: Change) -> list[str]:
    lines = [f"{MARKS[change.what]} {change.path} ({change.what})"]
    if change.what in ("changed", "moved"):
        lines += [
            f"    {it.path}: {_short(it.before)} → {_short(it.after)}" for it in change.fields
        ]
    return lines


def _summary(loaded: Loaded) -> str:
    counts = [
        f"{number} {what}"
        for what in ("made", "changed", "moved", "archived")
        if (number := loaded.count(what))
    ]
    return ", ".join([*counts, f"{loaded.unchanged} unchanged"]) + "."


def _short(value: Any) -> str:
    return "—" if value is None else json.dumps(value, ensure_ascii=False)[:120]


def _program(slug: str) -> Program:
    program = Program.objects.filter(slug=slug).first()
    if program is None:
        raise CommandError(f"There is no program with the slug {slug!r}.")
    return program


def _staff(program: Program, email: str | None) -> Staff | None:
    if not email:
        return None
    staff = Staff.objects.filter(
        merchant=program.merchant_id, user__email=email.lower(), is_active=True
    )
    found = staff.select_related("user").first()
    if found is None:
        raise CommandError(f"Nobody of the team signs in as {email!r}.")
    return found


def _text(name: str) -> str:
    try:
        body = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        return body.decode("utf-8-sig")
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{name} is not UTF-8.") from error
