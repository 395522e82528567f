"""When: by the program's own clock. Windows are half-open."""

import pytest

from tests.earning.makers import bought, holds

MORNING = {"kind": "hours", "starts": "09:00", "ends": "11:00"}
NIGHT = {"kind": "hours", "starts": "22:00", "ends": "02:00"}
EVENING = {"kind": "hours", "starts": "18:00", "ends": "00:00"}
JUNE = {"kind": "dates", "starts_on": "2026-06-01", "ends_on": "2026-07-01"}


@pytest.mark.parametrize(
    ("condition", "at", "expected"),
    [
        ({"kind": "weekday", "days": ["mon"]}, "2026-06-01 23:59:59", True),
        ({"kind": "weekday", "days": ["mon"]}, "2026-06-02 00:00", False),
        ({"kind": "weekday", "days": ["sun", "sat"]}, "2026-06-07 12:00", True),
        (MORNING, "2026-06-02 08:59:59.999999", False),
        (MORNING, "2026-06-02 09:00", True),
        (MORNING, "2026-06-02 10:59:59.999999", True),
        (MORNING, "2026-06-02 11:00", False),
        (NIGHT, "2026-06-02 21:59", False),
        (NIGHT, "2026-06-02 22:00", True),
        (NIGHT, "2026-06-02 00:00", True),
        (NIGHT, "2026-06-02 01:59", True),
        (NIGHT, "2026-06-02 02:00", False),
        (EVENING, "2026-06-02 23:59", True),
        (EVENING, "2026-06-02 00:00", False),
        (JUNE, "2026-05-31 23:59", False),
        (JUNE, "2026-06-01 00:00", True),
        (JUNE, "2026-06-30 23:59", True),
        (JUNE, "2026-07-01 00:00", False),
        ({"kind": "dates", "starts_on": "2026-06-01"}, "2099-01-01 00:00", True),
        ({"kind": "dates", "ends_on": "2026-06-01"}, "2026-05-31 23:59", True),
        ({"kind": "dates", "ends_on": "2026-06-01"}, "2026-06-01 00:00", False),
    ],
)
def test_a_window_holds_its_start_and_not_its_end(condition, at, expected):
    assert holds(condition, bought(spend=1, at=at)) is expected
