"""Whoever speaks to another host or starts another program asks first whether all is committed."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from loyalty import limits, outside
from loyalty.messaging import outbox, waking
from loyalty.outside import CalledInTransaction
from tests.makers import NOON
from tests.messaging.mailbox import VERIFY, owe
from tests.test_house import MODULES, name_of, parse

WAYS_OUT = {
    "aiohttp", "ftplib", "http.client", "httpx", "kombu", "redis", "requests", "smtplib", "socket",
    "subprocess", "telnetlib", "urllib.request", "urllib3", "websockets",
}  # fmt: skip
SENDING = {"get_connection", "mail_admins", "mail_managers", "send_mail", "send_mass_mail"}
# What an operator starts serves nobody meanwhile, and holds no transaction open.
COMMANDS = "loyalty.management."


def ways_out(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "django.core.mail":
            names = ["smtplib" for alias in node.names if alias.name in SENDING]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        yield from (way for way in WAYS_OUT for name in names if f"{name}.".startswith(f"{way}."))


def asks_first(tree: ast.Module) -> bool:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any(ast.unparse(call.func) == "outside.refuse_in_transaction" for call in calls)


@pytest.mark.parametrize(
    "path", [path for path in MODULES if not name_of(path).startswith(COMMANDS)], ids=name_of
)
def test_who_goes_out_asks_first(path: Path) -> None:
    tree = parse(path)
    assert not list(ways_out(tree)) or asks_first(tree), (
        "Owe it as a row, do it after the commit, and call outside.refuse_in_transaction() first."
    )


@pytest.mark.parametrize(
    "breach",
    [
        "import requests",
        "import urllib.request",
        "from subprocess import run",
        "from django.core.mail import send_mail",
        "from redis import Redis",
    ],
)
def test_a_way_out_is_seen(breach) -> None:
    tree = ast.parse(breach)
    assert list(ways_out(tree))
    assert not asks_first(tree)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_a_broker() -> None:
    with pytest.raises(CalledInTransaction), transaction.atomic():
        waking.wake(at_once=True)


@pytest.mark.django_db(transaction=True)
def test_no_transaction_waits_for_redis(monkeypatch) -> None:
    monkeypatch.setattr(limits, "_shared", lambda: 1 / 0)
    with pytest.raises(CalledInTransaction), transaction.atomic():
        limits._count_together("key", limits._Count(0), 1, at=0.0, seconds=60)


@pytest.mark.django_db(transaction=True)
def test_waking_waits_for_the_commit(monkeypatch) -> None:
    """Also where the letter is owed in a transaction within another."""
    woken = []
    monkeypatch.setattr(waking.current_app, "send_task", lambda name, **_how: woken.append(name))
    letter = outbox.Letter(
        program_id=None, key="a", to="zoe@example.org", template="no_account", language="en",
        context={"link": "https://loyalty.example.org/"},
    )  # fmt: skip
    with transaction.atomic():
        with transaction.atomic():
            outbox.owe([letter], now=NOON)
        assert woken == []
    assert woken == [waking.LETTERS]
    outside.refuse_in_transaction()


def test_the_transaction_around_a_test_does_not_count(ana) -> None:
    outside.refuse_in_transaction()
    owe(ana, template=VERIFY)
