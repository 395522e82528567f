"""manage.py restore FILE [--replace]: bring a backup back, and hold it against what it tells."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from loyalty.management.backup import restoring
from loyalty.management.backup.archive import Unreadable
from loyalty.management.backup.making import stamp_of
from loyalty.management.backup.progress import Progress
from loyalty.management.backup.refused import Refused


class Command(BaseCommand):
    help = (
        "Bring a backup back. Taem must be stopped. Exits 1 when nothing was changed, 2 when the "
        "backup is in place and something in it does not add up."
    )
    requires_system_checks: list[str] = []  # Before a restore there may be no database at all.

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="Keep what is there aside, and take its place."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restored = restoring.restore(
                options["file"],
                stamp=stamp_of(timezone.now()),
                replace=options["replace"],
                progress=Progress(self.stdout.write),
            )
        except (Refused, Unreadable, OSError) as error:
            raise CommandError(f"Nothing was changed. {error}") from error
        told = restored.manifest
        self.stdout.write(f"The backup of {told['made_at']} (Taem {told['taem']}) is in place.")
        for place in restored.aside:
            self.stdout.write(f"What was here before is kept: {place}")
        if not restored.has_its_key:
            self.stderr.write(
                "SECRET_KEY is not that of the backup: without that one (as SECRET_KEY, or among "
                "SECRET_KEY_FALLBACKS) codes of vouchers and second factors cannot be read."
            )
        faults = [*restored.differences, *map(str, restored.breaches)]
        if told["broken_seals"]:
            faults.append("Sealed entries had been changed before the backup was made.")
        if faults:
            raise CommandError("\n".join(["It does not add up.", *faults]), returncode=2)
        self.stdout.write(
            self.style.SUCCESS("Every law of the ledger holds, and every figure is as it was.")
        )
