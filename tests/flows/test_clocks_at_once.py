"""Several clocks at the same moment run each job once."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from loyalty.earning.models import ActivityRecord
from loyalty.flows import clock, daily
from loyalty.ledger.models import Entry
from loyalty.merchants.models import JobRun
from loyalty.messaging.models import Message
from tests.at_once import times
from tests.makers import choose, make_member, make_program, make_rule

pytestmark = pytest.mark.django_db(transaction=True)

DAY = timedelta(days=1)


def morning(program, on: date) -> datetime:
    return clock.BY_NAME["birthdays"].due_at(program, on)


def test_jobs_run_once_however_many_clocks_there_are(monkeypatch):
    monkeypatch.setattr(daily, "BITE", 3)
    cafe = make_program("cafe", pending_days=0)
    make_rule(cafe, trigger="birthday", effect={"kind": "fixed", "points": 10})
    for number in range(10):
        member = make_member(cafe, f"{number}@example.org", birthday=date(1990, 6, 15))
        choose(member, offers=True)
    now = morning(cafe, date(2027, 6, 15))
    times(4, lambda _number: clock.keep(clock=lambda: now))
    while clock.has_open(now=now):
        clock.run_open(clock=lambda: now)
    assert JobRun.objects.count() == len(clock.JOBS)
    assert not JobRun.objects.filter(finished_at=None).exists()
    assert not JobRun.objects.exclude(error="").exists()
    assert ActivityRecord.objects.count() == Entry.objects.count() == 10
    assert Message.objects.count() == 10


def test_one_row_is_claimed_by_one_clock():
    make_program("cafe")
    clock.make_due(now=timezone.now())
    opened = JobRun.objects.count()
    claims = times(8, lambda _number: clock.claim(now=timezone.now()))
    claimed = [run.pk for run in claims if run]
    assert len(claimed) == len(set(claimed)) == min(8, opened)
