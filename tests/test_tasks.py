"""What the worker runs: each task finds what is due, and may run as often as it likes."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import DatabaseError
from django.utils import timezone

from loyalty import tasks
from loyalty.celery import app
from loyalty.flows import sweep
from loyalty.ledger import sweeps
from loyalty.ledger.models import DayFigure, Tally
from loyalty.merchants.models import Heartbeat, JobRun, KeyedRequest
from loyalty.messaging import outbox, waking
from loyalty.messaging.models import Message
from tests.makers import balance, buy, give, make_member, make_program

DAY = timedelta(days=1)


@pytest.fixture
def woken(monkeypatch) -> list[str]:
    """The tasks that somebody was woken for."""
    names: list[str] = []
    monkeypatch.setattr(waking, "wake", lambda task=waking.LETTERS, **_how: names.append(task))
    return names


@pytest.fixture
def bakery(db):
    return make_program("bakery")


def test_the_timetable_names_tasks_that_there_are():
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks
    assert {waking.LETTERS, waking.JOBS} <= set(app.tasks)


def test_a_sweep_makes_pending_points_available(ana):
    now = timezone.now()
    give(ana, 50, now=now - 2 * DAY, available_at=now - DAY, expires_on=None)
    assert (balance(ana).points, balance(ana).pending) == (0, 50)
    tasks.sweep()
    tasks.sweep()
    assert (balance(ana).points, balance(ana).pending) == (50, 0)


def test_a_sweep_adds_the_days_up(ana):
    buy(ana, 10_00)
    assert Tally.objects.exists()
    tasks.sweep()
    assert not Tally.objects.exists()
    figures = {it.measure: (it.count, it.amount) for it in DayFigure.objects.all()}
    tasks.sweep()
    assert {it.measure: (it.count, it.amount) for it in DayFigure.objects.all()} == figures
    assert (1, 1000) in figures.values()


def test_a_sweep_sends_letters(ana):
    buy(ana, 10_00)
    tasks.sweep()
    tasks.letters()
    assert [letter.subject for letter in mail.outbox] == ["You have earned 10 points"]
    assert Message.objects.get().status == "sent"


def test_a_sweep_shows_that_the_worker_lives(db):
    tasks.sweep()
    assert timezone.now() - Heartbeat.objects.get().beaten_at < timedelta(seconds=10)


def test_a_sweep_asks_for_jobs_that_a_lost_worker_left(cafe, woken):
    tasks.sweep()
    assert woken == []
    JobRun.objects.create(job="expire", program=cafe, period=timezone.now().date() - DAY)
    tasks.sweep()
    assert woken == [waking.JOBS]
    tasks.jobs()
    assert JobRun.objects.get().finished_at


def test_the_clock_runs_what_has_come_due(cafe):
    tasks.clock()
    tasks.clock()
    assert JobRun.objects.filter(job="expire").count() == 1
    assert not JobRun.objects.filter(finished_at=None).exists()


def test_the_clock_forgets_answers_after_ninety_days(cafe):
    now = timezone.now()
    for days in (89, 91):
        KeyedRequest.objects.create(
            program=cafe, route="purchases", key=str(days), asked_at=now - days * DAY
        )
    Heartbeat.objects.create(name="worker on a machine of old", beaten_at=now - 2 * DAY)
    tasks.clock()
    assert [request.key for request in KeyedRequest.objects.all()] == ["89"]
    assert not Heartbeat.objects.filter(name="worker on a machine of old").exists()


def test_the_clock_forgets_letters_about_signing_in_after_a_month(db):
    now = timezone.now()
    for days in (29, 31):
        Message.objects.create(
            key=str(days), to="zoe@example.org", template="no_account", owed_at=now - days * DAY
        )
    tasks.clock()
    assert [letter.key for letter in Message.objects.all()] == ["29"]


def test_owing_a_letter_wakes_a_worker_after_the_commit(
    cafe, woken, django_capture_on_commit_callbacks
):
    ana = make_member(cafe)
    letter = outbox.Letter(
        program_id=cafe.pk, key="a", to=ana.email, template="welcome", language="en",
        account_id=ana.account_id, context={"awards": []},
    )  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        outbox.owe([letter], now=timezone.now())
        assert woken == []
    assert woken == [waking.LETTERS]


def test_a_part_of_the_sweep_that_fails_keeps_no_other_waiting(ana, bakery, monkeypatch):
    """Nor one program another, which also has points that are due."""
    now = timezone.now()
    ben = make_member(bakery, "ben@example.org")
    for member in (ana, ben):
        give(member, 50, now=now - 2 * DAY, available_at=now - DAY, expires_on=None)
    buy(ana, 10_00)
    mature = sweeps.mature_due

    def not_for_the_cafe(program_id, *, at):
        if program_id == ana.program_id:
            raise DatabaseError("deadlock detected")
        return mature(program_id, at=at)

    monkeypatch.setattr(sweeps, "mature_due", not_for_the_cafe)
    monkeypatch.setattr(sweep.lapse, "lapse_due", lambda **_told: 1 / 0)
    tasks.sweep()
    assert (balance(ana).pending, balance(ben).points) == (50, 50)
    assert not Tally.objects.exists()
    assert Message.objects.get().status == "sent"
