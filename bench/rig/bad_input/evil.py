"""What people, shops and attackers put where something else was expected."""

import random
from collections.abc import Iterator
from typing import Any

# Of JSON fields. Each type where another is asked for, each edge, and what breaks other parsers.
VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**63, 2**70, -(2**63), 0.5, 1e308, "", " ",
    "0", "-0", "-1", "+1", "1e5", "1E400", "NaN", "Infinity", "0x10", "1_000", "1,000.00", "59.905",
    "9999999999999.99", "9" * 40, "๑", "๕๙.๐๐", "１２", "½", "x" * 300, "x" * 70_000, "a\x00b",
    "\ud800", "\udfff", "\u202egnp.exe", "\ufeff", "\r\nSet-Cookie: a=b", "a\u2028b", "\x7f",
    "\x1b[2J",
    "ก" * 200, "ก\u0e33" * 30, "e\u0301" * 50, "😀", "👨‍👩‍👧‍👦", "' OR 1=1 --",
    "%s%(x)s{0}{{x}}{%x%}",
    "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "../../etc/passwd", "javascript:alert(1)",
    "a@b", "a@b.c", "ana@example.org", "\"a b\"@example.org", "a@" + "b" * 250 + ".org",
    "+66812345678",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-06-02T24:00:00Z",
    "2026-02-30T00:00:00Z", "2026-06-02T12:00:00", "2026-06-02T12:00:60Z", "9999-12-31",
    "2026-06-02",
    "0000-00-00", [], [None], [[None]], ["x"] * 3_000, {}, {"": ""}, {"a": {"a": {"a": {"a": {}}}}},
    [{"amount": "1.00", "quantity": "999999999"}], {"$ne": None}, {"__proto__": {"x": 1}},
]  # fmt: skip
TEXTS = [it for it in VALUES if isinstance(it, str)]
# Of query strings, forms and headers, where no lone surrogate can stand but any byte can.
PLAIN = [it for it in TEXTS if not any("\ud800" <= char <= "\udfff" for char in it)]

JSON: list[bytes] = [
    b"", b" ", b"{", b"}", b"[]", b"null", b"true", b"7", b'""', b"'a'", b"{}x", b'{"a":1,}',
    b'{"a" 1}', b"{a:1}", b'{"a":01}', b'{"a":+1}', b'{"a":.5}', b'{"a":1.}', b'{"a":0x1}',
    b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":1e999999999}', b'{"a":-0}',
    b'{"a":99999999999999999999}', b'{"a":' + b"9" * 5_000 + b"}", b'{"a":1,"a":2}',
    b'{"a":{"b":1,"b":1}}', b'{"a":"\\ud800"}', b'{"\\udfff":1}', b'{"a":"\\u0000"}',
    b'{"a":"\\x"}', b'{"a":"\x00"}', b'{"a":"\n"}', b'{"a":"\\ud83d\\ude00"}',
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}", b'{"a":"\xe0\xb8"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xc0\xaf"}',
    '{"a":"กาแฟ"}'.encode("cp874"), '{"a":"b"}'.encode("utf-16"), '{"a":"b"}'.encode("utf-32"),
    b"[" * 9 + b"]" * 9, b"[" * 5_000 + b"]" * 5_000, b"[" * 500_000, b'{"a":' * 50_000,
    b'{"a":[' + b"1," * 100_000 + b"1]}",
    b"{" + b",".join(b'"k%d":1' % n for n in range(20_000)) + b"}",
    b'{"a":"' + b"x" * 1_000_000 + b'"}', b'{"a":"' + b"x" * (4 * 1024 * 1024) + b'"}',
    b"<?xml version='1.0'?>",
    b"a=b&c=d", b"\x1f\x8b\x08\x00", b"\x00" * 100, b'{"a":1}\x00', b'{"__proto__":{"admin":true}}',
]  # fmt: skip

KINDS = ["application/json", "application/json; charset=utf-16", "text/plain", "text/json", "",
         "application/x-www-form-urlencoded", "multipart/form-data",
         "multipart/form-data; boundary=x",
         "application/json\x00", "*/*", "application/" + "x" * 5_000]  # fmt: skip

_ROWS = "reference,made_at,member,product,quantity,unit_price\n"
_LINE = "1,2026-01-05T09:00,A,tea,1,10.00\n"
FILES: list[bytes] = [
    b"", b"\n", b"\x00", _ROWS.encode(), (_ROWS + _LINE).encode(), (_ROWS + _LINE).encode("utf-16"),
    ("\ufeff" + _ROWS + _LINE).encode(), (_ROWS + _LINE.replace("tea", "ชา")).encode("cp874"),
    (_ROWS + _LINE.replace("tea", "ชา")).encode("utf-16-be"), (_ROWS + _LINE).encode()[:-3],
    (_ROWS + _LINE + '2,"2026-01-05,A,tea,1,10.00\n').encode(), (_ROWS + '"' * 99_999).encode(),
    (_ROWS + "1,2026-01-05T09:00,A\n").encode(), (_ROWS + _LINE[:-1] + ",,,,,\n").encode(),
    (_ROWS + _LINE.replace("tea", "=1+1")).encode(), (_ROWS + _LINE.replace("tea",
    "a\x00b")).encode(),
    (_ROWS + _LINE.replace("A", "\u202e")).encode(), (_ROWS + _LINE.replace("10.00",
    "๑๐")).encode(),
    (_ROWS + _LINE.replace("10.00", "9" * 5_000)).encode(), (_ROWS + _LINE.replace("1,tea",
    "1e99,tea")).encode(),
    (_ROWS + _LINE.replace("2026", "0000")).encode(), (_ROWS + _LINE.replace("2026",
    "9999")).encode(),
    (_ROWS.replace("reference", "reference,reference") + _LINE).encode(),
    b"\xff\xfe" + b"\x00\xd8" * 50,
    b"a" * 10_000_000, (_ROWS + "x" * 10_000_000).encode(), b"PK\x03\x04" + b"\x00" * 500,
    b"\x1f\x8b\x08\x00" + b"\xff" * 100, (_ROWS + "\r\r\r\n\n").encode(),
    (_ROWS + _LINE * 3).encode(),
    _ROWS.replace(",", ";").encode(), (_ROWS + _LINE).replace(",", "\t").encode(),
    (_ROWS + "".join(f"{n},2026-01-05T09:00,A,tea,1,1\n" for n in range(2_000))).encode(),
]  # fmt: skip


def spoilt(value: Any, odd: Any) -> Iterator[Any]:
    """A body with one thing in it replaced, for each thing in it; and with one thing too many."""
    yield odd
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from ({**value, name: worse} for worse in spoilt(inner, odd))
            yield {key: it for key, it in value.items() if key != name}
        yield {**value, "unheard_of": odd}
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from (value[:at] + [worse] + value[at + 1 :] for worse in spoilt(inner, odd))
        yield value * 50


def torn(raw: bytes, chance: random.Random) -> bytes:
    """A body or a file after an accident: bytes lost, doubled, swapped or turned."""
    if not raw:
        return raw
    at = chance.randrange(len(raw))
    wide = chance.randrange(1, 9)
    return chance.choice([
        raw[:at], raw[at:], raw[:at] + raw[at + wide :], raw[:at] + raw[at : at + wide] + raw[at:],
        raw[:at] + chance.randbytes(wide) + raw[at:],
            raw[:at] + bytes([raw[at] ^ 0x80]) + raw[at + 1 :],
        raw[:at] + b"\x00" + raw[at:], raw + raw,
    ])  # fmt: skip
