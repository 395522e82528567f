"""What a race is: a stage, what each of a crowd does at the same moment, and what is true after."""

import re
from types import SimpleNamespace
from typing import Any, ClassVar

# What an act gives where the product said yes and there is nothing more to tell.
DONE = "done"


class Race:
    """One scenario. Its docstring is the promise, in a sentence.

    ``stage`` makes the cast and returns plain facts about it, which travel to other processes;
    ``act`` is what one of the crowd does, and returns something plain; a refusal counts as its
    code. ``check`` asserts what must be true of all that was told, and of the database.
    """

    known: ClassVar[dict[str, "Race"]] = {}
    on = ("sqlite", "postgresql")

    def __init_subclass__(cls) -> None:
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        Race.known[name] = cls()

    def stage(self, crowd: int) -> SimpleNamespace:
        raise NotImplementedError

    def act(self, it: SimpleNamespace, number: int) -> Any:
        raise NotImplementedError

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        raise NotImplementedError


def facts(**values: Any) -> SimpleNamespace:
    return SimpleNamespace(**values)


def count(told: list[Any]) -> dict[Any, int]:
    """How often each thing was told."""
    return {it: told.count(it) for it in dict.fromkeys(told)}
