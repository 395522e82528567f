"""The rows of each day's jobs: made once, run once, in order, whoever runs them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from loyalty.flows import clock
from loyalty.flows.clock import Job
from loyalty.leases import LEASE
from loyalty.merchants.models import JobRun
from tests.makers import NOON, TODAY, make_program

DAY = timedelta(days=1)
AFTER_LEASE = NOON + LEASE


class Diary:
    """A job that writes down what it did, and does first what it is told."""

    def __init__(self) -> None:
        self.days: list[date] = []
        self.bites = 1
        self.trouble: BaseException | None = None

    def __call__(self, day):
        for bite in range(day.reached + 1, self.bites + 1):
            if self.trouble:
                raise self.trouble
            self.days.append(day.on)
            yield bite


@pytest.fixture
def diary(monkeypatch) -> Diary:
    """The only job there is."""
    diary = Diary()
    only = (Job(name="diary", bites=diary, at_letter_hour=False),)
    monkeypatch.setattr(clock, "JOBS", only)
    monkeypatch.setattr(clock, "BY_NAME", {job.name: job for job in only})
    return diary


def keep(at: datetime = NOON, **limits) -> int:
    return clock.keep(clock=lambda: at, **limits)


def only_run() -> JobRun:
    return JobRun.objects.get()


def test_a_job_runs_once_a_day(cafe, diary):
    assert keep() == 1
    assert keep(NOON + timedelta(hours=11)) == 0
    assert diary.days == [TODAY]
    assert keep(NOON + timedelta(hours=12)) == 1  # Midnight in Bangkok.
    assert diary.days == [TODAY, TODAY + DAY]


def test_each_program_has_its_own_day(cafe, diary):
    make_program("tokyo", time_zone="Asia/Tokyo")
    keep()
    diary.days.clear()
    keep(datetime(2026, 6, 2, 16, tzinfo=UTC))  # 23:00 in Bangkok, 1:00 in Tokyo.
    assert diary.days == [TODAY + DAY]


def test_days_that_were_missed_are_made_up_for_in_order(cafe, diary):
    keep()
    diary.days.clear()
    assert keep(NOON + 3 * DAY) == 3
    assert diary.days == [TODAY + DAY, TODAY + 2 * DAY, TODAY + 3 * DAY]


def test_after_a_year_only_a_month_is_made_up_for(cafe, diary):
    keep()
    assert keep(NOON + 365 * DAY) == clock.CATCH_UP_DAYS + 1


def test_a_new_program_begins_today(cafe, diary):
    assert keep() == 1


def test_letters_wait_for_the_merchants_hour(cafe, diary, monkeypatch):
    at_nine = (Job(name="diary", bites=diary),)
    monkeypatch.setattr(clock, "JOBS", at_nine)
    monkeypatch.setattr(clock, "BY_NAME", {"diary": at_nine[0]})
    cafe.letter_hour = 13
    cafe.save()
    assert keep() == 0
    assert keep(NOON + timedelta(hours=1)) == 1


@pytest.mark.parametrize(
    ("on", "due_at"),
    [
        (date(2026, 3, 7), datetime(2026, 3, 7, 14, tzinfo=UTC)),
        (date(2026, 3, 8), datetime(2026, 3, 8, 13, tzinfo=UTC)),  # Clocks go forward.
        (date(2026, 11, 1), datetime(2026, 11, 1, 14, tzinfo=UTC)),  # Clocks go back.
    ],
)
def test_the_hour_is_the_local_one_in_summer_and_winter(db, on, due_at):
    diner = make_program("diner", time_zone="America/New_York", letter_hour=9)
    assert clock.BY_NAME["birthdays"].due_at(diner, on) == due_at


def test_no_day_is_skipped_or_doubled_when_clocks_change(db, diary):
    make_program("diner", time_zone="America/New_York")
    for hour in range(24 * 4):
        keep(datetime(2026, 10, 31, 4, tzinfo=UTC) + timedelta(hours=hour))
    assert diary.days == [date(2026, 10, 31) + number * DAY for number in range(4)]


def test_jobs_of_a_day_run_in_their_order(cafe):
    keep()
    ran = JobRun.objects.order_by("pk").values_list("job", flat=True)
    assert list(ran) == [job.name for job in clock.JOBS]


# --- Workers -------------------------------------------------------------------------------------


def test_a_job_is_claimed_by_one_worker(cafe, diary):
    clock.make_due(now=NOON)
    assert clock.claim(now=NOON)
    assert clock.claim(now=NOON) is None
    assert not clock.has_open(now=NOON)


def test_when_a_worker_is_lost_another_runs_the_job(cafe, diary):
    clock.make_due(now=NOON)
    clock.claim(now=NOON)  # And then it is gone.
    assert keep(NOON + LEASE / 2) == 0
    assert keep(AFTER_LEASE) == 1
    assert only_run().finished_at == AFTER_LEASE


def test_a_later_day_waits_for_the_one_before(cafe, diary):
    keep()
    clock.make_due(now=NOON + 2 * DAY)
    first = clock.claim(now=NOON + 2 * DAY)
    assert first.period == TODAY + DAY
    assert clock.claim(now=NOON + 2 * DAY) is None


def test_a_job_goes_on_where_its_time_was_over(cafe, diary):
    diary.bites = 3
    clock.make_due(now=NOON)
    run = clock.claim(now=NOON)
    assert not clock._run(run, lambda: NOON, ends=0)
    assert (only_run().reached, only_run().finished_at) == (1, None)
    assert keep() == 1
    assert diary.days == [TODAY] * 3


def test_a_worker_that_comes_back_late_stops(cafe, diary):
    diary.bites = 3
    clock.make_due(now=NOON)
    late = clock.claim(now=NOON)
    clock.claim(now=AFTER_LEASE)
    assert not clock._run(late, lambda: AFTER_LEASE, ends=float("inf"))
    assert diary.days == [TODAY]  # One bite, which the other one repeats without effect.
    assert only_run().reached == 0


def test_a_job_that_fails_is_tried_again_and_says_why(cafe, diary):
    diary.trouble = ValueError("no milk")
    assert keep() == 0
    assert only_run().error == "ValueError: no milk"
    diary.trouble = None
    assert keep() == 0
    assert keep(NOON + clock.WAITS[0]) == 1
    assert only_run().error == ""


def test_a_job_that_keeps_failing_is_given_up_and_the_next_day_comes(cafe, diary):
    diary.trouble = ValueError("no milk")
    at = NOON - timedelta(hours=11)
    for wait in [*clock.WAITS, timedelta(0)]:
        keep(at)
        at += wait
    assert only_run().finished_at
    assert only_run().error == "ValueError: no milk"
    diary.trouble = None
    assert keep(NOON + DAY) == 1


def test_a_job_that_loses_each_worker_is_given_up(cafe, diary):
    clock.make_due(now=NOON)
    JobRun.objects.update(attempts=clock.MOST_ATTEMPTS)
    keep()
    assert only_run().error == clock.LOST
    assert not diary.days


def test_one_job_that_fails_does_not_stop_the_others(cafe, diary, monkeypatch):
    broken = Diary()
    broken.trouble = ValueError("no milk")
    both = (Job(name="broken", bites=broken), Job(name="diary", bites=diary))
    monkeypatch.setattr(clock, "JOBS", both)
    monkeypatch.setattr(clock, "BY_NAME", {job.name: job for job in both})
    assert keep() == 1
    assert diary.days == [TODAY]


def test_old_rows_are_forgotten_and_open_ones_kept(cafe, diary):
    keep()
    clock.make_due(now=NOON + DAY)
    clock.forget(before=TODAY + 5 * DAY)
    assert [run.period for run in JobRun.objects.all()] == [TODAY + DAY]
