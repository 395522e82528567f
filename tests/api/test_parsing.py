import pytest

from loyalty.api.parsing import MOST_BYTES
from members.models import Member
from tests.api.conftest import V1, code_of


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"{", "not_json"),
        (b"'name'", "not_json"),
        (b'{"name": "a"} x', "not_json"),
        (b'{"name": "a",}', "not_json"),
        (b'{"name": "\x00"}', "not_json"),
        (b'\xef\xbb\xbf{"name": "a"}', "not_json"),
        ('{"name": "กาแฟ"}'.encode("cp874"), "not_utf8"),
        ('{"name": "a"}'.encode("utf-16"), "not_utf8"),
        (b'{"name": "\\ud800"}', "broken_text"),
        (b'{"\\udfff": 1}', "broken_text"),
        (b'{"name": "a\\u0000b"}', "broken_text"),
        (b'{"name": ["\\u0000"]}', "broken_text"),
        (b'{"name": NaN}', "not_a_number"),
        (b'{"name": -Infinity}', "not_a_number"),
        (b'{"name": 99999999999999999999}', "number_too_large"),
        (b'{"name": ' + b"9" * 6000 + b"}", "number_too_large"),
        (b'{"name": 1e999999999}', "invalid"),
        (b'{"name": "a", "name": "b"}', "duplicate_key"),
        (b'{"name": {"a": 1, "a": 1}}', "duplicate_key"),
        (b'{"name": ' + b"[" * 9 + b"]" * 9 + b"}", "too_deep"),
        (b'{"name": ' + b"[" * 5000 + b"]" * 5000 + b"}", "too_deep"),
        (b"[" * 1_000_000, "too_deep"),
        (b'{"a":' * 100_000, "too_deep"),
        (b"null", "invalid"),
        (b"[]", "invalid"),
        (b'"name"', "invalid"),
        (b"7", "invalid"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_body_is_refused(till, raw, code):
    answer = till.post("members", raw=raw)
    assert code_of(answer) == (400, code)
    assert answer.json()["detail"]
    assert not Member.objects.exists()


def test_a_keyed_request_with_a_bad_body_is_refused_alike(till):
    assert code_of(till.post("members", raw=b"{", key="k")) == (400, "not_json")


def test_a_body_has_a_size(till):
    raw = b'{"name": "' + b"x" * MOST_BYTES + b'"}'
    assert code_of(till.post("members", raw=raw)) == (413, "body_too_large")
    assert code_of(till.post("members", raw=raw, key="k")) == (413, "body_too_large")


def test_emoji_in_pairs_are_text(till):
    answer = till.post("members", raw=b'{"external_id": "e", "name": "\\ud83d\\ude00"}')
    assert answer.json()["name"] == "😀"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "json"])
def test_only_json_is_read(till, kind):
    answer = till.client.generic(
        "POST", f"{V1}members", b'{"name": "a"}', content_type=kind, headers=till.headers
    )
    assert code_of(answer) == (415, "not_json")


def test_a_query_is_as_strict(till):
    for query in ("email=%00", "email=a%0ab", "name=x", "limit=1&limit=2", "limit=1e1", "cursor="):
        answer = till.client.get(f"{V1}members?{query}", headers=till.headers)
        assert code_of(answer)[0] == 400, query
    answer = till.client.get(f"{V1}members?external_id=%ff", headers=till.headers)
    assert answer.status_code == 200


def test_refusals_are_told_in_thai_too(till):
    till.headers["Accept-Language"] = "th"
    answer = till.post("members", raw=b"{")
    assert answer.json()["detail"] == "ข้อมูลที่ส่งมาไม่ใช่ JSON"
