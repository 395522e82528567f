"""Bringing a backup back: all of it or nothing, and what was there before is kept aside."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from loyalty.ledger import audit
from loyalty.ledger.audit import Breach
from loyalty.management.backup import archive, manifest
from loyalty.management.backup.making import KINDS
from loyalty.management.backup.progress import Progress
from loyalty.management.backup.refused import Refused
from loyalty.management.unhurried import take_your_time
from loyalty.purchases import audit as purchase_audit

# Tables with rows before anybody uses Taem, or of no account.
_FURNITURE = {
    "auth_permission",
    "django_cache",
    "django_content_type",
    "django_migrations",
    "django_session",
    "merchants_heartbeat",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What became of a restore."""

    manifest: dict[str, Any]
    aside: list[str]  # Where the old database and the old media are now.
    differences: list[str]  # Between the backup and what was brought back.
    breaches: list[Breach]

    @property
    def has_its_key(self) -> bool:
        """Whether what the key of then has sealed can be opened here."""
        keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        return self.manifest["key"] in map(manifest.mark_of, keys)


def restore(path: Path, *, stamp: str, replace: bool, progress: Progress) -> Restored:
    """Put the database and the media of a backup in place, and hold them against it."""
    told = archive.verified(path, progress)
    kind = _kind_of(told)
    kind.ready(connection)
    place, media = kind.Place(connection, stamp), Path(settings.MEDIA_ROOT)
    is_used, has_media = _is_used(), media.exists() and any(media.iterdir())
    if (is_used or has_media) and not replace:
        raise Refused(
            "There is something here already. --replace keeps it aside and puts the backup in "
            "its place."
        )
    place.hold()
    with _workplace(place.folder) as below, _workplace(media.parent) as beside:
        dump, pictures = below / archive.DATABASE, beside / archive.MEDIA
        pictures.mkdir(mode=0o700)
        archive.extract(path, database=dump, media=pictures, progress=progress)
        aside = [place.put_aside()]
        try:
            place.load(dump, progress)
            differences = _differences(told)
            call_command("migrate", verbosity=0, skip_checks=True)
        except BaseException:
            place.put_back()
            raise
        if not is_used:
            place.forget_aside()
            aside = []
        aside += _put_in_place(pictures, media, stamp, has_media)
    return Restored(
        manifest=told,
        aside=[it for it in aside if it],
        differences=differences,
        breaches=[*audit.breaches(), *purchase_audit.breaches()],
    )


def _kind_of(told: dict[str, Any]) -> Any:
    if told["database"] != connection.vendor:
        raise Refused(
            f"The backup is of {told['database']}, and DATABASE_URL names {connection.vendor}."
        )
    if newer := manifest.unknown_migrations(told):
        raise Refused(
            f"A newer Taem ({told['taem']}) made this backup: here is {manifest.version()}, which "
            f"does not know {', '.join(newer[:3])}. Install that one first."
        )
    return KINDS[connection.vendor]


def _is_used() -> bool:
    """Whether anybody has put anything into the database."""
    take_your_time(connection)
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names(cursor)) - _FURNITURE:
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")
            if cursor.fetchone():
                return True
    return False


def _differences(told: dict[str, Any]) -> list[str]:
    """Asked before the migrations of a newer Taem, which may add rows."""
    take_your_time(connection)
    return manifest.differences(told, manifest.describe(connection))


def _put_in_place(pictures: Path, media: Path, stamp: str, has_media: bool) -> list[str]:
    aside = media.with_name(f"{media.name}.before-{stamp}")
    if has_media:
        os.rename(media, aside)
    elif media.exists():
        media.rmdir()
    os.rename(pictures, media)
    archive.sync_folder(media.parent)
    return [str(aside)] if has_media else []


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    workplace = Path(mkdtemp(prefix=".taem-restoring-", dir=folder))
    try:
        yield workplace
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
