"""What the worker runs. Each task calls one flow, may run twice, and may be lost: the next one
finds the same rows. ``celery`` says when they run.
"""

from celery import shared_task
from django.utils import timezone

from loyalty.flows import arrivals as arrival_flow
from loyalty.flows import letters as letter_flow
from loyalty.flows import replays as replay_flow
from loyalty.flows import sweep as sweeping
from loyalty.insights.replay.running import Run

# Below leases.LONGEST. Some jobs look at all members before their first bite.
JOB_LIMITS = {"soft_time_limit": 280, "time_limit": 290}


@shared_task
def sweep() -> None:
    """Every ten seconds: what is due at any time."""
    sweeping.sweep(clock=timezone.now)


@shared_task(**JOB_LIMITS)
def clock() -> None:
    """Every minute: the jobs of each day that have come due."""
    sweeping.tick(clock=timezone.now)


@shared_task(**JOB_LIMITS)
def jobs() -> None:
    """Jobs that are open, when a sweep finds some."""
    sweeping.run_jobs(clock=timezone.now)


@shared_task
def letters() -> None:
    """Letters that were owed just now."""
    letter_flow.send_due(clock=timezone.now)


@shared_task
def arrivals() -> None:
    """What shops' machines told us just now."""
    arrival_flow.take_due(clock=timezone.now)


@shared_task(**JOB_LIMITS)
def replays() -> None:
    """Campaigns that somebody wants to try on the past."""
    replay_flow.run_open(Run.of, clock=timezone.now)
