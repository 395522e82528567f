"""Django's cache, kept in the database.

allauth counts tries and remembers used codes in it. In memory each process would count for itself;
in Redis the doors would fail or stand open while Redis is down. Rows are shared and always there.
"""

from datetime import datetime
from typing import Any

from django.core.cache.backends.db import DatabaseCache
from django.db import connections


class KeptCache(DatabaseCache):
    """Never forgets what has not expired: who floods it must not wipe the count of their tries."""

    def _cull(self, db: str, cursor: Any, now: datetime, num: int) -> None:
        adapt = connections[db].ops.adapt_datetimefield_value
        cursor.execute("DELETE FROM signin_cache WHERE expires < %s", [adapt(now)])
