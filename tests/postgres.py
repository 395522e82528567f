"""Databases of a test's own, on the PostgreSQL server that the tests run on."""

import psycopg
from django.conf import settings


def address(database: str) -> str:
    told = settings.DATABASES["default"]
    who = f"{told['USER']}:{told['PASSWORD']}" if told["PASSWORD"] else told["USER"]
    return f"postgres://{who}@{told['HOST']}:{told['PORT'] or 5432}/{database}"


def on_server(statement: str) -> None:
    with psycopg.connect(address("postgres"), autocommit=True) as server:
        server.execute(statement)
