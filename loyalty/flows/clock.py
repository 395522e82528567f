"""The jobs of each day: one row a job, program and local day, run once by whoever comes first.

Any number of clocks may run. What was missed while none did is made up for in order, up to a month
back. Who runs a job holds it by a lease; when its worker is lost, another goes on where it was.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from loyalty import leases, outside
from loyalty.days import at_hour, local_date, start_of
from loyalty.flows import asking, books, daily, followups, keeping, notices, planned, tiers
from loyalty.flows.daily import Clock, Day
from loyalty.leases import LEASE
from loyalty.merchants.models import JobRun, JobRunQuerySet, Program

CATCH_UP_DAYS = 31
PROGRAMS = 500
# Waits after the first, second … failure; after one more it is given up, and says why.
WAITS = [timedelta(minutes=wait) for wait in (1, 5, 15, 60, 180, 360, 720)]
MOST_ATTEMPTS = len(WAITS) + 1
LOST = "Each worker that tried to run this job was lost."

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Something to do once on each day of each program."""

    name: str
    bites: Callable[[Day], Iterator[int]]
    at_letter_hour: bool = True  # Else as soon as the day begins.

    def due_at(self, program: Program, on: date) -> datetime:
        if self.at_letter_hour:
            return at_hour(on, program.letter_hour, program.time_zone)
        return start_of(on, program.time_zone)


# In the order in which they run on a day.
JOBS = (
    Job(name="expire", bites=daily.expire, at_letter_hour=False),
    Job(name="review_tiers", bites=daily.review_tiers, at_letter_hour=False),
    Job(name="warn_of_tiers", bites=daily.warn_of_tiers),
    Job(name="full_cards", bites=daily.full_cards, at_letter_hour=False),
    Job(name="audit", bites=books.audit, at_letter_hour=False),
    Job(name="seal", bites=books.seal, at_letter_hour=False),
    Job(name="tidy", bites=keeping.tidy, at_letter_hour=False),
    Job(name=followups.COUNT_ALONG, bites=followups.count_along, at_letter_hour=False),
    # Each plan has an hour of its own, for which its letters are owed as the day begins.
    Job(name="planned_letters", bites=planned.write, at_letter_hour=False),
    Job(name="birthdays", bites=daily.birthdays),
    Job(name="membership_months", bites=daily.months),
    Job(name="membership_years", bites=daily.years),
    Job(name="surveys", bites=asking.ask),
    Job(name="expiry_notices", bites=notices.in_good_time),
    Job(name="expiry_last_notices", bites=notices.at_the_last),
)
# Run when somebody has made a row for them.
ASKED_FOR = (Job(name=tiers.RECOUNT, bites=daily.recount_tiers),)
BY_NAME = {job.name: job for job in (*JOBS, *ASKED_FOR)}


def keep(*, clock: Clock, seconds: float = 30) -> int:
    """Make the rows that are due and run them; say how many jobs are done."""
    make_due(now=clock())
    return run_open(clock=clock, seconds=seconds)


# --- Making rows ---------------------------------------------------------------------------------


def make_due(*, now: datetime) -> None:
    """A row for each job that has come due. Rows that are there stay as they are."""
    reached = 0
    while programs := list(Program.objects.filter(pk__gt=reached).order_by("pk")[:PROGRAMS]):
        JobRun.objects.bulk_create(_due(programs, now), ignore_conflicts=True)
        reached = programs[-1].pk


def _due(programs: Sequence[Program], now: datetime) -> list[JobRun]:
    rows = JobRun.objects.filter(program__in=programs).values_list("program_id", "job")
    newest = {(program, job): on for program, job, on in rows.annotate(Max("period"))}
    return [
        JobRun(job=job.name, program=program, period=on, due_at=job.due_at(program, on))
        for program in programs
        for on, job in _missing(program, newest, local_date(now, program.time_zone))
        if job.due_at(program, on) <= now
    ]


def _missing(
    program: Program, newest: dict[tuple[int, str], date], today: date
) -> Iterator[tuple[date, Job]]:
    """The days that a job has no row for, day by day; the first time, today."""
    yesterday = today - timedelta(days=1)
    for ago in range(CATCH_UP_DAYS, -1, -1):
        on = today - timedelta(days=ago)
        for job in JOBS:
            if on > newest.get((program.pk, job.name), yesterday):
                yield on, job


# --- Running them --------------------------------------------------------------------------------


def forget(*, before: date) -> None:
    """Drop the rows of old days that are done. The newest ones say where to go on."""
    JobRun.objects.filter(period__lt=before).exclude(finished_at=None).delete()


def has_open(*, now: datetime) -> bool:
    return claimable(now).exists()


def owe_again(runs: JobRunQuerySet, *, now: datetime) -> int:
    """Run jobs again that failed or were given up, or at once, because somebody decided so."""
    idle = runs.filter(leases.free(now)).filter(Q(finished_at=None) | Q(error__gt=""))
    return idle.update(
        finished_at=None, due_at=now, attempts=0, error="", lease="", leased_until=None
    )


def run_open(*, clock: Clock, seconds: float = 30) -> int:
    """Run jobs that are due, oldest day first, until none is left or the time is over."""
    outside.refuse_in_transaction()
    ends, done = time.monotonic() + seconds, 0
    while time.monotonic() < ends and (run := claim(now=clock())):
        done += _run(run, clock, ends)
    return done


def claim(*, now: datetime) -> JobRun | None:
    """Take the oldest job that nobody is at. Days of one job are never run out of order."""
    for run in claimable(now).select_related("program").order_by("period", "pk")[:20]:
        run.lease, run.attempts = leases.new_token(), run.attempts + 1
        free = JobRun.objects.filter(leases.free(now), pk=run.pk, finished_at=None)
        if free.update(
            lease=run.lease,
            leased_until=now + LEASE,
            attempts=run.attempts,
            started_at=Coalesce("started_at", now),
        ):
            run.refresh_from_db(fields=["reached"])
            return run
    return None


def claimable(now: datetime) -> QuerySet[JobRun]:
    """The jobs that are due, that nobody is at, and that wait for no earlier day of their own."""
    earlier = JobRun.objects.filter(
        job=OuterRef("job"),
        program=OuterRef("program"),
        period__lt=OuterRef("period"),
        finished_at=None,
    )
    open_ones = JobRun.objects.filter(~Exists(earlier), finished_at=None, due_at__lte=now)
    return open_ones.filter(leases.free(now))


def _run(run: JobRun, clock: Clock, ends: float) -> bool:
    """Run a job as far as the time allows, and say whether it is done."""
    job = BY_NAME.get(run.job)
    if job is None or run.attempts > MOST_ATTEMPTS:
        error = LOST if job else "There is no such job any more."
        return _finish(run, clock(), error=error)
    day = Day(program=run.program, on=run.period, clock=clock, reached=run.reached)
    try:
        with leases.renewed(_ours(run), clock):
            is_through = _take_bites(run, job.bites(day), clock, ends)
    except Exception as error:  # A job that fails must not stop the others.
        logger.exception("%s of %s on %s failed.", run.job, run.program.slug, run.period)
        _failed(run, f"{type(error).__name__}: {error}"[:1000], clock())
        return False
    return is_through and _finish(run, clock())


def _take_bites(run: JobRun, bites: Iterator[int], clock: Clock, ends: float) -> bool:
    """Whether the job came to its end: in time, and still ours."""
    for reached in bites:
        is_over = time.monotonic() >= ends
        if not _hold(run, reached, None if is_over else clock() + LEASE) or is_over:
            return False
    return True


def _hold(run: JobRun, reached: int, until: datetime | None) -> bool:
    """Write down how far we are, and go on holding the job; or put it back for another worker."""
    lease = run.lease if until else ""
    run.attempts = 1 if until else 0  # What comes along has not failed.
    told = {"reached": reached, "attempts": run.attempts, "lease": lease, "leased_until": until}
    return bool(_ours(run).update(**told))


def _failed(run: JobRun, error: str, now: datetime) -> None:
    if run.attempts >= MOST_ATTEMPTS:
        _finish(run, now, error=error)
    else:
        due_at = now + WAITS[run.attempts - 1]
        _ours(run).update(lease="", leased_until=None, due_at=due_at, error=error)


def _finish(run: JobRun, now: datetime, *, error: str = "") -> bool:
    """Done; or, with an error, given up."""
    return bool(_ours(run).update(lease="", leased_until=None, finished_at=now, error=error))


def _ours(run: JobRun) -> QuerySet[JobRun]:
    return JobRun.objects.filter(pk=run.pk, lease=run.lease, finished_at=None)
