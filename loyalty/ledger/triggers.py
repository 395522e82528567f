"""What the database itself refuses: to change or delete an entry, a seal, or a line of the trail.

Django rebuilds a SQLite table when it is altered, and drops its triggers without a word; so they
are installed after every migration, and their absence is an error at start-up.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

IMMUTABLE = ("ledger_entry", "ledger_seal", "merchants_auditentry")
# A row that is never changed, and goes with the person whom it is about.
UNCHANGED = ("members_consent",)
TABLES = (*IMMUTABLE, *UNCHANGED)

_POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION taem_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is immutable', TG_TABLE_NAME;
END $$
"""


def install(connection: BaseDatabaseWrapper) -> None:
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRES_FUNCTION)
        for table in present.intersection(TABLES):
            for statement in _statements(table, connection.vendor):
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """For tests that break a law on purpose."""
    with connection.cursor() as cursor:
        for table in TABLES:
            for name in names(table, connection.vendor):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The names of the triggers that should be there and are not."""
    wanted = {name for table in TABLES for name in names(table, connection.vendor)}
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return sorted(wanted - {row[0] for row in cursor.fetchall()})


def names(table: str, vendor: str) -> list[str]:
    return [f"{table}_refuses_{event}" for event in _events(table, vendor)]


def _events(table: str, vendor: str) -> list[str]:
    if table in UNCHANGED:
        return ["update"]
    return ["update", "delete"] + (["truncate"] if vendor == "postgresql" else [])


def _statements(table: str, vendor: str) -> list[str]:
    if vendor == "postgresql":
        return [
            f"CREATE OR REPLACE TRIGGER {table}_refuses_{event} BEFORE {event} ON {table} "
            f"FOR EACH {'STATEMENT' if event == 'truncate' else 'ROW'} "
            f"EXECUTE FUNCTION taem_refuse()"
            for event in _events(table, vendor)
        ]
    return [
        f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_{event} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is immutable'); END"
        for event in _events(table, vendor)
    ]
