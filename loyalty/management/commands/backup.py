"""manage.py backup [DIR] [--keep N]: the database and the pictures in one file, while Taem runs."""

from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from loyalty.management.backup import making
from loyalty.management.backup.archive import Unreadable
from loyalty.management.backup.progress import Progress
from loyalty.management.backup.refused import Refused
from loyalty.management.unhurried import take_your_time


def _some(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("Say how many to keep: 1 or more.")
    return int(text)


class Command(BaseCommand):
    help = (
        "Write the database and the media into one file, while Taem runs. Exits 1 when there is "
        "none, 2 when there is one of entries that were changed under their seals."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, help="VAR_DIR/backups if not told.")
        parser.add_argument("--keep", type=_some, help="Keep so many, and remove older ones.")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = options["folder"] or Path(settings.VAR_DIR) / "backups"
        take_your_time(connection)
        try:
            path, told = making.make(
                folder, at=timezone.now(), progress=Progress(self.stdout.write)
            )
        except (Refused, Unreadable, OSError) as error:
            raise CommandError(f"No backup was made. {error}") from error
        self._tell(path, told)
        if options["keep"]:
            for old in making.keep(folder, options["keep"]):
                self.stdout.write(f"Removed {old}")
        if told["broken_seals"]:
            raise CommandError(
                "The backup is there, but sealed entries were changed: run `manage.py "
                "audit_ledger`, and keep the older backups.",
                returncode=2,
            )

    def _tell(self, path: Path, told: dict[str, Any]) -> None:
        entries = sum(program["count"] for program in told["programs"])
        self.stdout.write(self.style.SUCCESS(str(path)))
        self.stdout.write(
            f"{path.stat().st_size / 1e6:.1f} MB; {entries} entries of "
            f"{len(told['programs'])} programs. SECRET_KEY and the environment file are not in it: "
            "keep them apart."
        )
