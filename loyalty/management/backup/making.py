"""Making a backup: one file, whole or not there, with all that a restore needs but the key."""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from django.conf import settings
from django.db import connection

from loyalty.management.backup import archive, manifest, postgres, sqlite
from loyalty.management.backup.progress import Progress
from loyalty.management.backup.refused import Refused

KINDS: dict[str, Any] = {"sqlite": sqlite, "postgresql": postgres}
_NAME = re.compile(r"taem-\d{8}T\d{6}Z\.tar")
_UNFINISHED = ".taem-unfinished-"
_STALE = 24 * 60 * 60  # Seconds after which what is unfinished was given up.


def make(folder: Path, *, at: datetime, progress: Progress) -> tuple[Path, dict[str, Any]]:
    """Write a backup of this moment into a folder; return it with its manifest."""
    kind = KINDS[connection.vendor]
    kind.ready(connection)
    target = folder / f"taem-{stamp_of(at)}.tar"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _workplace(folder) as workplace:
        dump, whole = workplace / archive.DATABASE, workplace / target.name
        told = kind.dump(connection, dump, progress)
        told |= {
            "taem": manifest.version(),
            "made_at": at.isoformat(),
            "key": manifest.mark_of(settings.SECRET_KEY),
        }
        parts = [(archive.DATABASE, dump), *archive.files_below(Path(settings.MEDIA_ROOT))]
        archive.write(whole, parts, told, progress)
        _name(whole, target)
    archive.sync_folder(folder)
    return target, told


def keep(folder: Path, count: int) -> list[Path]:
    """Remove all backups of a folder but the newest ones; return those that went."""
    there = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))
    old = there[:-count]
    for path in old:
        path.unlink()
    return old


def _name(whole: Path, target: Path) -> None:
    """Give a finished file its name, which nobody may have: a rename alone would not ask."""
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise Refused(f"{target} is there already: nothing is written over it.") from None
    os.replace(whole, target)


def stamp_of(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


@contextmanager
def _workplace(folder: Path) -> Iterator[Path]:
    """A private folder beside the backups, gone when the work is done; old ones go as well."""
    for left in folder.glob(f"{_UNFINISHED}*"):
        if time.time() - left.stat().st_mtime > _STALE:
            shutil.rmtree(left, ignore_errors=True)
    workplace = Path(mkdtemp(prefix=_UNFINISHED, dir=folder))
    try:
        yield workplace
    finally:
        shutil.rmtree(workplace, ignore_errors=True)
