"""The JSON Schema of program files (2020-12), told by the fields that read them."""

from typing import Any

from django.conf import settings
from django.utils import translation

from loyalty.flows.program_files import prizes
from loyalty.flows.program_files.fields import ID
from loyalty.flows.program_files.nouns.base import Noun, Single
from loyalty.flows.program_files.registry import FORMAT, PARTS
from loyalty.flows.program_files.values import MONEY

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """The same for every program and every reader."""
    with translation.override("en"):
        parts = {part.name: _part(part) for part in PARTS}
    return {
        "$schema": DIALECT,
        "title": "A program of Taem",
        "type": "object",
        "required": ["taem"],
        "additionalProperties": False,
        "properties": {
            "taem": {"description": "The format of the file.", "const": FORMAT},
            **parts,
        },
        "$defs": {
            "name": {"type": "string", "pattern": f"^{ID}$"},
            "money": {
                "description": "An amount in the program's currency, in quotes.",
                "type": "string",
                "pattern": f"^{MONEY}$",
            },
            "prize": prizes.schema(),
            "names": _by_language(120),
            "texts": _by_language(2_000),
        },
    }


def _part(part: Single | Noun) -> dict[str, Any]:
    about = {"description": part.about}
    if isinstance(part, Single):
        return about | part.fields.schema()
    names = {} if part.has_codes else {"propertyNames": {"$ref": "#/$defs/name"}}
    return about | {"type": "object", **names, "additionalProperties": part.fields.schema()}


def _by_language(most: int) -> dict[str, Any]:
    text = {"type": "string", "maxLength": most}
    return {
        "type": "object",
        "properties": {code: text for code, _name in settings.LANGUAGES},
        "additionalProperties": False,
        "minProperties": 1,
    }
