"""Machines that call: the café's till with every scope, and a stranger with a key of elsewhere."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from loyalty import limits
from loyalty.flows import keys as flow
from loyalty.merchants.keys import SCOPES
from loyalty.merchants.models import Program
from tests.api.openapi import check
from tests.makers import NOON, make_program

V1 = "/api/v1/"


class Caller:
    """Calls the API with a key. What comes back is held against what the API says of itself."""

    def __init__(self, token: str = "", **headers: str) -> None:
        self.headers = headers | ({"Authorization": f"Bearer {token}"} if token else {})
        self.client = Client()

    def get(self, path: str, **asked: Any) -> Any:
        return self._checked("get", path, self.client.get(V1 + path, asked, headers=self.headers))

    def post(self, path: str, body: Any = None, *, key: str = "", raw: bytes | None = None) -> Any:
        return self.send("post", path, body, key=key, raw=raw)

    def patch(self, path: str, body: Any, *, key: str = "") -> Any:
        return self.send("patch", path, body, key=key)

    def send(
        self, method: str, path: str, body: Any = None, *, key: str = "", raw: bytes | None = None
    ) -> Any:
        data = json.dumps({} if body is None else body).encode() if raw is None else raw
        headers = self.headers | ({"Idempotency-Key": key} if key else {})
        answer = self.client.generic(
            method.upper(), V1 + path, data, content_type="application/json", headers=headers
        )
        return self._checked(method, path, answer)

    def _checked(self, method: str, path: str, answer: Any) -> Any:
        assert answer.status_code < 500, answer.content
        check(method, V1 + path, answer)
        return answer


def code_of(answer: Any) -> tuple[int, str]:
    """The status and the code of a problem."""
    assert answer["Content-Type"] == "application/problem+json", answer.content
    return answer.status_code, answer.json()["code"]


def codes_of(answer: Any) -> dict[str, str]:
    """What is wrong with which field."""
    assert code_of(answer) == (400, "invalid"), answer.content
    return {error["field"]: error["code"] for error in answer.json()["errors"]}


def make_caller(program: Program, scopes: Iterable[str] = tuple(SCOPES), **headers: str) -> Caller:
    _key, token = flow.create(program, name="Till", scopes=scopes, by=None, now=NOON)
    return Caller(token, **headers)


@pytest.fixture(autouse=True)
def _it_is_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture(autouse=True)
def _limits_start_afresh() -> Iterator[None]:
    limits.forget()
    yield
    limits.forget()


@pytest.fixture
def till(cafe: Program) -> Caller:
    return make_caller(cafe)


@pytest.fixture
def bar(db: None) -> Program:
    """Another merchant's program."""
    return make_program("bar", currency="THB")


@pytest.fixture
def stranger(bar: Program) -> Caller:
    """Has every scope, but in another program."""
    return make_caller(bar)
