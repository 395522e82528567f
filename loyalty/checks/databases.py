"""What a database must be, asked of the connection itself and not of the settings."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.apps import AppConfig, apps
from django.core.checks import CheckMessage, Tags, register
from django.db import DatabaseError, NotSupportedError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor

from loyalty.checks.faults import fault, migrates, serves
from loyalty.ledger import triggers

# What PostgreSQL must not be told to skip: each loses postings that were already confirmed.
_DURABLE = ("synchronous_commit", "fsync", "full_page_writes")
_LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
OLDEST = {"postgresql": (14, 0), "sqlite": (3, 35)}
# What SQLite answers when it is a ledger, and not a cache.
_PRAGMAS = {
    "journal_mode": ("wal",),
    "synchronous": (2, 3),  # FULL or EXTRA.
    "foreign_keys": (1,),
    "recursive_triggers": (1,),
}
_PATIENCE = 20_000  # Milliseconds that SQLite waits for its turn.
_FAR = {
    "9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs",
    "glusterfs", "lustre", "nfs", "nfs4", "smb3", "smbfs", "vboxsf",
}  # fmt: skip
MOUNTS = Path("/proc/self/mountinfo")
CLOCKS_APART = 5.0  # Seconds.


@register(Tags.database)
def database_keeps_its_promises(
    app_configs: Sequence[AppConfig] | None, databases: Iterable[str] | None, **_options: Any
) -> list[CheckMessage]:
    return [answer for alias in databases or () for answer in _faults(alias)]


def _faults(alias: str) -> list[CheckMessage]:
    connection = connections[alias]
    try:
        return [answer for ask in QUESTIONS for answer in ask(connection)]
    except NotSupportedError as error:
        return [_too_old(str(error))]
    except DatabaseError as error:
        return [
            fault(
                6,
                f"The database {alias!r} does not answer: {error}",
                "Is DATABASE_URL right, and does the server run?",
            )
        ]


# --- Both databases ------------------------------------------------------------------------------


def _version(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    connection.ensure_connection()
    found = connection.get_database_version()
    if found < OLDEST[connection.vendor]:
        yield _too_old(f"this is {connection.vendor} {'.'.join(map(str, found))}")


def _too_old(told: str) -> CheckMessage:
    return fault(
        44,
        f"The database is too old: {told}.",
        "Taem needs PostgreSQL 14 or SQLite 3.35, or later ones.",
    )


def _letters(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    postgres = connection.vendor == "postgresql"
    encoding = _one(connection, "SHOW server_encoding" if postgres else "PRAGMA encoding")
    if encoding not in ("UTF8", "UTF-8"):
        yield fault(
            45,
            f"The database keeps text as {encoding}: Thai names would be lost.",
            "Make a new one in UTF-8 (CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0).",
        )


def _migrations(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    if migrates():
        return  # That is what it is asked to do.
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        yield fault(
            40,
            f"{len(waiting)} migrations wait, the first of them {waiting[0][0]}.",
            "Back up, then run `manage.py migrate`.",
        )


def _guards(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    """The triggers missing from tables that are there: before the first migration none is lost."""
    present = set(connection.introspection.table_names()).intersection(triggers.IMMUTABLE)
    wanted = {name for table in present for name in triggers.names(table, connection.vendor)}
    lost = [name for name in triggers.missing(connection) if name in wanted]
    if lost:
        yield fault(
            4,
            f"The ledger is not guarded: {', '.join(lost)} missing.",
            "`manage.py migrate --skip-checks` puts the triggers back. "
            "Then run `manage.py audit_ledger`.",
        )


def _zones(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    programs = apps.get_model("merchants", "Program")  # Checks are imported before any model.
    if programs._meta.db_table not in connection.introspection.table_names():
        return
    used = programs.objects.using(connection.alias).values_list("time_zone", flat=True)
    unknown = sorted(zone for zone in set(used) if not _is_known(zone))
    if unknown:
        yield fault(
            46,
            f"This machine does not know the time zone {', '.join(unknown)}: no day could begin.",
            "On Debian: apt-get install tzdata. A misspelt zone is changed in the settings.",
        )


def _is_known(zone: str) -> bool:
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


# --- PostgreSQL ----------------------------------------------------------------------------------


def _durability(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    for name in _DURABLE:
        if connection.vendor == "postgresql" and _one(connection, f"SHOW {name}") == "off":
            yield fault(
                5,
                f"PostgreSQL's {name} is off: a crash would lose confirmed points.",
                f"Set {name} = on in postgresql.conf, and for this role and database.",
            )


def _limits(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    if connection.vendor != "postgresql" or not serves():
        return  # Commands may take their time.
    endless = [name for name in _LIMITS if _one(connection, f"SHOW {name}") == "0"]
    if endless:
        yield fault(
            47,
            f"PostgreSQL's {', '.join(endless)} is 0: one slow question could stop the shop.",
            "Leave STATEMENT_TIMEOUT, LOCK_TIMEOUT and IDLE_TIMEOUT out, or set them above 0.",
        )


def _clock(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    if connection.vendor != "postgresql":
        return
    before = time.time()
    there = float(_one(connection, "SELECT EXTRACT(EPOCH FROM clock_timestamp())"))
    apart = max(before - there, there - time.time())
    if apart > CLOCKS_APART:
        yield fault(
            48,
            f"The clocks of the database and of this machine are {apart:.0f} seconds apart.",
            "Let both follow a time server (systemd-timesyncd, chrony).",
        )


# --- SQLite --------------------------------------------------------------------------------------


def _pragmas(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    if connection.vendor != "sqlite":
        return
    told = {name: _one(connection, f"PRAGMA {name}") for name in _PRAGMAS}
    wrong = [
        f"{name} is {told[name]}" for name, right in _PRAGMAS.items() if told[name] not in right
    ]
    if getattr(connection, "transaction_mode", None) != "IMMEDIATE":
        wrong.append("transactions are not IMMEDIATE")
    if int(_one(connection, "PRAGMA busy_timeout")) < _PATIENCE:
        wrong.append("busy_timeout is below 20 seconds")
    if wrong:
        yield fault(
            41,
            f"SQLite is not set up as a ledger: {', '.join(wrong)}.",
            "Leave DATABASES of loyalty/settings.py as it is. Where WAL cannot be had, the disk is "
            "a network's: use PostgreSQL.",
        )


def _disk(connection: BaseDatabaseWrapper) -> Iterator[CheckMessage]:
    if connection.vendor != "sqlite" or not MOUNTS.exists():
        return
    kind = file_system_of(Path(str(connection.settings_dict["NAME"])), MOUNTS.read_text())
    if kind in _FAR:
        yield fault(
            42,
            f"The database lies on a network file system ({kind}), where SQLite's locks do not "
            "hold.",
            "Keep VAR_DIR on a disk of this machine, or use PostgreSQL.",
        )


def file_system_of(path: Path, mounts: str) -> str:
    """The kind of file system that a path is on, by the table of /proc/self/mountinfo."""
    path, longest, kind = path.resolve(), -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        folder = before.split()[4].replace("\\040", " ")
        if path.is_relative_to(folder) and len(folder) >= longest:
            longest, kind = len(folder), after.split()[0]
    return kind


def _one(connection: BaseDatabaseWrapper, question: str) -> Any:
    with closing(connection.cursor()) as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


QUESTIONS = (
    _version, _letters, _durability, _limits, _clock, _pragmas, _disk, _migrations, _guards, _zones,
)  # fmt: skip
