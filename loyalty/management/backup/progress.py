"""What an operator is told of work that takes longer than a second."""

import time
from collections.abc import Callable

Say = Callable[[str], object]


class Progress:
    """Says how far it is, once a second at most, and not at all when it is quick."""

    def __init__(self, say: Say) -> None:
        self.say, self._next = say, time.monotonic() + 1

    def at(self, what: str, done: int, total: int = 0) -> None:
        """So many bytes or pages are done, of so many if that is known."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + 1
        far = f"{done * 100 // total} %" if total else f"{done / 1e6:.0f} MB"
        self.say(f"{what} … {far}")
