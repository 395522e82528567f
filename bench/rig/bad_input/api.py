"""Bad input for the API: each field, header, parameter and part of the address, by operation."""

import json
import random
from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode

from jsonschema import ValidationError

from bench.rig.bad_input import evil
from bench.rig.bad_input.case import Case
from bench.rig.bad_input.world import World, address, body_of, here, operations
from tests.api.openapi import check, description

_keys = count(1)
HEADERS = ("Authorization", "Idempotency-Key", "Content-Type", "Accept", "Host",
           "Accept-Language", "Accept-Encoding", "X-Forwarded-For", "X-Forwarded-Proto", "Cookie",
           "Content-Encoding", "Transfer-Encoding", "Range", "If-None-Match", "Origin",
           "X-HTTP-Method-Override", "Expect")  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace", "propfind")


def fields(world: World, chance: random.Random) -> Iterator[Case]:
    """A valid body with one thing in it spoilt."""
    told = [
        (method, path, here(world, body_of(operation)["example"]))
        for method, path, operation in operations()
        if "example" in body_of(operation)
    ]
    while True:
        method, path, example = chance.choice(told)
        worse = chance.choice(list(evil.spoilt(example, chance.choice(evil.VALUES))))
        yield _case(world, method, path, json.dumps(worse).encode())


def described(world: World, chance: random.Random) -> Iterator[Case]:
    """Bodies made from the description alone, most of them nearly right."""
    told = [it for it in operations() if "schema" in body_of(it[2])]
    while True:
        method, path, operation = chance.choice(told)
        body = _made(body_of(operation)["schema"], chance, 0)
        yield _case(world, method, path, json.dumps(here(world, body)).encode())


def bodies(world: World, chance: random.Random) -> Iterator[Case]:
    """What is no JSON, or JSON as nobody should write it; and valid bodies after an accident."""
    told = [it for it in operations() if body_of(it[2])]
    while True:
        method, path, operation = chance.choice(told)
        whole = json.dumps(here(world, body_of(operation).get("example", {}))).encode()
        torn = evil.torn(whole, chance)
        raw = chance.choice(evil.JSON) if chance.random() < 0.3 else torn
        yield _case(world, method, path, raw)


def queries(world: World, chance: random.Random) -> Iterator[Case]:
    while True:
        method, path, operation = chance.choice(operations())
        names = [it["name"] for it in operation.get("parameters", ()) if it["in"] == "query"]
        names += ["limit", "cursor", "x"]
        asked = [
            (chance.choice(names), chance.choice(evil.PLAIN)[:3_000])
            for _n in range(chance.choice((1, 1, 1, 2, 3)))
        ]
        query = urlencode(asked)
        if chance.random() < 0.2:
            odd = ["%ff", "=", "&&&", "%", "a[]=1", "limit=%00", "limit", "&" * 2_000]
            query = chance.choice(odd)
        yield _case(world, method, path, b"{}", query=query)


def addresses(world: World, chance: random.Random) -> Iterator[Case]:
    odd = [quote(it[:300], safe="") for it in evil.PLAIN]
    odd += ["%00", "%ff", "..%2f", "%2e%2e", "'", "x" * 2_000, "-1", "%0a", "%", "a;b", "//", "?"]
    while True:
        method, path, _operation = chance.choice(operations())
        parts = address(world, path).split("/")
        at = chance.randrange(3, len(parts))
        parts[at] = chance.choice(odd)
        if chance.random() < 0.2:
            parts.insert(at, chance.choice(odd))
        yield _case(world, chance.choice((method, "get", "post")), "/".join(parts), b"{}")


def headers(world: World, chance: random.Random) -> Iterator[Case]:
    while True:
        method, path, operation = chance.choice(operations())
        raw = json.dumps(here(world, body_of(operation).get("example", {}))).encode()
        name = chance.choice(HEADERS)
        value = chance.choice(evil.KINDS if name == "Content-Type" else evil.PLAIN)[:5_000]
        method = chance.choice(METHODS) if chance.random() < 0.2 else method
        yield _case(world, method, path, raw, header=(name, value))


def _case(
    world: World,
    method: str,
    path: str,
    raw: bytes,
    *,
    query: str = "",
    header: tuple[str, str] | None = None,
) -> Case:
    place = address(world, path)
    sent = {
        "Authorization": f"Bearer {world.token}", "Idempotency-Key": f"k-{next(_keys)}",
        **({header[0]: _as_server(header[1])} if header else {}),
    }  # fmt: skip
    kind = sent.pop("Content-Type", "application/json")
    # Under a key a refusal undoes all; without one, what it left behind would stay.
    if next(_keys) % 4 < 2 and not header:
        del sent["Idempotency-Key"]

    def send() -> Any:
        return world.api.generic(
            method.upper(), place, raw, kind, query_params=None, headers=sent,
            QUERY_STRING=query,
        )  # fmt: skip

    told = f"{method.upper()} {place[:200]}?{query[:200]} {header or ''} {raw[:2000]!r}"
    return Case(told, send, lambda answer: _judge(method, place, answer))


def _as_server(value: str) -> str:
    """Headers reach Django as latin-1, whatever bytes they were, and never with a line break."""
    return value.replace("\r", "").replace("\n", "").encode().decode("latin-1")


def _judge(method: str, place: str, answer: Any) -> str:
    """As described; or, of what is not described, a refusal with a code and a sentence."""
    if answer.status_code in (301, 413):
        return ""
    try:
        check(method.lower(), place, answer)
    except ValidationError as error:
        return f"not as described: {error.message[:300]}"
    except AssertionError as error:
        if "is not described" not in str(error):
            return f"not as described: {str(error)[:300]}"
    if answer.status_code >= 400 and answer.content:
        told = answer.json()
        if not told.get("code") or not told.get("detail"):
            return "a refusal without a code and a sentence"
    return ""


def _made(schema: dict[str, Any], chance: random.Random, depth: int) -> Any:
    """Something of a schema. Now and then a part of it is something else altogether."""
    if chance.random() < 0.06 or depth > 6:
        return chance.choice(evil.VALUES)
    schema = _resolved(schema, chance)
    if "enum" in schema:
        return chance.choice(schema["enum"])
    if schema.get("type") == "object":
        return _object(schema, chance, depth)
    if schema.get("type") == "array":
        items = schema.get("items", {})
        return [_made(items, chance, depth + 1) for _n in range(chance.randrange(4))]
    return _scalar(schema, chance)


def _resolved(schema: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """What a schema refers to; of several that it may be, one."""
    while True:
        if "$ref" in schema:
            schema = description()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif parts := schema.get("allOf") or schema.get("oneOf") or schema.get("anyOf"):
            schema = chance.choice(parts)
        else:
            return schema


def _object(schema: dict[str, Any], chance: random.Random, depth: int) -> dict[str, Any]:
    needed = set(schema.get("required", ()))
    return {
        name: _made(inner, chance, depth + 1)
        for name, inner in schema.get("properties", {}).items()
        if name in needed or chance.random() < 0.5
    }


def _scalar(schema: dict[str, Any], chance: random.Random) -> Any:
    kind = schema.get("type")
    if kind == "integer":
        low, high = schema.get("minimum", -5), schema.get("maximum", 10**6)
        return chance.choice([low, high, low - 1, high + 1, chance.randint(low, max(low, high))])
    if kind == "boolean":
        return chance.random() < 0.5
    if kind == "number":
        return chance.choice([0, 1, -1, 0.1, 1e9])
    if schema.get("format") == "date-time":
        return chance.choice(["2026-06-02T12:00:00+07:00", "2026-06-02T05:00:00Z", "2026-13-01"])
    if schema.get("format") == "date":
        return chance.choice(["2026-06-02", "1990-02-29", "2000-02-29"])
    longest = schema.get("maxLength", 40)
    some = ["1.00", "59.90", "2", "till-1", "ana@example.org", "bcdfghjkmnpqrstv", "points", "กาแฟ",
            "a" * longest, "b" * (longest + 1), f"r-{chance.randrange(10**6)}"]  # fmt: skip
    return chance.choice(some)
