"""Owing 20,000 birthday letters on one morning, beside the ten seconds that it may take."""

import time
from datetime import UTC, date, datetime

from django.db import connection

from bench.postgres import Server
from bench.program import analyze, make_program
from bench.result import Result
from loyalty.flows import daily
from loyalty.flows.daily import Day
from loyalty.messaging.models import Message

LETTERS = 20_000
SECONDS = 10.0
THE_DAY = date(2026, 12, 2)
MORNING = datetime(2026, 12, 2, 3, tzinfo=UTC)

_BORN = """
UPDATE members_member SET birthday = '1990-12-02', birthday_set_on = '2025-01-01',
    email = 'm' || id || '@example.org', enrolled_on = '2025-01-01'
"""
_AGREED = """
INSERT INTO members_consent (member_id, channel, purpose, is_given, how, by, wording, at)
SELECT id, 'mail', 'offers', true, 'page', '', '1', now() FROM members_member
"""


def run(server: Server, database: str, scale: float) -> list[Result]:
    program = make_program(LETTERS)
    with connection.cursor() as cursor:
        cursor.execute(_BORN)
        cursor.execute(_AGREED)
    analyze()
    day = Day(program=program, on=THE_DAY, clock=lambda: MORNING)
    started = time.perf_counter()
    for _reached in daily.birthdays(day):
        pass
    spent = time.perf_counter() - started
    owed = Message.objects.filter(template="birthday", status="owed").count()
    if owed != LETTERS:
        raise SystemExit(f"{owed} letters are owed, not {LETTERS}.")
    return [
        Result(f"{LETTERS:,} birthday letters owed", spent, SECONDS, 1, "s", more_is_better=False)
    ]
