"""The ways in which mutants break the product at run time, counting how often each is met.

rewrite(posting.redeem, "of.points < points", "False")     other source, found exactly once
replace(codes, "hashes_of", lambda code: [])               another object, wherever imported
without_constraint(Entry, "entry_is_posted_once")          a promise that the database keeps
after_migrate(lambda: ...)                                 whatever else is in the database
"""

import __future__

import ast
import inspect
import os
import sys
import textwrap
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model
from django.db.models.signals import post_migrate

from loyalty.ledger import triggers

HITS = "TAEM_MUTANT_HITS"  # A file that every process of a run adds a byte to, for each hit.
ENOUGH = 1_000
_hits = 0


def reached(*_given: Any) -> None:
    """Count that the broken place was met: a mutant that nobody meets proves nothing."""
    global _hits  # noqa: PLW0603
    _hits += 1
    if _hits <= ENOUGH and (path := os.environ.get(HITS)):
        with open(path, "ab") as hits:
            hits.write(b".")


def rewrite(function: Any, old: str, new: str, *more: str) -> None:
    """Run a function or a method from changed source. Each text to change is there exactly once.

    ``more`` are further pairs of old and new.
    """
    plain = inspect.unwrap(getattr(function, "fget", function))
    plain = getattr(plain, "__func__", plain)
    source = textwrap.dedent(inspect.getsource(plain))
    changes = [old, new, *more]
    for before, after in zip(changes[::2], changes[1::2], strict=True):
        if source.count(before) != 1:
            raise LookupError(f"{plain.__qualname__} has {source.count(before)} times {before!r}.")
        source = source.replace(before, after)
    module = sys.modules[plain.__module__]
    *path, name = plain.__qualname__.split(".")
    owner: Any = module
    for part in path:
        owner = getattr(owner, part)
    replace(owner, name, _compiled(source, name, module), counted=False)


def _compiled(source: str, name: str, module: ModuleType) -> Any:
    tree = ast.parse(source)
    body = tree.body[0].body  # type: ignore[attr-defined]
    body.insert(0, ast.parse("__reached__()").body[0])
    ast.fix_missing_locations(tree)
    vars(module)["__reached__"] = reached
    made: dict[str, Any] = {}
    flags = __future__.annotations.compiler_flag
    exec(compile(tree, f"<mutant of {module.__name__}.{name}>", "exec", flags), vars(module), made)
    return made[name]


def replace(owner: Any, name: str, new: Any, *, counted: bool = True) -> None:
    """Put something in the place of a function, a method or a constant, also where other modules
    have imported it by its name. Calls of it are hits; of a constant, count with ``reached``."""
    old = inspect.getattr_static(owner, name)
    if counted and inspect.isfunction(new):
        new = _counting(new)
    setattr(owner, name, new)
    if not isinstance(owner, ModuleType):
        return
    for module in list(sys.modules.values()):
        names = dict(vars(module)) if isinstance(module, ModuleType) else {}
        for known, value in names.items():
            if value is old and (known == name or inspect.isfunction(old)):
                setattr(module, known, new)


def _counting(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def counting(*given: Any, **named: Any) -> Any:
        reached()
        return function(*given, **named)

    return counting


def reword(owner: ModuleType, name: str, old: str, new: str, *, met_by: Any) -> None:
    """Change the text of a constant (SQL, say), and count each call of what uses it."""
    text = getattr(owner, name)
    if text.count(old) != 1:
        raise LookupError(f"{name} has {text.count(old)} times {old!r}.")
    setattr(owner, name, text.replace(old, new))
    replace(owner, met_by.__name__, met_by)


def after_migrate(change: Callable[[], None]) -> None:
    """Change the database once its tables are there, and again after each flush of a test."""

    def handle(**_told: Any) -> None:
        change()
        reached()

    # Django tells only apps that have models; the tables of all are there by then.
    last = apps.get_app_config("members")
    post_migrate.connect(handle, sender=last, weak=False, dispatch_uid="a mutant")


def without_constraint(model: type[Model], name: str) -> None:
    """Drop a constraint from the database, on which the code leans."""
    [constraint] = [it for it in model._meta.constraints if it.name == name]

    def drop() -> None:
        with connection.cursor() as cursor:
            there = connection.introspection.get_constraints(cursor, model._meta.db_table)
        if name in there:
            # SQLite makes the table anew from what the model says then.
            kept = model._meta.constraints
            model._meta.constraints = [it for it in kept if it is not constraint]
            with connection.schema_editor() as editor:
                editor.remove_constraint(model, constraint)
            model._meta.constraints = kept
            triggers.install(connection)

    after_migrate(drop)
