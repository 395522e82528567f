"""Is it alive, and may it be sent requests? Asked by load balancers and by those on call."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from loyalty import owed
from loyalty.admission import Audience, admits
from loyalty.ledger import triggers
from loyalty.ledger.models import Audit
from loyalty.merchants.models import Heartbeat

# The worker sweeps every ten seconds; six missed sweeps are no accident.
SILENCE = timedelta(seconds=60)


@admits(Audience.ANYBODY)
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Says nothing of the database: a restart would not mend that."""
    return JsonResponse({"alive": True})


@admits(Audience.ANYBODY)
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Each part that a request needs, and what is wrong with it if anything is."""
    now = timezone.now()
    faults = {name: _fault(question, now) for name, question in QUESTIONS.items()}
    ready = not any(faults.values())
    told = faults | {name: _fault(question, now) for name, question in NOTICES.items()}
    parts = {name: fault or "ok" for name, fault in told.items()}
    return JsonResponse({"ready": ready, **parts, **_owed(now)}, status=200 if ready else 503)


def _fault(question: Callable[[datetime], str], now: datetime) -> str:
    try:
        return question(now)
    except DatabaseError:
        return "the database does not answer"


def _database(now: datetime) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _migrations(now: datetime) -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} migrations are waiting" if waiting else ""


def _triggers(now: datetime) -> str:
    missing = triggers.missing(connection)
    return f"missing: {', '.join(missing)}" if missing else ""


def _worker(now: datetime) -> str:
    last = Heartbeat.objects.order_by("-beaten_at").values_list("beaten_at", flat=True).first()
    if last is None:
        return "no worker has run yet"
    silence = now - last
    return f"silent for {int(silence.total_seconds())} seconds" if silence > SILENCE else ""


def _work(now: datetime) -> str:
    late = owed.late(now)
    return f"late: {', '.join(late)}" if late else ""


def _owed(now: datetime) -> dict[str, dict[str, int]]:
    """For how many seconds the oldest of each kind has been due, and how many were given up."""
    try:
        return {"waiting_seconds": owed.ages(now), "given_up": owed.given_up()}
    except DatabaseError:
        return {}


def _books(now: datetime) -> str:
    broken = Audit.objects.broken().values("program").distinct().count()
    return f"of {broken} programs do not add up: see manage.py audit_ledger" if broken else ""


QUESTIONS: dict[str, Callable[[datetime], str]] = {
    "database": _database,
    "migrations": _migrations,
    "triggers": _triggers,
    "worker": _worker,
}
# For people to look at. Members are served all the same.
NOTICES: dict[str, Callable[[datetime], str]] = {"books": _books, "work": _work}
