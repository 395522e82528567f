"""manage.py import_purchases FILE --program SLUG [--mapping M] [--dry-run]: see docs/import.md."""

import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from loyalty import sheets
from loyalty.flows import importing
from loyalty.flows.import_report import Report
from loyalty.merchants.models import Program
from loyalty.purchases import mapping
from loyalty.purchases.files import Reading
from loyalty.purchases.mapping import Mapping
from loyalty.refusal import Refusal

SHOWN = 20  # Bad lines on the screen; --errors writes all of them.
BAR = 40
LABELS = {
    "lines": "lines read",
    "bad_lines": "bad lines",
    "left_out": "sales and refunds with a bad line, left out",
    "refused": "sales and refunds refused",
    "members": "members enrolled",
    "sales_earned": "sales of members",
    "sale_lines": "  their lines",
    "sales_kept": "sales kept until somebody claims them",
    "sales_repeated": "sales told before",
    "sales_of_nobody": "sales without a member, left out",
    "sales_of_non_members": "sales of people who are no members, left out",
    "refunds_refunded": "refunds of members",
    "refund_lines": "  their lines",
    "refund_lines_matched": "  matched with sales",
    "refund_lines_no_sale": "  no sale of the product is known",
    "refund_lines_not_enough_left": "  not so much was left of it",
    "refund_lines_no_product": "  no product is named",
    "refunds_repeated": "refunds told before",
    "refunds_of_nobody": "refunds without a member, left out",
    "refunds_of_non_members": "refunds of people who are no members, left out",
    "lines_of_nobody": "lines without a member, left out",
}


class Command(BaseCommand):
    help = "Read a CSV file of sales and refunds (plain or .gz) into a program."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--program", required=True, help="the program's slug")
        parser.add_argument("--mapping", type=Path, help="a TOML file that names the columns")
        parser.add_argument("--dry-run", action="store_true", help="do all of it, then undo it")
        parser.add_argument("--errors", type=Path, help="write every bad line to this CSV file")
        parser.add_argument("--known-members-only", action="store_true", help="enroll nobody")
        parser.add_argument(
            "--until", type=date.fromisoformat, help="let the clock go on to this day afterwards"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        program = Program.objects.filter(slug=options["program"]).first()
        if program is None:
            raise CommandError(f"There is no program “{options['program']}”.")
        try:
            report = importing.import_file(
                program,
                options["file"],
                _mapping(options["mapping"]),
                now=timezone.now(),
                dry_run=options["dry_run"],
                enroll_new=not options["known_members_only"],
                until=options["until"],
                progress=self._progress,
            )
        except (Refusal, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self._tell(report, dry_run=options["dry_run"])
        if options["errors"]:
            _write_problems(options["errors"], report)

    def _progress(self, reading: Reading) -> None:
        share = min(reading.position / (reading.size or 1), 1.0)
        filled = int(share * BAR)
        bar = "█" * filled + "·" * (BAR - filled)
        if sys.stderr.isatty():
            self.stderr.write(f"\r{bar} {share:4.0%}  {reading.lines:,} lines", ending="")
            self.stderr.flush()

    def _tell(self, report: Report, *, dry_run: bool) -> None:
        if sys.stderr.isatty():
            self.stderr.write("")
        if report.was_done:
            self.stdout.write("This file was imported before, and nothing was done again. It had:")
        elif report.resumed_after:
            self.stdout.write(f"It went on after line {report.resumed_after:,}. In all:")
        else:
            self.stdout.write("It would do this:" if dry_run else "Done.")
        known = [name for name in LABELS if report.counts[name]]
        others = sorted(report.counts.keys() - LABELS.keys() - {""})
        for name in [*known, *others]:
            label = LABELS.get(name, name.replace("_", " "))
            self.stdout.write(f"  {label:44} {report.counts[name]:>12,}")
        for problem in report.problems[:SHOWN]:
            self.stdout.write(f"  line {problem.line}: {problem.reason}")
        if len(report.problems) > SHOWN:
            more = len(report.problems) - SHOWN
            self.stdout.write(f"  … and {more:,} more; --errors FILE writes all of them.")


def _mapping(path: Path | None) -> Mapping:
    if path is None:
        return Mapping()
    try:
        return mapping.read(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not written in UTF-8.") from error


def _write_problems(path: Path, report: Report) -> None:
    rows = ((it.line, it.reason) for it in report.problems)
    with path.open("w", newline="", encoding="utf-8") as file:
        file.writelines(sheets.lines(["line", "reason"], rows))
