"""A program as a file that people can read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import yaml
from django.conf import settings
from django.db import transaction

from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.names import Names
from loyalty.flows.program_files.nouns.base import Noun, Single
from loyalty.flows.program_files.registry import FORMAT, NOUNS, PARTS
from loyalty.merchants.models import Program
from members.models import TierPolicy

SCHEMA_ADDRESS = "/api/program-file.schema.json"
SHORT = 76  # Letters of what stands on one line.
Document = dict[str, Any]


@transaction.atomic
def export(program: Program, *, now: datetime) -> str:
    """The program as YAML. What has no name in files yet gets one, and keeps it."""
    return written(document(context_of(program, now)))


def context_of(program: Program, now: datetime) -> Context:
    at = Context(program=program, names=Names(program), now=now)
    name_things(at)
    return at


def name_things(at: Context) -> None:
    """Give names to all that a file names, and note what they depend on."""
    for noun in NOUNS:
        rows = noun.rows(at.program, at.now)
        if noun.has_codes:
            at.codes[noun.name] = [noun.key(row) for row in rows]
        else:
            at.names.fill(noun.name, [(noun.key(row), noun.called(row)) for row in rows])
    look_again(at)


def look_again(at: Context) -> None:
    """What reading and writing need to know of the program, as it is now."""
    at.program.refresh_from_db()
    at.wallet_kinds = {it.code: str(it.kind) for it in at.program.wallets.all()}
    at.codes |= {"wallets": list(at.wallet_kinds)}
    at.codes |= {"locations": list(at.program.merchant.locations.values_list("code", flat=True))}
    policy = TierPolicy.objects.filter(program=at.program).first()
    at.measure = str(policy.measure) if policy else "spend"
    at.ranks = {
        rank: name
        for rank, key in at.program.tiers.values_list("rank", "public_id")
        if (name := at.names.name("tiers", key))
    }


def document(at: Context) -> Document:
    """All of a program, as plain values."""
    told: Document = {"taem": FORMAT}
    for part in PARTS:
        section = part.write(at.program, at) if isinstance(part, Single) else things(part, at)
        if section:
            told[part.name] = section
    return told


def things(noun: Noun, at: Context) -> Document:
    told = {}
    for row in noun.rows(at.program, at.now):
        key = noun.key(row)
        name = key if noun.has_codes else at.names.name(noun.name, key)
        if name:
            told[name] = noun.write(row, at)
    return told


def written(told: Document) -> str:
    """The document as YAML, with what editors need to help with it."""
    head = f"# yaml-language-server: $schema={settings.PUBLIC_URL}{SCHEMA_ADDRESS}\n"
    body = yaml.dump(
        told, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=100, indent=2,
    )  # fmt: skip
    return head + body


class _Dumper(yaml.SafeDumper):
    """Small things on one line, all else each on its own."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)


def _mapping(dumper: Any, value: Mapping[str, Any]) -> Any:
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), _is_short(value))


def _sequence(dumper: Any, value: list[Any]) -> Any:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, _is_short(value))


def _is_short(value: Any) -> bool:
    """Names by language, a condition, a list of days: nothing deeper, and no longer than a line."""
    inner = list(value.values()) if isinstance(value, dict) else list(value)
    flat = all(not isinstance(each, dict) for each in inner) and len(str(value)) <= SHORT
    is_named = not isinstance(value, dict) or {"kind", "en", "th", "limit"} & value.keys()
    is_thing = isinstance(value, dict) and {"name", "unit_one", "threshold"} & value.keys()
    return bool(flat and (is_named or not inner) and not is_thing)


_Dumper.add_representer(dict, _mapping)
_Dumper.add_representer(list, _sequence)
