"""The cast. Ana and Ben are members of the café; nobody else exists until a test says so."""

import os
import uuid
from pathlib import Path

import hypothesis
import pytest
from django.conf import settings

from loyalty import kept, limits
from loyalty.merchants.models import Program
from loyalty.translations import compile_stale
from members.models import Member
from tests.emptying import empty_instead_of_flushing
from tests.makers import make_member, make_program, make_rule

# A busy machine is no counter-example; and what stops a change must stop it each time.
hypothesis.settings.register_profile("taem", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("taem")


def pytest_configure(config: pytest.Config) -> None:
    """Tests read Thai too, which a fresh clone has not compiled. Once, not in each xdist worker."""
    empty_instead_of_flushing()
    if not hasattr(config, "workerinput"):
        for directory in settings.LOCALE_PATHS:
            compile_stale(Path(directory))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A name that holds an address differs in each process, and xdist then runs no test at all."""
    if wandering := [item.nodeid for item in items if " at 0x" in item.nodeid]:
        raise pytest.UsageError(f"Give these tests names that stay: {wandering}")


@pytest.fixture(autouse=True)
def _nothing_is_kept_from_another_test() -> None:
    kept.forget()
    # Redis is shared by the processes of a run, in which ids mean different things.
    limits.forget(realm=f"{uuid.uuid4().hex}:")


@pytest.fixture
def cafe(db: None) -> Program:
    """A café whose program pays one point for each baht."""
    program = make_program("cafe")
    make_rule(program)
    return program


@pytest.fixture
def ana(cafe: Program) -> Member:
    return make_member(cafe, "ana@example.org", name="Ana")


@pytest.fixture
def ben(cafe: Program) -> Member:
    return make_member(cafe, "ben@example.org", name="Ben")
