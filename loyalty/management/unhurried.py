"""Commands of an operator may take their time: PostgreSQL's limits are there for requests."""

from django.db.backends.base.base import BaseDatabaseWrapper

_LIMITS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")


def take_your_time(connection: BaseDatabaseWrapper) -> None:
    """Lift the limits of a connection, for as long as it is open."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for limit in _LIMITS:
                cursor.execute(f"SET {limit} = 0")
