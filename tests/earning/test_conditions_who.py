"""Who: tier, history, joining, birthday."""

from datetime import date

import pytest

from tests.earning.makers import bought, done, holds


@pytest.mark.parametrize(
    ("condition", "ranks"),
    [
        ({"kind": "tier", "from_rank": 1}, [1, 2]),
        ({"kind": "tier", "from_rank": 0}, [0, 1, 2]),
        ({"kind": "tier", "ranks": [2, 0]}, [0, 2]),
    ],
)
def test_a_tier_is_named_or_a_least_one(condition, ranks):
    assert [rank for rank in range(3) if holds(condition, bought(spend=1, tier_rank=rank))] == ranks


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ({"kind": "first_purchase"}, [1]),
        ({"kind": "nth_purchase", "n": 3}, [3]),
        ({"kind": "nth_purchase", "n": 3, "every": True}, [3, 6, 9]),
    ],
)
def test_purchases_are_counted_from_one(condition, numbers):
    bills = {number: bought(spend=1, purchases_before=number - 1) for number in range(1, 10)}
    assert [number for number, bill in bills.items() if holds(condition, bill)] == numbers


def test_the_first_video_ever_is_the_first():
    first = {"kind": "nth_activity", "n": 1}
    assert holds(first, done("video", activities_before=0))
    assert not holds(first, done("video", activities_before=1))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2025-06-02 12:00", True),
        ("2025-07-02 23:59", True),
        ("2025-07-03 00:00", False),
        ("2025-05-01 12:00", True),  # Bought before joining, and paid on joining.
    ],
)
def test_a_member_is_new_until_the_last_of_the_days(at, expected):
    assert holds({"kind": "new_member", "days": 30}, bought(spend=1, at=at)) is expected


@pytest.mark.parametrize(
    ("last", "expected"), [(date(2026, 3, 4), True), (date(2026, 3, 5), False), (None, False)]
)
def test_a_member_comes_back_after_so_many_days(last, expected):
    activity = bought(spend=1, last_purchase_on=last)  # On 2 June.
    assert holds({"kind": "returning", "days": 90}, activity) is expected


@pytest.mark.parametrize(
    ("birthday", "expected"),
    [(date(1990, 6, 30), True), (date(1990, 7, 1), False), (None, False)],
)
def test_the_month_of_the_birthday_is_a_month(birthday, expected):
    assert holds({"kind": "birthday_month"}, bought(spend=1, birthday=birthday)) is expected


@pytest.mark.parametrize(
    ("set_on", "expected"), [(date(2026, 5, 3), True), (date(2026, 5, 4), False)]
)
def test_a_birthday_is_not_set_for_the_day_one_shops(set_on, expected):
    activity = bought(spend=1, birthday=date(1990, 6, 30), birthday_set_on=set_on)  # On 2 June.
    assert holds({"kind": "birthday_month"}, activity) is expected
