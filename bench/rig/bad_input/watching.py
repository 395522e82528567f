"""What a request has written for good, as SQLite itself tells it: for the promise that a request
which is answered by a 4xx has changed nothing.
"""

import re
from typing import Any

from django.db import connection

# What may be written although the answer is no: who tried, when a key was last used.
ALLOWED = re.compile(r"django_session|signin_\w+|merchants_apikey|merchants_heartbeat|mfa_\w+")
# Of these a row is written first, and taken out again when it is refused.
TAKEN_OUT = ("purchases_refund", "purchases_refundline")
_WRITE = re.compile(r"(?:INSERT(?: OR \w+)? INTO|REPLACE INTO|UPDATE|DELETE FROM)\s+\"?(\w+)")


class Watcher:
    """The tables that statements wrote, without those that were rolled back."""

    def __init__(self) -> None:
        self._levels: list[set[str]] = [set()]
        self._changes = 0
        self._counts: dict[str, int] = {}
        self.is_on = connection.vendor == "sqlite"
        if self.is_on:
            connection.ensure_connection()
            self._driver: Any = connection.connection
            self._driver.set_trace_callback(self._hear)

    def begin(self) -> None:
        self._levels = [set()]
        if self.is_on:
            self._counts = {table: self._count(table) for table in TAKEN_OUT}
            self._changes = self._driver.total_changes

    def written(self) -> set[str]:
        """The tables that changed since ``begin``."""
        if not self.is_on or self._driver.total_changes == self._changes:
            return set()
        return {table for table in self._levels[0] if self._matters(table)}

    def _matters(self, table: str) -> bool:
        if table in TAKEN_OUT:
            return self._count(table) != self._counts[table]
        return not ALLOWED.fullmatch(table)

    def _count(self, table: str) -> int:
        return int(self._driver.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def _hear(self, sql: str) -> None:
        word = sql[:16].upper()
        if word.startswith(("BEGIN", "SAVEPOINT")):
            self._levels.append(set())
        elif word.startswith(("COMMIT", "RELEASE")):
            if len(self._levels) > 1:
                self._levels[-2] |= self._levels.pop()
        elif word.startswith("ROLLBACK TO"):
            self._levels[-1].clear()
        elif word.startswith("ROLLBACK"):
            if len(self._levels) > 1:
                self._levels.pop()
        elif word.startswith(("INSERT", "UPDATE", "DELETE", "REPLACE", "WITH")):
            self._levels[-1].update(_WRITE.findall(sql))
