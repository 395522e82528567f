"""Reading JSON that strangers wrote. What this lets through both databases can store as it is.

The stock parser takes NaN, a key twice, and lone surrogates (which SQLite stores, and then nobody
can read back), and fails on what is nested thousands deep. Here each of these has a name.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, NoReturn

DEEPEST = 8
MOST_INTEGER = 2**63 - 1
# Only an escape can bring a lone surrogate or a NUL past the UTF-8 decoder and the JSON scanner.
_ESCAPE = b"\\u"
_BROKEN = re.compile("[\0\ud800-\udfff]")


class NotStrict(Exception):
    """A text that we do not take for JSON: why, as a code, and where."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Inexact:
    """A number with a fraction or an exponent, unread: who wants it says how exact it must be."""

    def __init__(self, text: str) -> None:
        self.text = text


def read(raw: bytes, *, deepest: int = DEEPEST, any_text: bool = False) -> Any:
    """The value that a JSON text tells. ``any_text``: whoever reads its texts cleans them."""
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=Inexact,
            parse_int=_integer,
        )
    except UnicodeDecodeError:
        _fail("not_utf8")
    except RecursionError:
        _fail("too_deep")
    except json.JSONDecodeError as error:
        _fail("not_json", line=error.lineno, column=error.colno)
    if _depth(value, deepest) > deepest:
        _fail("too_deep")
    if not any_text and _ESCAPE in raw and any(map(_BROKEN.search, _texts(value))):
        _fail("broken_text")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _fail("duplicate_key")
    return found


def _constant(_name: str) -> NoReturn:
    _fail("not_a_number")


def _integer(text: str) -> int:
    if len(text) > 20 or abs(number := int(text)) > MOST_INTEGER:
        _fail("number_too_large")
    return number


def _depth(value: Any, deepest: int) -> int:
    """How deep a value is nested; anything deeper than allowed is as deep as one level more."""
    level, depth = [value], 0
    while depth <= deepest and (level := [it for it in level if isinstance(it, dict | list)]):
        level = [child for it in level for child in (it.values() if isinstance(it, dict) else it)]
        depth += 1
    return depth


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)


def _fail(code: str, **facts: Any) -> NoReturn:
    raise NotStrict(code, **facts)
