"""One process is the whole product: it prepares itself, serves, works, and stops when asked."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KEY = "long enough to be a key of its own, and of no use anywhere"


def environment(var: Path, **more: str) -> dict[str, str]:
    """A shop of its own: production, so that no demo is loaded."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "ENV": "production", "SECRET_KEY": KEY, "VAR_DIR": str(var), **more}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def python(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    how = [] if arguments[0].endswith(".py") else ["-c"]
    return subprocess.run(
        [sys.executable, *how, *arguments],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def ask(port: int, path: str) -> tuple[int, dict[str, object]]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def wait_for(port: int, path: str, status: int, seconds: float = 120) -> dict[str, object]:
    until = time.monotonic() + seconds
    said: object = "no answer"
    while time.monotonic() < until:
        try:
            got, said = ask(port, path)
            if got == status:
                assert isinstance(said, dict)
                return said
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError(f"{path} never answered {status}; last: {said}")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return environment(tmp_path_factory.mktemp("var"), PORT=str(free_port()))


@pytest.fixture
def running(shop: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "manage.py", "run"],
        cwd=ROOT, env=shop, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        wait_for(int(shop["PORT"]), "/healthz", 200)
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("asked_by", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_works_and_stops_without_a_trace(shop, running, asked_by) -> None:
    ready = wait_for(int(shop["PORT"]), "/readyz", 200)
    assert ready["ready"]
    parts = {"database", "migrations", "triggers", "worker", "books", "work"}
    assert {part: said for part, said in ready.items() if part in parts} == dict.fromkeys(
        parts, "ok"
    )
    running.send_signal(asked_by)
    said, complained = running.communicate(timeout=60)
    assert running.returncode == 0
    assert "Taem is running" in said
    assert "stopped" in said
    assert "Traceback" not in complained


def test_a_taken_port_is_said_in_a_sentence(shop) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        refused = python("manage.py", "run", env={**shop, "PORT": str(taken.getsockname()[1])})
    assert refused.returncode == 1
    assert "cannot be used" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY of its own"),
        ({"DEBUG": "yes"}, "DEBUG"),
        ({"ENV": "prod"}, "ENV is demo, test or production"),
        ({"DATABASE_URL": "mysql://root@localhost/taem"}, "SQLite or PostgreSQL"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
    ],
    ids=str,
)
def test_wrong_settings_are_refused(tmp_path, wrong, sentence) -> None:
    refused = python("import loyalty.settings", env=environment(tmp_path, **wrong))
    assert refused.returncode != 0
    assert sentence in refused.stderr


def test_the_demo_keeps_the_key_that_it_made(tmp_path) -> None:
    env = environment(tmp_path, ENV="demo", SECRET_KEY="")
    asked = "from loyalty.settings import SECRET_KEY; print(SECRET_KEY)"
    first, second = (python(asked, env=env).stdout.strip() for _ in range(2))
    assert first == second
    assert len(first) == 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
