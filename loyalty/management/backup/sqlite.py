"""SQLite: copied by its backup API while Taem runs, and put back when nobody has it open."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from loyalty.management.backup.manifest import describe
from loyalty.management.backup.progress import Progress
from loyalty.management.backup.refused import Refused

_PAGES = 2_000  # Copied at a time.


def ready(connection: BaseDatabaseWrapper) -> None:
    """SQLite brings all that is needed."""


def dump(connection: BaseDatabaseWrapper, target: Path, progress: Progress) -> dict[str, Any]:
    """Copy the database as it is at one moment, and describe the copy."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with (
        closing(sqlite3.connect(_file(connection), isolation_level=None)) as source,
        closing(sqlite3.connect(target, isolation_level=None)) as copy,
    ):
        # Reading holds this moment still: a write of others would else begin the copy again.
        source.execute("BEGIN")
        source.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()
        source.backup(
            copy,
            pages=_PAGES,
            progress=lambda _status, rest, total: progress.at("Copying", total - rest, total),
        )
        copy.execute("PRAGMA journal_mode = DELETE")
        (told,) = copy.execute("PRAGMA quick_check(1)").fetchone()
        if told != "ok":
            raise Refused(f"The database is damaged, and so would be its copy: {told}")
    return _described(connection, target)


def _described(connection: BaseDatabaseWrapper, file: Path) -> dict[str, Any]:
    copy = connection.copy()
    copy.settings_dict["NAME"] = str(file)
    copy.settings_dict["OPTIONS"] = {}  # A copy is one file and stays one.
    try:
        return describe(copy)
    finally:
        copy.close()


class Place:
    """Where a backup is brought back to."""

    def __init__(self, connection: BaseDatabaseWrapper, stamp: str) -> None:
        self.connection, self.file = connection, _file(connection)
        self.aside = self.file.with_name(f"{self.file.name}.before-{stamp}")

    def hold(self) -> None:
        """Refuse while others have the database open; fold its journal into the file."""
        self.connection.close()
        if not self.file.exists():
            return
        with closing(sqlite3.connect(self.file, timeout=1, isolation_level=None)) as ours:
            try:
                ours.execute("PRAGMA journal_mode = DELETE").fetchone()
                ours.execute("BEGIN EXCLUSIVE")
                ours.execute("ROLLBACK")
            except sqlite3.OperationalError as error:
                raise Refused("Taem is still running on this database. Stop it first.") from error

    def put_aside(self) -> str:
        """Move the old database out of the way, and say where it is."""
        self.connection.close()
        if not self.file.exists():
            return ""
        for ending in ("-wal", "-shm"):
            Path(f"{self.file}{ending}").unlink(missing_ok=True)  # Folded in: empty.
        os.rename(self.file, self.aside)
        return str(self.aside)

    def load(self, dump: Path, progress: Progress) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        os.rename(dump, self.file)

    def put_back(self) -> None:
        """What was put aside is what counts again."""
        self.connection.close()
        for ending in ("", "-wal", "-shm"):
            Path(f"{self.file}{ending}").unlink(missing_ok=True)
        if self.aside.exists():
            os.rename(self.aside, self.file)

    def forget_aside(self) -> None:
        self.aside.unlink(missing_ok=True)

    @property
    def folder(self) -> Path:
        """Where there is room for the database, on the same disk."""
        return self.file.parent


def _file(connection: BaseDatabaseWrapper) -> Path:
    return Path(str(connection.settings_dict["NAME"]))
