"""What "the last 30 days" are, and what they are compared with."""

from datetime import date

import pytest

from loyalty.insights.overview import months_of
from loyalty.insights.periods import MOST_DAYS, Span, period_of

TODAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("name", "since", "before"),
    [
        ("today", date(2026, 3, 31), date(2026, 3, 30)),
        ("7", date(2026, 3, 25), date(2026, 3, 18)),
        ("30", date(2026, 3, 2), date(2026, 1, 31)),
        ("90", date(2026, 1, 1), date(2025, 10, 3)),
        ("nonsense", date(2026, 3, 2), date(2026, 1, 31)),
    ],
)
def test_days_up_to_today_are_held_against_as_many_before(name, since, before) -> None:
    period = period_of(name, TODAY)
    assert period.span == Span(since, date(2026, 4, 1))
    assert period.before == Span(before, since)


def test_a_month_is_held_against_the_same_days_of_the_last() -> None:
    period = period_of("month", date(2026, 3, 10))
    assert period.span == Span(date(2026, 3, 1), date(2026, 3, 11))
    assert period.before == Span(date(2026, 2, 1), date(2026, 2, 11))


def test_a_long_month_is_held_against_all_of_a_short_one() -> None:
    assert period_of("month", TODAY).before == Span(date(2026, 2, 1), date(2026, 3, 1))


def test_a_custom_period_holds_its_last_day() -> None:
    period = period_of("custom", TODAY, first=date(2026, 1, 5), last=date(2026, 1, 6))
    assert period.span == Span(date(2026, 1, 5), date(2026, 1, 7))
    assert period.before == Span(date(2026, 1, 3), date(2026, 1, 5))


def test_a_custom_period_without_days_is_the_usual_one() -> None:
    assert period_of("custom", TODAY).name == "30"
    assert period_of("custom", TODAY, first=TODAY, last=date(2026, 1, 1)).name == "30"


def test_a_custom_period_is_bounded() -> None:
    period = period_of("custom", TODAY, first=date(1990, 1, 1), last=TODAY)
    assert period.span.days == MOST_DAYS


def test_a_long_span_is_told_by_its_months() -> None:
    months = months_of(Span(date(2025, 12, 30), date(2026, 2, 3)))
    assert months == [
        Span(date(2025, 12, 30), date(2026, 1, 1)),
        Span(date(2026, 1, 1), date(2026, 2, 1)),
        Span(date(2026, 2, 1), date(2026, 2, 3)),
    ]
