"""How work is handed out. Redis may be down: the web goes on, and what is owed waits as a row."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, register
from django.db import connection

from loyalty import leases
from loyalty.celery import app
from loyalty.checks.faults import fault, found, runs_apart


@register()
def work_is_handed_out_safely(
    app_configs: Sequence[AppConfig] | None, **_options: Any
) -> list[CheckMessage]:
    return found((_broker, _database, _promises, _limits, _language))


def _broker() -> CheckMessage | None:
    """A broker in memory is seen by one process only: others would wait for it in vain."""
    if not settings.CELERY_BROKER_URL.startswith("memory:") or not runs_apart():
        return None
    return fault(
        3,
        "Several processes cannot share a broker in memory.",
        "Set REDIS_URL, or run everything in one process by `manage.py run`.",
    )


def _database() -> CheckMessage | None:
    if not settings.PRODUCTION or connection.vendor != "sqlite" or not runs_apart():
        return None
    return fault(
        20,
        "SQLite is for one process: several would wait for each other.",
        "Let DATABASE_URL name PostgreSQL, or run everything in one process by `manage.py run`.",
    )


def _promises() -> CheckMessage | None:
    """A task that was begun and lost is given out again; what it owes is a row either way."""
    kept = (
        app.conf.task_acks_late
        and not app.conf.task_reject_on_worker_lost
        and not app.conf.task_always_eager
        and app.conf.worker_prefetch_multiplier == 1
        and app.conf.task_ignore_result
    )
    if kept:
        return None
    return fault(
        21,
        "Celery would lose, repeat or hoard tasks.",
        "Leave CELERY_TASK_ACKS_LATE on, CELERY_TASK_REJECT_ON_WORKER_LOST and "
        "CELERY_TASK_ALWAYS_EAGER off, CELERY_WORKER_PREFETCH_MULTIPLIER at 1, and "
        "CELERY_TASK_IGNORE_RESULT on.",
    )


def _limits() -> CheckMessage | None:
    limit = app.conf.task_time_limit
    if limit and app.conf.task_soft_time_limit and limit < leases.LONGEST:
        return None
    return fault(
        22,
        "A task may run longer than it may hold its rows: two workers would be at them.",
        f"Keep CELERY_TASK_TIME_LIMIT below {leases.LONGEST:.0f} seconds.",
    )


def _language() -> CheckMessage | None:
    if app.conf.accept_content == ["json"] and app.conf.task_serializer == "json":
        return None
    return fault(
        23,
        "Celery would read more than JSON: who can write to Redis could run programs here.",
        "Leave CELERY_ACCEPT_CONTENT and CELERY_TASK_SERIALIZER at json.",
    )
