"""What was given up is tried again, because somebody decided so. All of it is on record."""

from datetime import datetime
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.flows import clock
from loyalty.merchants import trail
from loyalty.merchants.models import JobRun, Program, Staff
from loyalty.messaging import delivery, waking
from loyalty.refusal import Refusal


class NothingToRepeat(Refusal):
    code = "nothing_to_repeat"


@transaction.atomic
def send_all(program: Program, *, now: datetime, by: Staff) -> int:
    """Try all letters again that surely were not sent; say how many."""
    sent = delivery.owe_all_again(program.pk, now=now)
    if not sent:
        raise NothingToRepeat(_("There is no letter to try again."))
    _record(program, "letter.retry_all", now, by, letters=sent)
    transaction.on_commit(waking.wake)
    return sent


@transaction.atomic
def run(job: JobRun, *, now: datetime, by: Staff) -> None:
    """Run a job again, from where it had come to."""
    if not clock.owe_again(JobRun.objects.filter(pk=job.pk), now=now):
        raise NothingToRepeat(_("This job is at work, or was done meanwhile."))
    _record(job.program, "job.retry", now, by, job=job.job, day=job.period.isoformat())
    transaction.on_commit(partial(waking.wake, waking.JOBS))


@transaction.atomic
def run_all(program: Program, *, now: datetime, by: Staff) -> int:
    """Run all jobs of a program again that failed or were given up; say how many."""
    begun = clock.owe_again(JobRun.objects.failed().filter(program=program), now=now)
    if not begun:
        raise NothingToRepeat(_("There is no job to run again."))
    _record(program, "job.retry_all", now, by, jobs=begun)
    transaction.on_commit(partial(waking.wake, waking.JOBS))
    return begun


def _record(program: Program, action: str, now: datetime, by: Staff, **after: str | int) -> None:
    subject = f"program:{program.public_id}"
    trail.record(action, subject, program=program, now=now, by=by, after=after)
