"""What breaks on our side is a problem too: with a name that the log knows, and nothing of ours."""

import logging

import pytest
from django.test import Client

from loyalty.api.members import Members
from tests.api.conftest import V1, Caller, code_of


@pytest.fixture
def broken(till: Caller, monkeypatch) -> Caller:
    """The till, on a day when members cannot be listed."""

    def break_down(door, request):
        raise ZeroDivisionError("a secret of the house")

    monkeypatch.setattr(Members, "get", break_down)
    till.client = Client(raise_request_exception=False)
    return till


def ask(caller: Caller, path: str = "members"):
    return caller.client.get(V1 + path, headers=caller.headers)


def test_it_is_a_problem_with_a_reference(broken, caplog):
    with caplog.at_level(logging.ERROR):
        answer = ask(broken)
    assert code_of(answer) == (500, "internal_error")
    assert answer["Cache-Control"] == "no-store"
    reference = answer.json()["facts"]["reference"]
    [line] = [it for it in caplog.records if it.name == "loyalty.api.entrance"]
    assert reference in line.getMessage()
    assert "a secret of the house" in str(line.exc_info)
    assert b"secret" not in answer.content


def test_each_mistake_has_a_name_of_its_own(broken):
    assert ask(broken).json()["facts"] != ask(broken).json()["facts"]


def test_an_address_that_no_pattern_knows_is_not_found(till):
    assert code_of(ask(till, "members%0Aanything")) == (404, "not_found")
