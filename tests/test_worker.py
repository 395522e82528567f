"""Real workers, apart from us, on PostgreSQL and Redis: what is owed is done, whoever dies."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.utils import timezone

from loyalty.leases import LEASE
from loyalty.merchants.models import Heartbeat
from loyalty.messaging import outbox, waking
from loyalty.messaging.models import Message
from loyalty.messaging.outbox import Letter
from tests.makers import make_member, make_program

ROOT = Path(__file__).parent.parent
APART = connection.vendor == "postgresql" and settings.REDIS_URL

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not APART, reason="Needs PostgreSQL and Redis, and a DATABASE_URL to them."),
]

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start `celery …` as production does, on the database of this test; stop it afterwards."""
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    running: list[subprocess.Popen[bytes]] = []
    letters = tmp_path / "letters"
    environment = {
        **os.environ,
        "ENV": "production",
        "SECRET_KEY": "long enough to be a key of its own, and of no use anywhere",
        "DJANGO_SETTINGS_MODULE": "loyalty.settings",
        "DATABASE_URL": _database_url(),
        "EMAIL_URL": f"filemail://{letters}",
    }

    def celery(*command: str, **changes: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "loyalty", *command],
            cwd=ROOT, env={**environment, **changes}, start_new_session=True,
        )  # fmt: skip
        running.append(process)
        return process

    yield celery
    for process in running:
        process.terminate()
    for process in running:
        process.wait(timeout=30)


def test_a_letter_leaves_and_the_worker_shows_that_it_lives(start: Start) -> None:
    start("worker", "--concurrency", "2")
    start("beat")
    letter = owed_letter()
    until(lambda: status_of(letter) == Message.Status.SENT, seconds=40)
    until(Heartbeat.objects.exists, seconds=20)


def test_what_a_killed_worker_left_is_done_by_the_next(start: Start) -> None:
    first = start("worker", "--concurrency", "1")
    until(queue_is_watched, seconds=30)
    first.kill()
    first.wait()
    letter = owed_letter()
    assert status_of(letter) == Message.Status.OWED
    start("worker", "--concurrency", "1")
    start("beat")
    until(lambda: status_of(letter) == Message.Status.SENT, seconds=40)


def test_a_lost_broker_loses_no_letter(start: Start) -> None:
    letter = owed_letter()
    redis.Redis.from_url(settings.REDIS_URL).flushdb()
    start("worker", "--concurrency", "1")
    start("beat")
    until(lambda: status_of(letter) == Message.Status.SENT, seconds=40)


def test_a_letter_whose_worker_is_killed_over_it_leaves_within_half_a_minute(start: Start) -> None:
    """Until then it is the first one's, however long that takes."""
    letter = owed_letter()
    with standing_still() as port:
        first = start("worker", "--concurrency", "1", EMAIL_URL=f"smtp://127.0.0.1:{port}")
        waking.wake(waking.LETTERS)
        until(lambda: lease_of(letter), seconds=40)
        began, token = lease_of(letter)
        start("worker", "--concurrency", "1")
        start("beat")
        until(lambda: lease_of(letter)[0] > began + 2 * LEASE, seconds=60)
        assert lease_of(letter)[1] == token
        os.killpg(first.pid, signal.SIGKILL)
        killed = time.monotonic()
        until(lambda: status_of(letter) == Message.Status.SENT, seconds=30)
    print(f"Sent {time.monotonic() - killed:.1f} s after the worker was killed.")


@contextmanager
def standing_still() -> Iterator[int]:
    """A mail server that goes on clearing its throat: the port on which it does."""

    def greet_for_ever(caller: socket.socket) -> None:
        with suppress(OSError):
            while True:
                caller.sendall(b"220-one moment please\r\n")
                time.sleep(1)

    def serve() -> None:
        with suppress(OSError):
            while True:
                caller, _address = listener.accept()
                Thread(target=greet_for_ever, args=(caller,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def lease_of(letter: Message) -> tuple[datetime, str] | None:
    letter.refresh_from_db()
    return (letter.leased_until, letter.lease) if letter.leased_until else None


def owed_letter() -> Message:
    """Ana is owed a welcome."""
    ana = make_member(make_program())
    welcome = Letter(
        program_id=ana.program_id, account_id=ana.account_id, key="welcome", to=ana.email,
        template="welcome", language="en", context={"awards": []},
    )  # fmt: skip
    outbox.owe([welcome], now=timezone.now())
    return Message.objects.get()


def status_of(letter: Message) -> str:
    letter.refresh_from_db()
    return letter.status


def queue_is_watched() -> bool:
    return bool(redis.Redis.from_url(settings.REDIS_URL).exists("_kombu.binding.points"))


def until(question: Callable[[], Any], *, seconds: float) -> None:
    ends = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < ends, f"Not within {seconds} seconds."
        time.sleep(0.2)


def _database_url() -> str:
    at = connection.settings_dict
    password = f":{at['PASSWORD']}" if at["PASSWORD"] else ""
    return f"postgres://{at['USER']}{password}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"
