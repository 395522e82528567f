"""One bad input: what is sent, and what must be true of the answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Case:
    """``send`` gives the answer; ``judge`` says what is wrong with it, or nothing."""

    what: str
    send: Callable[[], Any]
    judge: Callable[[Any], str] = lambda _answer: ""
    is_undone: bool = False  # What it does is rolled back, so that the world stays as it is.
