"""Whatever is put into whichever field, the answer is a sentence and a code, and never a 500."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.openapi import description
from tests.makers import buy, give, make_reward

ODD: list[Any] = [
    None, True, 0, -1, 2**63 - 1, 2**70, 0.5, "", "-0", "1e5", "NaN", "๑", "x" * 70_000, "a\x00b",
    "\ud800", "%s%(x)s{0}'", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    "2026-06-02T24:00:00Z", "9999-12-31", "9999999999999.99", [], [[None]], ["x"] * 3_000,
    {"": ""}, [{"amount": "1.00", "quantity": "999999999"}],
]  # fmt: skip


def bodies() -> list[tuple[str, str, dict[str, Any]]]:
    """Each operation with a body, and the example that the documentation shows of it."""
    return [
        (method, path, content["example"])
        for path, operations in description()["paths"].items()
        for method, operation in operations.items()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if not path.endswith("/batch")
    ]


def spoilt(value: Any, odd: Any) -> Iterator[Any]:
    """A body with one thing in it replaced by something odd, for each thing in it."""
    yield odd
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from ({**value, name: worse} for worse in spoilt(inner, odd))
        yield {**value, "unheard_of": odd}
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from (value[:at] + [worse] + value[at + 1 :] for worse in spoilt(inner, odd))


@pytest.mark.parametrize("described", bodies(), ids=lambda it: " ".join(it[:2]))
def test_odd_bodies_are_answered(till, cafe, ana, described):
    method, path, example = described
    give(ana, 10_000)
    cafe.pay_points, cafe.pay_minor = 1, 1
    cafe.save()
    made = buy(ana, reference="till-3/2026-06-02/0041")
    names = {"bcdfghjkmnpqrstv": ana.public_id, "vtsrqpnmkjhgfdcb": make_reward(cafe, 1).public_id}
    body = _renamed(example, names)
    address = path.removeprefix("/api/v1/").replace("{id}", ana.public_id)
    number = 0
    for odd in ODD:
        for worse in spoilt(body, odd):
            number += 1
            answer = till.send(method, address, worse, key=f"k-{number}")
            assert answer.status_code < 500
            if answer.status_code >= 400:
                told = answer.json()
                assert told["detail"]
                assert told["code"]
    assert made.entries


@pytest.mark.parametrize("name", ["purchases", "refunds", "activities"])
def test_odd_items_are_answered_in_their_place(till, ana, name):
    (example,) = (body for _post, path, body in bodies() if path == f"/api/v1/{name}")
    whole = (2**70, "a\x00b", "\ud800")  # With one of these, nothing of the body is read.
    items = [worse for odd in ODD if odd not in whole for worse in spoilt(example, odd)]
    told = till.post(f"{name}/batch", {name: items[:1000]}).json()
    assert len(told["items"]) == len(items[:1000])


@pytest.mark.parametrize(
    "path",
    ["members", "purchases", "redemptions", "rewards", "members/{id}/entries", "program",
     "members/{id}/balances", "members/{id}/offers"],
)  # fmt: skip
def test_odd_questions_are_answered(till, ana, path):
    names = ("limit", "cursor", "email", "phone", "external_id", "card_code", "member", "source",
             "reference", "wallet", "x")  # fmt: skip
    for odd in ODD:
        if isinstance(odd, str) and "\ud800" not in odd:
            for name in names:
                till.get(path.replace("{id}", ana.public_id), **{name: odd})


def test_odd_addresses_are_answered(till):
    for odd in ("%00", "%ff", "..%2f", "'", "%E0%B9%91", "x" * 2_000, "-1", "%0a"):
        for path in ("members/{}", "members/{}/entries", "purchases/{}", "rewards/{}", "{}"):
            answer = till.client.get(f"/api/v1/{path.format(odd)}", headers=till.headers)
            assert answer.status_code in (400, 404), (path, odd)


def _renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _renamed(inner, names) for name, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, names) for inner in value]
    return names.get(value, value) if isinstance(value, str) else value
