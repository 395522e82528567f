"""What we tell a load balancer, and what every page may load."""

import os
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from loyalty.ledger import triggers
from loyalty.ledger.models import Audit
from loyalty.merchants.models import Heartbeat
from loyalty.translations import compile_stale
from tests.makers import TODAY

ROOT = Path(__file__).parent.parent
CATALOGUE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Points"\n'


def test_alive_is_said_without_the_database(client) -> None:
    assert client.get("/healthz").json() == {"alive": True}


@pytest.mark.django_db
def test_not_ready_before_the_first_worker(client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == "no worker has run yet"


@pytest.mark.django_db
def test_ready_while_a_worker_beats(client) -> None:
    Heartbeat.objects.create(name="worker", beaten_at=timezone.now())
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True


@pytest.mark.django_db
def test_an_unguarded_ledger_is_not_ready(client) -> None:
    triggers.remove(connection)
    assert "ledger_entry_refuses_delete" in client.get("/readyz").json()["triggers"]


@pytest.mark.django_db
def test_a_silent_worker_is_no_worker(client) -> None:
    Heartbeat.objects.create(name="worker", beaten_at=timezone.now() - timedelta(seconds=90))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["worker"] == "silent for 90 seconds"


@pytest.mark.django_db
def test_books_that_do_not_add_up_are_said_and_turn_nobody_away(client, cafe) -> None:
    Heartbeat.objects.create(name="worker", beaten_at=timezone.now())
    Audit.objects.create(program=cafe, on=TODAY, breaches=["a balance is the sum: 1"])
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["books"] == "of 1 programs do not add up: see manage.py audit_ledger"
    Audit.objects.create(program=cafe, on=TODAY + timedelta(days=1), finished_at=timezone.now())
    assert client.get("/readyz").json()["books"] == "ok"


def test_a_page_may_load_nothing_from_elsewhere(client) -> None:
    policy = client.get("/healthz").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_translations_are_compiled_when_they_changed(tmp_path: Path) -> None:
    source = tmp_path / "th" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(CATALOGUE + 'msgstr "คะแนน"\n')
    assert compile_stale(tmp_path) == [source]
    assert "คะแนน".encode() in source.with_suffix(".mo").read_bytes()
    assert compile_stale(tmp_path) == []
    later = source.stat().st_mtime + 10
    os.utime(source, (later, later))
    assert compile_stale(tmp_path) == [source]


def test_every_variable_is_in_the_handbook() -> None:
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "loyalty/settings.py").read_text()))
    told = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs/operate.md").read_text()))
    assert read
    assert read <= told
