"""What is compiled from a program's rows, kept in memory until the program's version grows."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import transaction

T = TypeVar("T")


_all: "list[Kept[Any]]" = []
_own: ContextVar[dict[tuple[int, int], tuple[int, Any]] | None] = ContextVar("own", default=None)


@contextmanager
def within_this_transaction() -> Iterator[None]:
    """Keep what is loaded from here on for this thread alone, until the end of the block.

    For one long transaction that looks at a program's promises a thousand times, and changes none
    of them meanwhile.
    """
    token = _own.set({})
    try:
        yield
    finally:
        _own.reset(token)


def forget() -> None:
    """Keep nothing: for tests, whose databases are other ones with the same ids."""
    for kept in _all:
        kept.clear()


class Kept(Generic[T]):
    """One value a program. ``load`` reads the version first, and then what the value is made of:
    rows that change meanwhile are then newer than the version says, never older.
    """

    def __init__(self, load: Callable[[int], tuple[int, T]]) -> None:
        self._load = load
        self._values: dict[int, tuple[int, T]] = {}
        self._lock = Lock()
        _all.append(self)

    def clear(self) -> None:
        self._values.clear()

    def get(self, program_id: int, version: int) -> T:
        """A program's value, at least as new as the version asked for."""
        kept = self._values.get(program_id)
        if kept is not None and kept[0] >= version:
            return kept[1]
        own, place = _own.get(), (id(self), program_id)
        if own is not None and place in own and own[place][0] >= version:
            return own[place][1]
        loaded = self._load(program_id)
        if own is not None:
            own[place] = loaded
        # This transaction may have changed the rows and still be rolled back.
        transaction.on_commit(partial(self._keep, program_id, loaded))
        return loaded[1]

    def _keep(self, program_id: int, loaded: tuple[int, T]) -> None:
        with self._lock:
            kept = self._values.get(program_id)
            if kept is None or kept[0] <= loaded[0]:
                self._values[program_id] = loaded
