"""How a check is written: a question that answers with a fault, or with None."""

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from django.core.checks import CheckMessage, Error

Question = Callable[[], CheckMessage | None]

# Programs of which several processes run, or which run beside others.
_APART = {"celery", "gunicorn", "granian", "uwsgi"}


def fault(number: int, sentence: str, remedy: str) -> Error:
    return Error(sentence, hint=remedy, id=f"loyalty.E{number:03}")


def found(questions: Iterable[Question]) -> list[CheckMessage]:
    return [answer for question in questions if (answer := question())]


def runs_apart() -> bool:
    """Whether this is one of several processes."""
    return int(os.environ.get("WEB_CONCURRENCY") or 1) > 1 or _program() in _APART


def serves() -> bool:
    """Whether this process answers requests or does what is owed."""
    return _program() in _APART or _command() == "run"


def migrates() -> bool:
    return _command() == "migrate"


def _program() -> str:
    path = Path(sys.argv[0])
    return path.parent.name if path.name == "__main__.py" else path.name  # python -m celery


def _command() -> str:
    return sys.argv[1] if len(sys.argv) > 1 else ""
