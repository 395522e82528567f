"""What is in a database, in figures: written into each backup, and held against what comes back."""

import tomllib
from collections import Counter
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader
from django.utils.crypto import salted_hmac

from loyalty.ledger import seals

FORMAT = 1


def describe(connection: BaseDatabaseWrapper) -> dict[str, Any]:
    """The migrations, the rows of each table, and each program's entries under one hash."""
    heads, broken = seals.walk(connection)
    return {
        "database": connection.vendor,
        "migrations": _migrations(connection),
        "rows": _rows(connection),
        "programs": [asdict(head) for head in heads],
        "broken_seals": broken,
    }


def mark_of(key: str) -> str:
    """Tells one SECRET_KEY from another, and nothing of either."""
    return salted_hmac(
        "loyalty.management.backup", "which key is this?", key, algorithm="sha256"
    ).hexdigest()


def version() -> str:
    """Which Taem this is."""
    told = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(told["project"]["version"])


def unknown_migrations(manifest: dict[str, Any]) -> list[str]:
    """Migrations of a backup that this Taem has not: a newer one made it."""
    known = {
        ".".join(name) for name in MigrationLoader(None, ignore_no_migrations=True).graph.nodes
    }
    return sorted(set(manifest["migrations"]) - known)


def differences(told: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Where a database is not what its backup says."""
    then, now = Counter[str](told["rows"]), Counter[str](found["rows"])
    different = [
        f"{table}: {then[table]} rows in the backup, {now[table]} here"
        for table in sorted({*then, *now})
        if then[table] != now[table]
    ]
    if told["programs"] != found["programs"]:
        different.append("The entries of the ledger are not those that were backed up.")
    return different


def _migrations(connection: BaseDatabaseWrapper) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return sorted(f"{app}.{name}" for app, name in cursor.fetchall())


def _rows(connection: BaseDatabaseWrapper) -> dict[str, int]:
    counts = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT COUNT(*) FROM {connection.ops.quote_name(table)}")
            counts[table] = int(cursor.fetchone()[0])
    return counts
