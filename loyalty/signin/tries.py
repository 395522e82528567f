"""How often something may be tried that can be guessed. Counted in rows, by all processes together.

``loyalty.limits`` protects machines from load, and is quick because it may be wrong by a little.
This protects people: it asks neither Redis nor the memory of one process, so it holds whatever of
them is there. A try costs one statement; what is tried costs more (a password, a letter, points).
"""

import hashlib
from datetime import UTC, datetime, timedelta

from django.db import connection

from loyalty.refusal import Refusal
from loyalty.signin.models import Tries

SWEPT = 100  # Rows of windows that are over, taken away with each new one.

_COUNT = """
INSERT INTO signin_tries (name, used, ends_at) VALUES (%s, 1, %s)
ON CONFLICT (name) DO UPDATE SET
    used = CASE WHEN signin_tries.ends_at > %s THEN signin_tries.used + 1 ELSE 1 END,
    ends_at = CASE WHEN signin_tries.ends_at > %s
        THEN signin_tries.ends_at ELSE excluded.ends_at END
RETURNING used, ends_at
"""


class TooManyTries(Refusal):
    """Says how long to wait. Doors answer 429 with it."""

    code = "too_many_tries"

    def __init__(self, sentence: str, *, wait: int) -> None:
        super().__init__(sentence, wait=wait)
        self.wait = wait


def wait_for(name: str, limit: int, *, at: datetime) -> int:
    """How long to wait before one more; 0 when it may be tried at once. Counts nothing."""
    full = Tries.objects.filter(pk=_hash(name), used__gte=limit, ends_at__gt=at)
    ends_at = full.values_list("ends_at", flat=True).first()
    return _seconds(ends_at, at) if ends_at else 0


def count(name: str, limit: int, *, at: datetime, seconds: int) -> int:
    """Count one try more. 0 while within the limit, else the seconds until the window ends."""
    adapt = connection.ops.adapt_datetimefield_value
    now, ends_at = adapt(at), adapt(at + timedelta(seconds=seconds))
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [_hash(name), ends_at, now, now])
        used, ends_at = cursor.fetchone()
    if used == 1:
        _sweep(at)
    return 0 if used <= limit else _seconds(_aware(ends_at), at)


def _sweep(at: datetime) -> None:
    over = Tries.objects.filter(ends_at__lte=at).values("pk")[:SWEPT]
    Tries.objects.filter(pk__in=list(over.values_list("pk", flat=True)), ends_at__lte=at).delete()


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _seconds(ends_at: datetime, at: datetime) -> int:
    return max(1, int((ends_at - at).total_seconds() + 0.999))


def _aware(value: datetime | str) -> datetime:
    """SQLite answers with a text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
