"""The quick form of ``python -m bench.rig.time``: a few edges of each kind, in some zones."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from bench.rig.clocks import oracle
from bench.rig.clocks.trials import SHORT, TRIALS, Asked

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
AN_HOUR = timedelta(hours=1)
# Samoa left a day out; Cairo's summer begins at a midnight that is not there; the first of March of
# 2027 is a Monday too.
DAYS = {
    "Pacific/Apia": [date(2011, 12, 31)],
    "Africa/Cairo": [date(2026, 4, 24), date(2026, 4, 25), date(2027, 3, 1), date(2028, 2, 29)],
}


@pytest.mark.parametrize("zone", DAYS)
@pytest.mark.parametrize("trial", TRIALS)
def test_nothing_of_a_day_comes_early_late_or_twice(trial: str, zone: str) -> None:
    asked = Asked(zone, DAYS[zone], SHORT, random.Random(7), AN_HOUR)
    TRIALS[trial](asked)
    assert asked.questions
    assert asked.wrong == []


@pytest.mark.parametrize(
    ("zone", "day", "instant"),
    [
        ("Asia/Bangkok", date(2026, 6, 2), "2026-06-01T17:00"),
        ("America/New_York", date(2026, 3, 8), "2026-03-08T05:00"),
        ("America/New_York", date(2026, 3, 9), "2026-03-09T04:00"),
        ("Africa/Cairo", date(2026, 4, 24), "2026-04-23T22:00"),  # One o'clock.
        ("Asia/Beirut", date(2026, 3, 29), "2026-03-28T22:00"),  # One o'clock.
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00"),  # The 31st.
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00"),
        ("Australia/Lord_Howe", date(2026, 10, 5), "2026-10-04T13:00"),
        ("Pacific/Kiritimati", date(2028, 2, 29), "2028-02-28T10:00"),
    ],
)
def test_the_oracle_looks_at_the_right_clock(zone, day, instant) -> None:
    assert oracle.begins(day, zone) == datetime.fromisoformat(instant).replace(tzinfo=UTC)


def test_the_oracle_finds_the_days_on_which_clocks_change() -> None:
    turning = {date(2026, 3, 8), date(2026, 3, 9), date(2026, 11, 1), date(2026, 11, 2)}
    assert turning <= set(oracle.edges("America/New_York", long=False))
    assert oracle.leaves(date(2027, 2, 28)) == date(2028, 2, 28)
    assert oracle.leaves(date(2028, 2, 29)) == date(2029, 3, 1)
