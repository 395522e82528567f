"""Files to load, and what came of them."""

from typing import Any

from loyalty.flows.program_files.exporting import export
from loyalty.flows.program_files.loading import BadFile, Loaded, load
from loyalty.merchants.models import Merchant, Program
from tests.makers import NOON

HEAD = "taem: 1\n"


def empty_program(slug: str = "", **fields: Any) -> Program:
    """A program without anything in it."""
    merchant = Merchant.objects.create(name="Corner Café")
    slug = slug or f"shop-{merchant.pk}"
    return Program.objects.create(merchant=merchant, slug=slug, name={"en": "Points"}, **fields)


def told(program: Program) -> str:
    return export(program, now=NOON)


def ask(program: Program, text: str, **options: Any) -> Loaded:
    """What a file would do."""
    return load(program, text, by=options.pop("by", None), now=NOON, **options)


def do(program: Program, text: str, **options: Any) -> Loaded:
    return ask(program, text, is_asked_only=False, **options)


def problems(program: Program, text: str, **options: Any) -> list[str]:
    """What is wrong with a file."""
    try:
        ask(program, text, **options)
    except BadFile as bad:
        return [str(problem) for problem in bad.problems]
    return []


def summary(loaded: Loaded) -> list[str]:
    return [f"{change.what} {change.path}" for change in loaded.changes]
