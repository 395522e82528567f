"""Taem broken on purpose, one promise at a time: a check that a mutant survives proves nothing.

A mutant is a function in one of this folder's modules. Called once, when the apps are ready, it
breaks the product by the ways of ``bench.rig.breaking``. It is switched on by TAEM_MUTANT in any
process whose settings are ``bench.rig.settings``: a server, a worker, pytest.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VARIABLE = "TAEM_MUTANT"


@dataclass(frozen=True)
class Mutant:
    """One way to break Taem, and the check that must notice."""

    name: str
    area: str
    sentence: str
    caught_by: str
    on: str
    told_by: str
    apply: Callable[[], None]


_known: dict[str, Mutant] = {}


def mutant(
    *, caught_by: str, on: str = "sqlite", told_by: str = ""
) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Register a mutant.

    ``caught_by``: what pytest is to run ("tests/flows/test_earn.py::test_twice"), or a rig and what
    of it ("races:last_item" runs ``python -m bench.rig.races --short --only last_item``).
    ``on``: "sqlite" or "postgresql", where it shows on one of them only.
    ``told_by``: the exception by which a second defence tells of it ("IntegrityError"), where no
    assertion does.
    """

    def register(apply: Callable[[], None]) -> Callable[[], None]:
        name, area = apply.__name__, apply.__module__.rpartition(".")[2]
        if name in _known:
            raise ImproperlyConfigured(f"There are two mutants named {name}.")
        if not apply.__doc__:
            raise ImproperlyConfigured(f"The mutant {name} does not say what it breaks.")
        sentence = " ".join(apply.__doc__.split())
        _known[name] = Mutant(name, area, sentence, caught_by, on, told_by, apply)
        return apply

    return register


def all_mutants() -> dict[str, Mutant]:
    """Every mutant of every module of this folder, by name."""
    for module in pkgutil.iter_modules(__path__):
        if module.name != "__main__":
            importlib.import_module(f"{__name__}.{module.name}")
    return dict(_known)


def apply(name: str) -> None:
    """Break the product of this process. Nowhere but under test."""
    if settings.ENV != "test":
        raise ImproperlyConfigured(f"{VARIABLE} is for tests, and this is {settings.ENV}.")
    found = all_mutants()
    if name not in found:
        raise ImproperlyConfigured(f"There is no mutant named {name}.")
    found[name].apply()
