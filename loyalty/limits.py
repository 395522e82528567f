"""How often somebody may ask. Counted in Redis for all processes, and in memory when it is down.

Counting in memory is per process, so without Redis a limit holds for each process by itself.
"""

import logging
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock

import redis
from django.conf import settings

from loyalty import outside

log = logging.getLogger(__name__)

MOST_NAMES = 50_000  # That are remembered in memory at once.
PATIENCE_SECONDS = 0.25  # For one answer of Redis.
PAUSE_SECONDS = 10  # Before a Redis that did not answer is asked again.


@dataclass(slots=True)
class _Count:
    window: int
    mine: int = 0  # By this process, in this window.
    others: int = 0  # By the others, as far as Redis told us.


@dataclass(slots=True)
class _State:
    counts: dict[str, _Count] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)
    silent_until: float = 0.0
    realm: str = ""  # Whose counts are counted together: everybody's, but in tests.


_state = _State()


def hit(name: str, limit: int, *, at: float, seconds: int = 60) -> int:
    """Count once more. 0 while within the limit of a window, else the seconds until the next."""
    window = int(at // seconds)
    step = max(1, limit // 100)
    with _state.lock:
        count = _state.counts.get(name)
        if count is None or count.window != window:
            _make_room(window)
            count = _state.counts[name] = _Count(window)
        count.mine += 1
        is_due = (count.mine - 1) % step == 0
        used = count.mine + count.others
    if used <= limit and is_due and _shared() and at >= _state.silent_until:
        used = _count_together(name, count, step, at=at, seconds=seconds)
    return 0 if used <= limit else max(1, int((window + 1) * seconds - at + 0.999))


def forget(*, realm: str | None = None) -> None:
    """Start counting afresh in this process; in a realm, apart from all others."""
    with _state.lock:
        _state.counts.clear()
        _state.silent_until = 0.0
        if realm is not None:
            _state.realm = realm


def _count_together(name: str, count: _Count, step: int, *, at: float, seconds: int) -> int:
    """Book the next ``step`` hits in Redis: who asks often is counted a hundred times a window."""
    outside.refuse_in_transaction()
    server = _shared()
    assert server is not None
    place = f"taem:limit:{_state.realm}{name}:{count.window}"
    try:
        pipe = server.pipeline(transaction=False)
        pipe.incrby(place, step)
        pipe.expire(place, 2 * seconds)
        together = int(pipe.execute()[0])
    except redis.RedisError as error:
        _state.silent_until = at + PAUSE_SECONDS
        log.warning("Redis does not count; each process limits by itself: %s", error)
        return count.mine + count.others
    booked = count.mine - 1 + step
    with _state.lock:
        count.others = max(count.others, together - booked)
    return count.mine + count.others


def _make_room(window: int) -> None:
    if len(_state.counts) >= MOST_NAMES:
        current = {name: it for name, it in _state.counts.items() if it.window >= window}
        _state.counts = current if len(current) < MOST_NAMES else {}


def _shared() -> redis.Redis | None:
    return _server(settings.REDIS_URL) if settings.REDIS_URL else None


@lru_cache(maxsize=2)
def _server(url: str) -> redis.Redis:
    return redis.Redis.from_url(
        url,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
    )
