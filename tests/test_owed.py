"""What is owed and late is said, whatever else there is, and without reading it all."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from loyalty import owed
from loyalty.flows import sweep
from loyalty.flows.pay import pay
from loyalty.ledger.models import Tally
from loyalty.merchants.models import Heartbeat, JobRun
from loyalty.messaging.models import Message
from tests.makers import NOON, give, make_member

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def write(program, **fields) -> Message:
    fields = {"to": "ana@example.org", "template": "welcome", "due_at": NOON} | fields
    return Message.objects.create(program=program, key=f"k{Message.objects.count()}", **fields)


def job(program, name="birthdays", **fields) -> JobRun:
    fields = {"period": date(2026, 6, 2), "due_at": NOON} | fields
    return JobRun.objects.create(program=program, job=name, **fields)


def age(kind: str, after: timedelta = HOUR) -> int:
    return owed.ages(NOON + after)[kind]


def test_nothing_is_owed_at_first(db):
    assert set(owed.ages(NOON).values()) == {0}
    assert set(owed.given_up().values()) == {0}
    assert owed.late(NOON) == []


def test_the_oldest_letter_that_is_due_tells_its_age(cafe):
    write(cafe)
    write(cafe, due_at=NOON + HOUR / 2)
    write(cafe, status="sent", due_at=NOON - DAY)
    write(cafe, due_at=NOON + DAY)
    assert age("letters") == 3600
    assert age("urgent_letters") == 0


def test_a_code_is_late_after_two_minutes(db):
    write(None, template="sign_in_code", must_arrive=True, context={"code": ""})
    assert owed.late(NOON + timedelta(minutes=2)) == []
    assert owed.late(NOON + timedelta(minutes=2, seconds=1)) == ["urgent_letters"]


def test_a_letter_that_waits_for_its_next_try_is_not_late(cafe):
    write(cafe, due_at=NOON + HOUR, attempts=3, error="timed out")
    assert owed.late(NOON + HOUR) == []


def test_a_job_that_nobody_is_at_is_late(cafe):
    job(cafe)
    assert age("jobs") == 3600
    JobRun.objects.update(leased_until=NOON + HOUR + timedelta(seconds=9))
    assert age("jobs") == 0


def test_a_day_that_waits_for_the_one_before_is_not_late_itself(cafe):
    job(cafe, due_at=NOON + DAY, error="OSError", attempts=4)
    job(cafe, period=date(2026, 6, 3))
    assert age("jobs") == 0


def test_points_and_vouchers_tell_theirs(cafe):
    cafe.pay_points = cafe.pay_minor = 100
    cafe.save()
    ana = make_member(cafe)
    give(ana, 1_000)
    give(ana, 50, available_at=NOON + HOUR / 2, expires_on=None)
    pay(ana, amount_minor=500, key="click", now=NOON)
    assert (age("pending_points"), age("vouchers")) == (1800, 1800)
    sweep.sweep(clock=lambda: NOON + HOUR)
    assert (age("pending_points"), age("vouchers")) == (0, 0)


def test_figures_are_late_when_there_are_many(cafe, monkeypatch):
    monkeypatch.setattr(owed, "MOST_TALLIES", 2)
    for _number in range(3):
        assert owed.late(NOON) == []
        Tally.objects.create(program=cafe, on=NOON.date(), measure="sales", count=1, amount=1)
    assert owed.late(NOON) == ["figures"]


def test_what_was_given_up_is_counted(cafe, monkeypatch):
    monkeypatch.setattr(owed, "MOST_COUNTED", 3)
    for status in ("dead", "unknown", "sent", "dropped"):
        write(cafe, status=status)
    job(cafe, error="OSError", finished_at=NOON)
    job(cafe, "expire", error="OSError")
    assert owed.given_up() == {"letters": 2, "jobs": 1, "arrivals": 0}
    for _number in range(3):
        write(cafe, status="dead")
    assert owed.given_up()["letters"] == 3


def test_work_that_is_late_turns_nobody_away(client, cafe):
    Heartbeat.objects.create(name="worker", beaten_at=timezone.now())
    write(cafe, must_arrive=True, due_at=timezone.now() - HOUR)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["ready"], told["work"]) == (True, "late: urgent_letters")
    assert 3600 <= told["waiting_seconds"]["urgent_letters"] < 3700
    assert told["given_up"] == {"letters": 0, "jobs": 0, "arrivals": 0}


@pytest.mark.django_db
def test_no_question_reads_a_whole_table():
    """Each finds its rows by an index, however few the test has."""
    with CaptureQueriesContext(connection) as asked:
        owed.late(NOON)
        owed.given_up()
    assert len(asked) == len(owed.KINDS) + 2 + 3
    for question in asked.captured_queries:
        assert not scans(question["sql"]), question["sql"]


def scans(sql: str) -> list[str]:
    """The steps of a plan that read a table from end to end."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}")
            return [line for (line,) in cursor.fetchall() if "Seq Scan" in line]
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        steps = [row[3] for row in cursor.fetchall()]
    if "WHERE" not in sql and sql.endswith("LIMIT 1"):
        return []  # From one end of the table, in the order of its rows.
    found = [step for step in steps if step.startswith("SCAN") and "INDEX" not in step]
    return [step for step in found if step != "SCAN subquery"]  # Of at most a thousand rows.
