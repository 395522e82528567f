"""The calendar of tiers: which days count together, and until when a tier is kept."""

from datetime import date

import pytest

from loyalty.localized import Localized
from members.ladder import (
    FOREVER,
    Ladder,
    Rung,
    kept_until,
    leaves_on,
    live_windows,
    membership_year,
    rung_for,
    window_of,
)

JOINED = date(2025, 6, 2)
LEAPT = date(2024, 2, 29)


def ladder(window: str = "calendar_year", **fields: int) -> Ladder:
    rungs = [
        Rung(id=10 + rank, rank=rank, name=Localized(en=str(rank)), threshold=threshold)
        for rank, threshold in enumerate([0, 200, 500])
    ]
    return Ladder(window=window, rungs=tuple(rungs), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measured", "rank"), [(-5, 0), (0, 0), (199, 0), (200, 1), (499, 1), (500, 2), (10**9, 2)]
)
def test_a_threshold_is_reached_exactly(measured: int, rank: int) -> None:
    rung = rung_for(ladder(), measured)
    assert rung is not None
    assert rung.rank == rank


def test_without_tiers_there_is_nothing_to_reach() -> None:
    assert rung_for(Ladder(), 10**9) is None
    assert Ladder().base is None


def test_a_calendar_year_is_half_open() -> None:
    window = (date(2027, 1, 1), date(2028, 1, 1))
    for on in (date(2027, 1, 1), date(2027, 12, 31)):
        assert window_of(ladder(), on, JOINED) == window
    assert window_of(ladder(), date(2028, 1, 1), JOINED)[0] == date(2028, 1, 1)


def test_a_year_of_membership_runs_from_anniversary_to_anniversary() -> None:
    years = ladder("membership_year")
    assert window_of(years, date(2027, 6, 1), JOINED) == (date(2026, 6, 2), date(2027, 6, 2))
    assert window_of(years, date(2027, 6, 2), JOINED) == (date(2027, 6, 2), date(2028, 6, 2))


def test_before_joining_there_is_no_year_of_membership() -> None:
    start, end = window_of(ladder("membership_year"), date(2025, 5, 1), JOINED)
    assert (start, end) == (JOINED, date(2026, 6, 2))


@pytest.mark.parametrize(
    ("on", "start", "end"),
    [
        (date(2024, 2, 29), date(2024, 2, 29), date(2025, 2, 28)),
        (date(2025, 2, 27), date(2024, 2, 29), date(2025, 2, 28)),
        (date(2025, 2, 28), date(2025, 2, 28), date(2026, 2, 28)),
        (date(2028, 2, 28), date(2027, 2, 28), date(2028, 2, 29)),
        (date(2028, 2, 29), date(2028, 2, 29), date(2029, 2, 28)),
    ],
)
def test_who_joined_on_29_february_keeps_28_february(on: date, start: date, end: date) -> None:
    assert window_of(ladder("membership_year"), on, LEAPT) == (start, end)
    assert membership_year(on, LEAPT) == start.year


def test_the_last_12_months_end_with_the_day_itself() -> None:
    window = window_of(ladder("rolling"), date(2027, 3, 2), JOINED)
    assert window == (date(2026, 3, 3), date(2027, 3, 3))


@pytest.mark.parametrize("day", [date(2027, 3, 2), LEAPT, date(2027, 2, 28), date(2023, 12, 31)])
def test_a_day_leaves_the_last_12_months_once(day: date) -> None:
    rolling, gone = ladder("rolling"), leaves_on(day)
    start, _end = window_of(rolling, gone, JOINED)
    assert day < start
    start, end = window_of(rolling, date.fromordinal(gone.toordinal() - 1), JOINED)
    assert start <= day < end


def test_since_joining_begins_on_the_day_of_joining() -> None:
    assert window_of(ladder("since_joining"), date(2030, 1, 1), JOINED) == (JOINED, FOREVER)
    assert window_of(ladder("lifetime"), date(2030, 1, 1), JOINED)[0] < date(1900, 1, 1)


def test_a_tier_is_kept_to_the_end_of_the_next_year() -> None:
    on = date(2027, 3, 2)
    assert kept_until(ladder(), on, JOINED, on) == date(2029, 1, 1)
    assert kept_until(ladder(kept_years=0), on, JOINED, on) == date(2028, 1, 1)
    assert kept_until(ladder("membership_year"), on, JOINED, on) == date(2028, 6, 2)
    assert kept_until(ladder("membership_year"), LEAPT, LEAPT, on) == date(2026, 2, 28)


def test_a_rolling_tier_is_kept_until_its_oldest_day_is_12_months_old() -> None:
    assert kept_until(ladder("rolling"), date(2027, 3, 2), JOINED, LEAPT) == date(2025, 3, 1)


def test_what_counts_for_good_is_kept_for_good() -> None:
    for window in ("since_joining", "lifetime"):
        assert kept_until(ladder(window), JOINED, JOINED, JOINED) is None


def test_the_windows_that_hold_a_tier_reach_back_by_the_years_it_is_kept() -> None:
    today = date(2029, 1, 1)
    assert [start.year for start, _ in live_windows(ladder(), today, JOINED)] == [2029, 2028]
    assert [start.year for start, _ in live_windows(ladder(kept_years=0), today, JOINED)] == [2029]
    years = live_windows(ladder("membership_year", kept_years=2), date(2026, 7, 1), JOINED)
    assert [start for start, _ in years] == [date(2026, 6, 2), JOINED]
    assert len(live_windows(ladder("rolling"), today, JOINED)) == 1
