"""Every write of the API, as somebody of the business asks for it: with a key it is done once."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.db import transaction
from django.test import override_settings

from loyalty import kept
from loyalty.merchants import requests
from loyalty.merchants.models import KeyedRequest
from loyalty.merchants.requests import StillRunning
from loyalty.routes import Route, routes
from tests.api.conftest import V1, Caller, code_of
from tests.makers import NOON
from tests.walk.asking import BODIES, filled, path_of
from tests.walk.business import Business, make_business

Write = tuple[str, Route]


def writes() -> list[Write]:
    """What only asks has no key, and nothing to do twice."""
    found = []
    for route in routes():
        admission = route.admission
        if route.name.startswith("api:v1:") and admission and not admission.only_asks:
            found += [(method, route) for method in sorted(admission.writing)]
    return found


each_write = pytest.mark.parametrize("write", writes(), ids=lambda it: f"{it[0]} {it[1].name}")


@pytest.fixture(scope="module")
def shop(django_db_setup: None, django_db_blocker: Any) -> Iterator[Business]:
    """A business with one of everything, made once: what a test does to it is undone."""
    with (
        django_db_blocker.unblock(),
        override_settings(REDIS_URL=""),  # Redis refuses to count in a transaction.
        time_machine.travel(NOON, tick=False),
        transaction.atomic(),
    ):
        business = make_business("bakery")
        business.ids["shop"] = business.program.merchant.locations.get().code
        yield business
        transaction.set_rollback(True)
    kept.forget()


@pytest.fixture
def till(shop: Business, db: None) -> Caller:
    return Caller(shop.keys["all"])


def told(write: Write, shop: Business) -> tuple[str, str, Any]:
    """How a write is sent: method, address and body."""
    method, route = write
    address = path_of(route, shop.ids).removeprefix(V1)
    return method.lower(), address, filled(BODIES.get(route.name, {}), shop.ids)


@each_write
def test_it_is_done_once_under_a_key(till, shop, write):
    method, address, body = told(write, shop)
    first = till.send(method, address, body, key="k-1")
    assert first.status_code in (200, 201), first.content
    written = rows()
    again = till.send(method, address, body, key="k-1")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert rows() == written
    assert KeyedRequest.objects.count() == 1


@each_write
def test_its_key_with_another_body_is_refused(till, shop, write):
    method, address, body = told(write, shop)
    till.send(method, address, body, key="k-1")
    written = rows()
    raw = json.dumps(body, indent=1).encode()
    answer = till.send(method, address, key="k-1", raw=raw)
    assert code_of(answer) == (422, "key_with_other_body")
    assert rows() == written


@each_write
def test_a_key_that_is_no_key_is_refused(till, shop, write):
    method, address, body = told(write, shop)
    written = rows()
    for key in ("x" * 101, "กุญแจ", "a\tb"):
        answer = till.send(method, address, body, key=key)
        assert code_of(answer) == (400, "bad_idempotency_key")
    assert rows() == written


@each_write
def test_what_was_rolled_back_leaves_no_key(till, shop, write, monkeypatch):
    """Our own mistake after the effect: nothing of it stands, and the retry does it."""
    method, address, body = told(write, shop)

    def lost(_row):
        raise ZeroDivisionError

    written = rows()
    with monkeypatch.context() as patch:
        patch.setattr(requests, "_keep", lost)
        till.client.raise_request_exception = False
        raw = json.dumps(body).encode()
        answer = till.client.generic(
            method.upper(), V1 + address, raw, "application/json",
            headers=till.headers | {"Idempotency-Key": "k-1"},
        )  # fmt: skip
        assert answer.status_code == 500
    assert rows() == written
    assert till.send(method, address, body, key="k-1").status_code in (200, 201)


@each_write
def test_while_it_runs_the_same_request_is_told_to_come_back(till, shop, write, monkeypatch):
    method, address, body = told(write, shop)

    def taken(_name):
        raise StillRunning("The same request is being done.")

    monkeypatch.setattr(requests, "_take_turn", taken)
    answer = till.send(method, address, body, key="k-1")
    assert code_of(answer) == (409, "still_running")
    assert int(answer["Retry-After"]) >= 1


def rows() -> dict[str, list[Any]]:
    """Everything that is written down, but when a key was last used, and how often one tried."""
    return {
        model.__name__: list(model.objects.order_by("pk").values_list())
        for model in apps.get_models()
        if model.__name__ not in ("ApiKey", "Heartbeat", "Session", "Tries")
    }
