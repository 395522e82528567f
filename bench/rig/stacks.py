"""Taem as it runs at a shop: apart, on PostgreSQL and Redis; or as one process, on SQLite."""

import http.client
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.postgres import Server, free_port, own_cluster, owner_of_server
from bench.rig.nursery import Nursery
from bench.rig.units import ROOT, Keeper, Unit, title_of, wait_until

DATABASE = "taem_rig"
Kill = Callable[[Random], None]


@dataclass(frozen=True)
class Stack:
    """What runs, where it answers, and the ways in which it can be hurt."""

    keeper: Keeper
    port: int
    environment: Mapping[str, str]  # Of its processes, and of whoever looks into its database.
    folder: Path
    kills: Mapping[str, Kill]

    def logs(self) -> Iterator[str]:
        for log in sorted(self.folder.glob("*.log")):
            yield f"--- {log.stem}\n" + "\n".join(log.read_text().splitlines()[-30:])


@contextmanager
def postgres_stack(mail_port: int, **more: str) -> Iterator[Stack]:
    """PostgreSQL, Redis, gunicorn with two workers, a Celery worker and its clock."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="taem-rig-")))
        server, data = stack.enter_context(own_cluster())
        port, redis_port = free_port(), free_port()
        environment = _environment(folder, port, mail_port) | {
            "DATABASE_URL": server.url(DATABASE), "WEB_CONCURRENCY": "2",
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0", **more,
        }  # fmt: skip
        owner = owner_of_server()
        as_owner = (
            {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        )
        celery = [sys.executable, "-m", "celery", "-A", "loyalty"]
        postgres = Unit(
            "postgres", [str(server.programs / "postgres"), "-D", str(data), *server.options(data)],
            os.environ, folder / "postgres.log", lambda: _is_up(server.port),
            owner=as_owner,
        )  # fmt: skip
        redis = Unit(
            "redis", ["redis-server", "--port", str(redis_port), "--bind", "127.0.0.1",
                      "--save", "", "--appendonly", "no", "--dir", str(folder)],
            os.environ, folder / "redis.log", lambda: _is_up(redis_port),
        )  # fmt: skip
        web = Unit(
            "web", [sys.executable, "-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"],
            environment, folder / "web.log", lambda: answers(port),
        )  # fmt: skip
        worker = Unit(
            "worker", [*celery, "worker", "--concurrency", "2", "--without-gossip",
                       "--without-mingle"],
            environment, folder / "worker.log", lambda: len(worker.children()) >= 2,
        )  # fmt: skip
        clock = Unit("clock", [*celery, "beat"], environment, folder / "clock.log", lambda: True)

        keeper = Keeper()
        stack.callback(keeper.stop)
        for unit in (postgres, redis):
            keeper.add(unit)
        wait_until(lambda: _is_willing(server), seconds=30, what="PostgreSQL takes connections")
        server.run("createdb", DATABASE)
        _prepare(environment)
        for unit in (web, worker, clock):
            keeper.add(unit)
        yield Stack(keeper, port, environment, folder, {
            "web worker": lambda random: _kill_one(web, random),
            "web": lambda _random: web.kill(),
            "worker": lambda _random: worker.kill(),
            "worker's child": lambda random: _kill_one(worker, random),
            "clock": lambda _random: clock.kill(),
            "postgres": lambda _random: postgres.kill(),
            "backend": lambda random: _kill_one(postgres, random, titled=f"postgres {DATABASE}"),
            "redis": lambda _random: redis.kill(),
        })  # fmt: skip


@contextmanager
def sqlite_stack(mail_port: int, *, is_warm: bool = False, **more: str) -> Iterator[Stack]:
    """One process with web server, worker and clock, as `manage.py run` starts it.

    ``is_warm``: forked from a process that has imported all of it, for many starts in a short time.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="taem-rig-")))
        port = free_port()
        environment = _environment(folder, port, mail_port) | {
            "DATABASE_URL": f"sqlite:///{folder}/taem.sqlite3", **more,
        }  # fmt: skip
        # It is killed so often that the pauses would be most of the time.
        alone = Unit(
            "alone", [sys.executable, "manage.py", "run"], environment, folder / "alone.log",
            lambda: answers(port), pause=0.2,
        )  # fmt: skip
        _prepare(environment)
        if is_warm:
            nursery = Nursery(environment)
            stack.callback(nursery.close)
            alone.fork = nursery.fork
        keeper = Keeper()
        stack.callback(keeper.stop)
        keeper.add(alone)
        yield Stack(keeper, port, environment, folder, {"alone": lambda _random: alone.kill()})


STACKS: dict[str, Callable[..., AbstractContextManager[Stack]]] = {
    "postgresql": postgres_stack,
    "sqlite": sqlite_stack,
}


def _environment(folder: Path, port: int, mail_port: int) -> dict[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL", "WEB_CONCURRENCY")
    }
    return inherited | {
        "ENV": "test", "DJANGO_SETTINGS_MODULE": "bench.rig.settings", "VAR_DIR": str(folder),
        "SECRET_KEY": secrets.token_hex(32), "PORT": str(port), "BIND": f"127.0.0.1:{port}",
        "PUBLIC_URL": f"http://127.0.0.1:{port}", "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
        "PYTHONUNBUFFERED": "1",
        # How often somebody may ask is no question of these rigs.
        "API_REQUESTS_A_MINUTE": "100000000", "API_VOUCHERS_A_MINUTE": "100000000",
    }  # fmt: skip


def _prepare(environment: Mapping[str, str]) -> None:
    """Migrate, and open a first business: an installation without any would load the demo."""
    manage(environment, "migrate", "--skip-checks", "-v0")
    manage(
        environment, "create_merchant", "--name", "Rig", "--program", "rig",
        "--owner", "owner@rig.example",
    )  # fmt: skip


def manage(environment: Mapping[str, str], *command: str) -> str:
    """What a command of manage.py prints."""
    done = subprocess.run(
        [sys.executable, "manage.py", *command], env=dict(environment), cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"manage.py {command[0]}: {done.stdout}{done.stderr}")
    return done.stdout


def answers(port: int) -> bool:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def _is_up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _is_willing(server: Server) -> bool:
    try:
        return server.psql("postgres", "SELECT 1").strip() == "1"
    except RuntimeError:
        return False


def _kill_one(unit: Unit, random: Random, *, titled: str = "") -> None:
    """Kill one of a unit's children; the unit itself while it has none."""
    children = [pid for pid in unit.children() if titled in title_of(pid)]
    unit.kill(random.choice(children) if children else None)
