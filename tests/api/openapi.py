"""Holds answers against the API's own description of them."""

import re
from functools import cache
from typing import Any

from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator


@cache
def description() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


@cache
def _paths() -> list[tuple[re.Pattern[str], str]]:
    """Fixed addresses before those with a name in them."""
    paths = sorted(description()["paths"], key=lambda path: path.count("{"))
    return [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path) for path in paths]


def check(method: str, path: str, answer: Any) -> None:
    """The status is one that is promised, and the body has the form promised for it."""
    path = path.partition("?")[0]
    described = next((name for form, name in _paths() if form.fullmatch(path)), None)
    if described is None:
        assert answer.status_code == 404, f"{path} is not described."
        return
    operation = description()["paths"][described].get(method)
    if operation is None:
        assert answer.status_code == 405, f"{method} {path} is not described."
        return
    if answer.status_code == 413:
        return
    promised = operation["responses"].get(str(answer.status_code))
    assert promised, f"{method} {path} does not promise {answer.status_code}: {answer.content}"
    kind = answer["Content-Type"]
    assert kind in promised["content"], (kind, promised)
    _validator(described, method, str(answer.status_code), kind).validate(answer.json())


@cache
def _validator(path: str, method: str, status: str, kind: str) -> Draft202012Validator:
    content = description()["paths"][path][method]["responses"][status]["content"][kind]
    return Draft202012Validator(
        _strict({**content["schema"], "components": description()["components"]})
    )


def _strict(schema: Any) -> Any:
    """OpenAPI 3.0's ``nullable`` in the words of JSON Schema; and nothing that is not described."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: _strict(value) for name, value in schema.items()}
    if told.get("type") == "object" and "properties" in told:
        told.setdefault("additionalProperties", False)
    if told.pop("nullable", False):
        return {"anyOf": [told, {"type": "null"}]}
    return told
