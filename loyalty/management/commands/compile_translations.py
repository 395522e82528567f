"""manage.py compile_translations: for installations that do not start by `make run`."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from loyalty.translations import compile_stale


class Command(BaseCommand):
    help = "Compiles the translations that changed."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        for directory in settings.LOCALE_PATHS:
            for source in compile_stale(Path(directory)):
                self.stdout.write(f"Compiled {source}")
