"""Every write of the API, by its own description: with a key it is done once."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps

from loyalty.flows import sweep
from loyalty.flows.redeem import redeem
from loyalty.merchants import requests
from loyalty.merchants.models import KeyedRequest
from loyalty.merchants.requests import StillRunning
from loyalty.purchases.sale import SaleLine
from loyalty.rewards import codes
from tests.api.conftest import V1, code_of
from tests.api.openapi import description
from tests.flows.games import make_wheel
from tests.makers import NOON, buy, give, make_reward

# POSTs that only ask: no key, and nothing to do twice.
ASKING = {"/api/v1/quotes", "/api/v1/vouchers/check"}
WRITES = [
    (method, path, operation["requestBody"]["content"]["application/json"]["example"])
    for path, methods in sorted(description()["paths"].items())
    for method, operation in sorted(methods.items())
    if method != "get" and path not in ASKING
]
each_write = pytest.mark.parametrize("write", WRITES, ids=lambda it: " ".join(it[:2]))


@pytest.fixture
def names(cafe, ana) -> dict[str, str]:
    """What the examples speak of, as it is called here."""
    cafe.pay_points, cafe.pay_minor = 1, 1
    cafe.save()
    give(ana, 1_000_000)
    reward = make_reward(cafe, 1)
    line = SaleLine(amount_minor=59_90, product="BAG")
    bought = buy(ana, 0, line, reference="till-3/2026-06-02/0041")
    made = redeem(ana, reward, key="first", now=NOON)
    return {
        "bcdfghjkmnpqrstv": ana.public_id, "vtsrqpnmkjhgfdcb": reward.public_id,
        "{redemption}": made.public_id, "{purchase}": bought.public_id,
        "wvtsrqpnmkjhgfdc": make_wheel(cafe).public_id,
        "voucher": codes.code_of(made.voucher),
    }  # fmt: skip


def address(path: str, names: dict[str, str]) -> str:
    thing = "{redemption}" if "redemptions" in path else "bcdfghjkmnpqrstv"
    return path.removeprefix(V1).replace("{id}", names[thing])


def body_of(example: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    text = json.dumps(example)
    for name, here in names.items():
        text = text.replace(f'"{name}"', f'"{here}"')
    told: dict[str, Any] = json.loads(text)
    if "code" in told:
        told["code"] = names["voucher"]
    if told.get("reference") == "till-3/2026-06-02/0041" and "made_at" in told:
        told["reference"] = "till-3/2026-06-02/0042"
    return told


@each_write
def test_it_is_done_once_under_a_key(till, names, write):
    method, path, example = write
    body = body_of(example, names)
    first = till.send(method, address(path, names), body, key="k-1")
    assert first.status_code in (200, 201), first.content
    written = rows()
    again = till.send(method, address(path, names), body, key="k-1")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert rows() == written
    assert KeyedRequest.objects.count() == 1


@each_write
def test_its_key_with_another_body_is_refused(till, names, write):
    method, path, example = write
    body = body_of(example, names)
    till.send(method, address(path, names), body, key="k-1")
    written = rows()
    raw = json.dumps(body, indent=1).encode()
    answer = till.send(method, address(path, names), key="k-1", raw=raw)
    assert code_of(answer) == (422, "key_with_other_body")
    assert rows() == written


@each_write
def test_a_key_that_is_no_key_is_refused(till, names, write):
    method, path, example = write
    written = rows()
    for key in ("x" * 101, "กุญแจ", "a\tb"):
        answer = till.send(method, address(path, names), body_of(example, names), key=key)
        assert code_of(answer) == (400, "bad_idempotency_key")
    assert rows() == written


@each_write
def test_what_was_rolled_back_leaves_no_key(till, names, write, monkeypatch):
    """Our own mistake after the effect: nothing of it stands, and the retry does it."""

    method, path, example = write

    def lost(_row):
        raise ZeroDivisionError

    body, written = body_of(example, names), rows()
    with monkeypatch.context() as patch:
        patch.setattr(requests, "_keep", lost)
        till.client.raise_request_exception = False
        raw = json.dumps(body).encode()
        answer = till.client.generic(
            method.upper(), V1 + address(path, names), raw, "application/json",
            headers=till.headers | {"Idempotency-Key": "k-1"},
        )  # fmt: skip
        assert answer.status_code == 500
    assert rows() == written
    assert till.send(method, address(path, names), body, key="k-1").status_code in (200, 201)


@each_write
def test_while_it_runs_the_same_request_is_told_to_come_back(till, names, write, monkeypatch):
    method, path, example = write

    def taken(_name):
        raise StillRunning("The same request is being done.")

    monkeypatch.setattr(requests, "_take_turn", taken)
    answer = till.send(method, address(path, names), body_of(example, names), key="k-1")
    assert code_of(answer) == (409, "still_running")
    assert int(answer["Retry-After"]) >= 1


def test_keys_are_kept_for_ninety_days(till, names):
    till.post("members", {"email": "nok@example.org"}, key="k-1")
    sweep.tick(clock=lambda: NOON + timedelta(days=90))
    assert KeyedRequest.objects.exists()
    sweep.tick(clock=lambda: NOON + timedelta(days=90, seconds=1))
    assert not KeyedRequest.objects.exists()


def rows() -> dict[str, list[Any]]:
    """Everything that is written down, but when a key was last used, and how often one tried."""
    return {
        model.__name__: list(model.objects.order_by("pk").values_list())
        for model in apps.get_models()
        if model.__name__ not in ("ApiKey", "Heartbeat", "Session", "Tries")
    }
