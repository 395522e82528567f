"""How long it takes until a row that a killed worker held is taken by another."""

import threading
import time
from dataclasses import dataclass, field

from django.db import DatabaseError, connection
from django.utils import timezone

from bench.rig.crash import books
from bench.rig.crash.books import Row


@dataclass
class _Lost:
    token: str
    killed_at: float


@dataclass
class Watch:
    """Looks twice a second at the rows that were lost."""

    kills: list[float] = field(default_factory=list)  # When anything was killed.
    again: list[float] = field(default_factory=list)  # Seconds until a row was taken again.
    again_undisturbed: list[float] = field(default_factory=list)  # With no further kill meanwhile.
    _lost: dict[Row, _Lost] = field(default_factory=dict)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    def stop(self) -> None:
        self._is_over.set()

    def lose(self, killed_at: float) -> None:
        """Remember what the worker held that was killed just now."""
        held = books.held(now=timezone.now())
        with self._lock:
            for row, token in held.items():
                self._lost.setdefault(row, _Lost(token, killed_at))

    def _watch(self) -> None:
        while not self._is_over.wait(0.5):
            try:
                self._look()
            except DatabaseError:
                continue  # It was killed too.
            finally:
                connection.close()

    def _look(self) -> None:
        with self._lock:
            lost = dict(self._lost)
        if not lost:
            return
        now_held, now = books.tokens_of(lost), time.monotonic()
        for row, it in lost.items():
            if now_held.get(row) == it.token:
                continue
            took = now - it.killed_at
            self.again.append(took)
            if not any(it.killed_at < kill < now for kill in self.kills):
                self.again_undisturbed.append(took)
            with self._lock:
                del self._lost[row]
