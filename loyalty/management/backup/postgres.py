"""PostgreSQL: dumped by pg_dump at one moment, and put back by pg_restore into an empty schema."""

import os
import re
import shutil
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from loyalty.management.backup.manifest import describe
from loyalty.management.backup.progress import Progress
from loyalty.management.backup.refused import Refused
from loyalty.management.unhurried import take_your_time

# How PostgreSQL's programs are told where the server is: by names that no list of processes shows.
_TOLD = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "service": "PGSERVICE",
    "passfile": "PGPASSFILE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}
_ASIDE = "before_"
_OTHERS = """
SELECT COUNT(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
_EXTENSIONS = """
SELECT extname FROM pg_extension JOIN pg_namespace space ON space.oid = extnamespace
WHERE nspname = %s
"""


def ready(connection: BaseDatabaseWrapper) -> None:
    """Refuse without PostgreSQL's own programs, or with some that are older than the server."""
    server = _server(connection)
    for program in ("pg_dump", "pg_restore"):
        if not (found := shutil.which(program)):
            raise Refused(f"{program} is missing. On Debian: apt-get install postgresql-client")
        command = [found, "--version"]
        told = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
        match = re.search(r"\) (\d+)", told.stdout)
        if match is None or int(match[1]) < server:
            raise Refused(
                f"{program} is too old ({told.stdout.strip()}): the server is PostgreSQL {server}. "
                f"On Debian: apt-get install postgresql-client-{server}"
            )


def dump(connection: BaseDatabaseWrapper, target: Path, progress: Progress) -> dict[str, Any]:
    """Dump the database as it is at one moment, and describe that moment."""
    own = connection.copy()
    take_your_time(own)
    try:
        with own.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
        command = [
            "pg_dump", "--format=custom", "--no-owner", "--no-privileges",
            f"--exclude-schema={_ASIDE}*", f"--snapshot={snapshot}", f"--file={target}",
        ]  # fmt: skip
        _run(own, command, "Dumping", progress, grows=target)
        return describe(own)
    finally:
        own.close()


class Place:
    """Where a backup is brought back to: the schema public of the database."""

    def __init__(self, connection: BaseDatabaseWrapper, stamp: str) -> None:
        self.connection = connection
        self.aside = f"{_ASIDE}{stamp.lower().replace('-', '_')}"
        self.folder = Path(settings.VAR_DIR)  # Where there is room for a dump.

    def hold(self) -> None:
        """Refuse while others are connected to the database."""
        ((others,),) = self._ask(_OTHERS)
        if others:
            raise Refused(
                f"Taem is still running: {others} others are connected to the database. "
                "Stop it first."
            )

    def put_aside(self) -> str:
        """Rename the schema with all that is in it, and say how it is called now."""
        with transaction.atomic():
            extensions = [name for (name,) in self._ask(_EXTENSIONS, "public")]
            self._do(f"ALTER SCHEMA public RENAME TO {self.aside}")
            self._do("CREATE SCHEMA public")
            for name in extensions:
                self._do(f'ALTER EXTENSION "{name}" SET SCHEMA public')
        return f"schema {self.aside}"

    def load(self, dump: Path, progress: Progress) -> None:
        database = str(self.connection.get_connection_params().get("dbname") or "")
        command = [
            "pg_restore", "--no-owner", "--no-privileges", "--no-comments", "--exit-on-error",
            "--single-transaction", f"--dbname={database}", str(dump),
        ]  # fmt: skip
        self.connection.close()
        _run(self.connection, command, "Restoring", progress)

    def put_back(self) -> None:
        """What was put aside is what counts again."""
        self.connection.close()
        with transaction.atomic():
            self._do("DROP SCHEMA public CASCADE")
            self._do(f"ALTER SCHEMA {self.aside} RENAME TO public")

    def forget_aside(self) -> None:
        self._do(f"DROP SCHEMA {self.aside} CASCADE")

    def _ask(self, query: str, *told: Any) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(query, told)
            return list(cursor.fetchall())

    def _do(self, statement: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement)


def _run(
    connection: BaseDatabaseWrapper,
    command: list[str],
    what: str,
    progress: Progress,
    *,
    grows: Path | None = None,
) -> None:
    """Run one of PostgreSQL's programs, and tell how far it is."""
    told = connection.get_connection_params()
    where = {name: str(told[key]) for key, name in _TOLD.items() if told.get(key)}
    with (
        TemporaryFile("w+") as complaints,
        subprocess.Popen(  # noqa: S603 - names of our own and of the settings.
            command, env={**os.environ, **where}, stderr=complaints
        ) as running,
    ):
        while running.poll() is None:
            time.sleep(0.05)
            progress.at(what, grows.stat().st_size if grows and grows.exists() else 0)
        if running.returncode:
            complaints.seek(0)
            raise Refused(f"{command[0]} failed: {complaints.read().strip()}")


def _server(connection: BaseDatabaseWrapper) -> int:
    """The major version of the server."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000
