"""Nightly jobs: what failed and why; what was given up is run again once."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from loyalty.dashboard import jobs, sealed
from loyalty.flows import clock
from loyalty.merchants.models import AuditEntry, JobRun, Role
from tests.makers import make_staff

LIST = "/dashboard/cafe/jobs/"
ON = date(2026, 6, 2)


def run(program, job="birthdays", *, on=ON, **fields) -> JobRun:
    return JobRun.objects.create(program=program, job=job, period=on, **fields)


@pytest.fixture
def given_up(cafe) -> JobRun:
    return run(cafe, error="ValueError: no milk", attempts=8, finished_at=timezone.now())


def shown(answer) -> list[JobRun]:
    assert answer.status_code == 200
    return [row["run"] for row in answer.context["rows"]]


def states(answer) -> list[str]:
    return [str(row["state"]) for row in answer.context["rows"]]


def again(client, job: JobRun):
    token = sealed.seal(job.pk, jobs.JOB)
    return client.post(f"{LIST}again/", {"job": token}, follow=True)


def test_each_job_has_a_name() -> None:
    assert clock.BY_NAME.keys() <= jobs.NAMES.keys()


def test_what_failed_is_shown_with_its_reason(desk, cafe, given_up) -> None:
    now = timezone.now()
    failed = run(cafe, "expire", error="OSError: no space", due_at=now + timedelta(minutes=5))
    late = run(cafe, "seal", due_at=now - timedelta(hours=2))
    run(cafe, "audit", finished_at=now)
    run(cafe, "full_cards", due_at=now)
    answer = desk.get(LIST)
    assert shown(answer) == [late, failed, given_up]
    assert states(answer) == ["Late", "Failed, is tried again", "Given up"]
    page = answer.content.decode()
    for told in ("no milk", "no space", "Birthdays", "tried 8 times", "2 June 2026", "Run again"):
        assert told in page


def test_all_of_them_are_shown_too(desk, cafe, given_up) -> None:
    now = timezone.now()
    run(cafe, "audit", finished_at=now)
    run(cafe, "seal", leased_until=now + timedelta(seconds=9), lease="x")
    assert states(desk.get(f"{LIST}?all")) == ["At work", "Done", "Given up"]


def test_when_each_job_ran_the_page_says_so(desk, cafe) -> None:
    assert "Every job ran" in desk.get(LIST).content.decode()


def test_each_page_goes_on_where_the_last_ended(desk, cafe) -> None:
    for number in range(45):
        run(cafe, on=ON + timedelta(days=number), error="x")
    first = desk.get(LIST)
    second = desk.get(LIST + first.context["older"])
    assert [len(shown(it)) for it in (first, second)] == [40, 5]
    assert desk.get(f"{LIST}?before=17").status_code == 404


def test_no_job_shows_its_number(desk, given_up) -> None:
    token = re.search(r'name="job" value="([^"]+)"', desk.get(LIST).content.decode())[1]
    assert sealed.unseal(token, jobs.JOB) == given_up.pk


def test_a_job_that_was_given_up_is_run_again_once(desk, given_up) -> None:
    assert "It is run again now." in again(desk, given_up).content.decode()
    given_up.refresh_from_db()
    assert (given_up.finished_at, given_up.attempts, given_up.error) == (None, 0, "")
    clock.run_open(clock=timezone.now)
    given_up.refresh_from_db()
    assert given_up.finished_at
    assert "was done meanwhile" in again(desk, given_up).content.decode()
    assert AuditEntry.objects.get(action="job.retry").after == {
        "job": "birthdays",
        "day": "2026-06-02",
    }


def test_a_job_at_work_is_left_alone(desk, given_up) -> None:
    JobRun.objects.update(
        finished_at=None, lease="x", leased_until=timezone.now() + timedelta(seconds=9)
    )
    assert "at work" in again(desk, given_up).content.decode()
    assert JobRun.objects.get().lease == "x"


def test_all_that_failed_are_run_again_at_once(desk, cafe, bakery, given_up) -> None:
    run(cafe, "expire", error="OSError", due_at=timezone.now() + timedelta(hours=5))
    theirs = run(bakery, error="OSError", finished_at=timezone.now())
    page = desk.post(f"{LIST}all-again/", follow=True).content.decode()
    assert "2 jobs are run again now." in page
    assert clock.run_open(clock=timezone.now) == 2
    theirs.refresh_from_db()
    assert theirs.error
    assert "no job to run again" in desk.post(f"{LIST}all-again/", follow=True).content.decode()
    assert AuditEntry.objects.get(action="job.retry_all").after == {"jobs": 2}


@pytest.mark.parametrize("job", ["", "x", "1"])
def test_a_job_that_there_is_not(desk, cafe, job) -> None:
    answer = desk.post(f"{LIST}again/", {"job": job})
    assert answer.status_code == 409
    assert "There is no such job." in answer.content.decode()


def test_a_job_of_others_is_none(desk, bakery) -> None:
    theirs = run(bakery, error="x", finished_at=timezone.now())
    assert again(desk, theirs).status_code == 409
    assert shown(desk.get(f"{LIST}?all")) == []


def test_who_only_reads_runs_nothing_again(cafe, given_up, sign_in) -> None:
    analyst = sign_in(make_staff(cafe, Role.ANALYST))
    assert "Run again" not in analyst.get(LIST).content.decode()
    assert again(analyst, given_up).status_code == 403
    assert analyst.post(f"{LIST}all-again/").status_code == 403
