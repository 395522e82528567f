"""What must hold before we start: each fault is broken alone, and said in a sentence."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import DatabaseError, connection, connections
from django.utils import timezone

from loyalty.celery import app
from loyalty.checks import databases
from loyalty.ledger import triggers
from loyalty.merchants.models import Program
from tests.makers import make_program
from tests.postgres import address, on_server
from tests.test_run import environment, free_port

OWN_KEY = "long enough to be a key of its own, and of no use anywhere"
ROOT = Path(__file__).parent.parent
POSTGRES = connection.vendor == "postgresql"
on_postgres = pytest.mark.skipif(not POSTGRES, reason="SQLite has nothing of the kind.")
on_sqlite = pytest.mark.skipif(POSTGRES, reason="PostgreSQL has nothing of the kind.")


@pytest.fixture
def production(settings: Any) -> Any:
    """A production on the internet, with nothing amiss."""
    settings.PRODUCTION = True
    settings.SECRET_KEY = OWN_KEY
    settings.CELERY_BROKER_URL = "redis://localhost:6379/0"
    settings.PUBLIC_URL = "https://loyalty.example.org"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    return settings


def faults(*, database: bool = False) -> list[str]:
    """The numbers of all that is said, and the sentences with them."""
    try:
        call_command("check", databases=["default"] if database else [])
    except SystemCheckError as error:
        return str(error).splitlines()
    return []


def only_fault(number: int, sentence: str, *, database: bool = False) -> bool:
    said = [line for line in faults(database=database) if "(loyalty.E" in line]
    assert len(said) == 1, said
    assert f"(loyalty.E{number:03})" in said[0]
    assert sentence in said[0]
    return True


@pytest.mark.django_db
def test_a_production_of_its_own_may_start(production) -> None:
    assert faults(database=True) == []


@pytest.mark.parametrize(
    ("name", "broken", "number", "sentence"),
    [
        ("SECRET_KEY", "short", 1, "an example or too short"),
        ("SECRET_KEY", f"change-me-{OWN_KEY}", 1, "an example or too short"),
        ("SECRET_KEY", f"django-insecure-{OWN_KEY}", 1, "an example or too short"),
        ("ALLOWED_HOSTS", ["*"], 2, "allows every host"),
        ("DEBUG", True, 11, "shows secrets"),
        ("PUBLIC_URL", "http://loyalty.example.org", 12, "in the open"),
        ("SESSION_COOKIE_SECURE", False, 13, "who is signed in"),
        ("CSRF_COOKIE_SECURE", False, 13, "who is signed in"),
        ("SESSION_COOKIE_HTTPONLY", False, 13, "who is signed in"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", 14, "console"),
        ("EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend", 14, "go nowhere"),
        ("SESSION_ENGINE", "django.contrib.sessions.backends.signed_cookies", 15, "stay in"),
        ("SESSION_ENGINE", "django.contrib.sessions.backends.cache", 15, "stay in"),
        ("PASSWORD_HASHERS", ["django.contrib.auth.hashers.MD5PasswordHasher"], 16, "to guess"),
        ("USE_TZ", False, 17, "wrong hour"),
        ("TIME_ZONE", "Asia/Bangkok", 17, "wrong hour"),
    ],
)
def test_a_careless_setting_is_refused(production, name, broken, number, sentence) -> None:
    setattr(production, name, broken)
    assert only_fault(number, sentence)


def test_ones_own_machine_needs_neither_certificate_nor_mail(production) -> None:
    production.PUBLIC_URL = "http://localhost:8000"
    production.SESSION_COOKIE_SECURE = production.CSRF_COOKIE_SECURE = False
    production.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert faults() == []


# --- Workers -------------------------------------------------------------------------------------


APART = {3} if POSTGRES else {3, 20}


def test_a_broker_in_memory_is_for_one_process(production, monkeypatch) -> None:
    production.CELERY_BROKER_URL = "memory://localhost/"
    assert faults() == []
    monkeypatch.setenv("WEB_CONCURRENCY", "2")
    assert numbers("\n".join(faults())) == APART


@pytest.mark.parametrize("program", ["/somewhere/bin/celery", "/site-packages/celery/__main__.py"])
def test_a_worker_apart_needs_a_broker_that_others_reach(production, monkeypatch, program) -> None:
    production.CELERY_BROKER_URL = "memory://localhost/"
    monkeypatch.setattr(sys, "argv", [program, "worker"])
    assert numbers("\n".join(faults())) == APART


@on_sqlite
def test_sqlite_is_for_one_process(production, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/gunicorn"])
    assert only_fault(20, "SQLite is for one process")


@pytest.mark.parametrize(
    ("name", "broken", "number", "sentence"),
    [
        ("task_acks_late", False, 21, "lose, repeat or hoard"),
        ("task_reject_on_worker_lost", True, 21, "lose, repeat or hoard"),
        ("task_always_eager", True, 21, "lose, repeat or hoard"),
        ("worker_prefetch_multiplier", 4, 21, "lose, repeat or hoard"),
        ("task_ignore_result", False, 21, "lose, repeat or hoard"),
        ("task_time_limit", None, 22, "two workers"),
        ("task_time_limit", 600, 22, "two workers"),
        ("task_soft_time_limit", None, 22, "two workers"),
        ("accept_content", ["json", "pickle"], 23, "more than JSON"),
        ("task_serializer", "pickle", 23, "more than JSON"),
    ],
)
def test_celery_may_not_be_careless(kept_conf, name, broken, number, sentence) -> None:
    kept_conf[name] = broken
    assert only_fault(number, sentence)


@pytest.fixture
def kept_conf(production):
    """Celery's settings, as they were again afterwards."""
    before = {name: app.conf[name] for name in WATCHED}
    yield app.conf
    for name, value in before.items():
        app.conf[name] = value


WATCHED = (
    "task_acks_late", "task_reject_on_worker_lost", "task_always_eager",
    "worker_prefetch_multiplier", "task_ignore_result", "task_time_limit",
    "task_soft_time_limit", "accept_content", "task_serializer",
)  # fmt: skip


def test_redis_may_be_down(production) -> None:
    production.CELERY_BROKER_URL = f"redis://127.0.0.1:{free_port()}/0"
    assert faults() == []


# --- Files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["STATIC_ROOT", "WHITENOISE_ROOT"])
def test_pictures_do_not_lie_where_everybody_can_read(production, tmp_path, name) -> None:
    setattr(production, name, str(tmp_path))
    production.MEDIA_ROOT = tmp_path / "media"
    assert only_fault(30, "which everybody can read")


def test_nor_does_the_key_beside_the_static_files(production, tmp_path) -> None:
    production.STATIC_ROOT = production.VAR_DIR = tmp_path
    assert only_fault(30, "VAR_DIR")


def test_a_place_for_files_is_needed(production, tmp_path) -> None:
    production.VAR_DIR = tmp_path / "nowhere"
    assert only_fault(31, "cannot be written to")


def test_a_key_that_others_can_read_is_none(production, tmp_path) -> None:
    production.VAR_DIR = tmp_path
    (tmp_path / "secret_key").write_text(OWN_KEY)
    (tmp_path / "secret_key").chmod(0o600)
    assert faults() == []
    (tmp_path / "secret_key").chmod(0o640)
    assert only_fault(32, "can be read by others")


# --- Databases -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_said_once(monkeypatch) -> None:
    def nobody(_connection: object) -> None:
        raise DatabaseError("connection refused")

    monkeypatch.setattr(databases, "QUESTIONS", (nobody, nobody))
    assert only_fault(6, "does not answer: connection refused", database=True)


@pytest.mark.django_db
def test_an_unguarded_ledger_does_not_start() -> None:
    triggers.remove(connection)
    assert only_fault(4, "The ledger is not guarded", database=True)


@pytest.mark.django_db
def test_waiting_migrations_are_refused_but_by_migrate(monkeypatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'ledger' AND name = "
            "(SELECT MAX(name) FROM django_migrations WHERE app = 'ledger')"
        )
    assert only_fault(40, "1 migrations wait, the first of them ledger.", database=True)
    monkeypatch.setattr(sys, "argv", ["manage.py", "migrate"])
    assert faults(database=True) == []


@pytest.mark.django_db
def test_an_old_database_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(databases, "OLDEST", {"postgresql": (99, 0), "sqlite": (99, 0)})
    assert only_fault(44, "too old", database=True)


@pytest.mark.django_db
def test_a_zone_that_nobody_knows_is_refused() -> None:
    Program.objects.filter(pk=make_program().pk).update(time_zone="Mars/Olympus")
    assert only_fault(46, "does not know the time zone Mars/Olympus", database=True)


@on_postgres
@pytest.mark.django_db
@pytest.mark.parametrize("name", ["synchronous_commit"])
def test_careless_commits_are_refused(name) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {name} = off")
    assert only_fault(5, f"{name} is off", database=True)


@on_postgres
@pytest.mark.django_db
@pytest.mark.parametrize("name", databases._LIMITS)
def test_a_limit_of_none_is_for_commands_alone(monkeypatch, name) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {name} = 0")
    assert faults(database=True) == []
    monkeypatch.setattr(sys, "argv", ["manage.py", "run"])
    assert only_fault(47, f"{name} is 0", database=True)


@on_postgres
@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [-60, -7, 7, 3600])
def test_clocks_that_are_apart_are_refused(seconds) -> None:
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds)):
        assert only_fault(48, "seconds apart", database=True)
    with time_machine.travel(timezone.now() + timedelta(seconds=seconds / abs(seconds) * 3)):
        assert faults(database=True) == []


@on_sqlite
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("pragma", "sentence"),
    [
        ("journal_mode = DELETE", "journal_mode is delete"),
        ("synchronous = NORMAL", "synchronous is 1"),
        ("foreign_keys = OFF", "foreign_keys is 0"),
        ("recursive_triggers = OFF", "recursive_triggers is 0"),
        ("busy_timeout = 5000", "busy_timeout is below 20 seconds"),
    ],
)
def test_sqlite_is_a_ledger_and_no_cache(pragma, sentence) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma}")
    try:
        assert only_fault(41, sentence, database=True)
    finally:
        connection.close()


@on_sqlite
@pytest.mark.django_db
def test_transactions_of_sqlite_lock_when_they_begin() -> None:
    connections["default"].transaction_mode = "DEFERRED"
    try:
        assert only_fault(41, "not IMMEDIATE", database=True)
    finally:
        connections["default"].transaction_mode = "IMMEDIATE"


MOUNTS = """
22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
40 22 0:40 / /srv/shop\\040files rw,relatime - nfs4 nas:/shops rw
41 22 0:41 / /srv rw,relatime - btrfs /dev/sdb rw
""".strip()


@on_sqlite
@pytest.mark.django_db
def test_sqlite_does_not_live_on_a_network(monkeypatch, tmp_path) -> None:
    (tmp_path / "mounts").write_text(MOUNTS.replace("ext4", "nfs4"))
    monkeypatch.setattr(databases, "MOUNTS", tmp_path / "mounts")
    assert only_fault(42, "network file system (nfs4)", database=True)


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/srv/shop files/a", "nfs4"), ("/srv/shop", "btrfs"), ("/srvx/a", "ext4"), ("/a", "ext4")],
)
def test_the_longest_mount_says_what_a_path_is_on(path, kind) -> None:
    assert databases.file_system_of(Path(path), MOUNTS) == kind


# --- The real entrances --------------------------------------------------------------------------

BROKEN = {
    "SECRET_KEY": "short",
    "ALLOWED_HOSTS": ["*"],
    "DEBUG": True,
    "PUBLIC_URL": "http://loyalty.example.org",
    "SESSION_ENGINE": "django.contrib.sessions.backends.signed_cookies",
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    "TIME_ZONE": "Asia/Bangkok",
    "CELERY_TASK_ACKS_LATE": False,
    "CELERY_TASK_TIME_LIMIT": 600,
    "CELERY_ACCEPT_CONTENT": ["pickle"],
}
SETTINGS_FAULTS = {1, 2, 11, 12, 13, 14, 15, 16, 17, 21, 22, 23, 30, 32}
ENTRANCES = {
    "manage.py run": ["manage.py", "run"],
    "gunicorn": ["-m", "gunicorn", "--config", "deploy/gunicorn.conf.py"],
    "celery worker": ["-m", "celery", "-A", "loyalty", "worker", "--concurrency", "1"],
}


def start(entrance: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *ENTRANCES[entrance]],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def numbers(said: str) -> set[int]:
    return {int(part[:3]) for part in said.split("(loyalty.E")[1:]}


@pytest.mark.parametrize("entrance", ENTRANCES)
def test_every_entrance_refuses_every_fault_of_the_settings(tmp_path, entrance) -> None:
    broken = BROKEN | {"STATIC_ROOT": str(tmp_path)}
    (tmp_path / "secret_key").write_text(OWN_KEY)
    env = environment(
        tmp_path, DJANGO_SETTINGS_MODULE="tests.broken", BROKEN=json.dumps(broken),
        PORT=str(free_port()), BIND=f"127.0.0.1:{free_port()}",
    )  # fmt: skip
    refused = start(entrance, env)
    assert refused.returncode != 0
    apart = set() if entrance == "manage.py run" else {3, 20, 40}
    assert numbers(refused.stderr) == SETTINGS_FAULTS | apart
    assert "Traceback" not in refused.stderr


def _copy_unguarded(path: Path) -> None:
    """This database, migrated as it is, without one of its triggers."""
    connection.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        connection.connection.backup(copy)
        copy.execute("DROP TRIGGER ledger_entry_refuses_update")


@on_sqlite
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("entrance", ENTRANCES)
def test_every_entrance_asks_the_database(tmp_path, entrance) -> None:
    env = environment(
        tmp_path, PORT=str(free_port()), BIND=f"127.0.0.1:{free_port()}",
        REDIS_URL=f"redis://127.0.0.1:{free_port()}/0", WEB_CONCURRENCY="1",
    )  # fmt: skip
    _copy_unguarded(tmp_path / "taem.sqlite3")
    refused = start(entrance, env)
    assert refused.returncode != 0
    assert numbers(refused.stderr) == {4} | (set() if entrance == "manage.py run" else {20})


@on_postgres
@pytest.mark.parametrize("entrance", ENTRANCES)
def test_every_entrance_asks_postgresql(tmp_path, entrance) -> None:
    """A database in another encoding, without limits and behind in its migrations."""
    name = f"taem_refused_{os.getpid()}"
    on_server(
        f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' "
        "TEMPLATE template0"
    )
    env = environment(
        tmp_path, DATABASE_URL=address(name), STATEMENT_TIMEOUT="0", PORT=str(free_port()),
        BIND=f"127.0.0.1:{free_port()}", REDIS_URL=f"redis://127.0.0.1:{free_port()}/0",
    )  # fmt: skip
    try:
        refused = start(entrance, env)
        assert refused.returncode != 0
        behind = set() if entrance == "manage.py run" else {40}
        assert numbers(refused.stderr) == {45, 47} | behind
    finally:
        on_server(f"DROP DATABASE {name} WITH (FORCE)")


def test_the_handbook_lists_every_fault() -> None:
    sources = [path.read_text() for path in (ROOT / "loyalty/checks").glob("*.py")]
    written = set()
    for source in sources:
        parts = source.split("fault(")[1:]
        written |= {int(n) for part in parts if (n := part.split(",")[0].strip()).isdecimal()}
    told = (ROOT / "docs/operate.md").read_text()
    assert len(written) > 20
    assert [n for n in sorted(written) if f"| E{n:03} |" not in told] == []
