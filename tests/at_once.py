"""Doing things from many threads at the same moment, as tills and double clicks do."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

from django.db import connection

from loyalty.refusal import Refusal


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """What came of each act: a result, or the code of a refusal. Anything else is raised."""
    start = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return act()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def times(count: int, act: Callable[[int], Any]) -> list[Any]:
    """The same act so many times at once; it is told its number."""
    return at_once(*(partial(act, number) for number in range(count)))
