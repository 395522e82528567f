"""The rows of usage: read, counted and given back, on whichever database this is."""

from datetime import date
from threading import Barrier, Thread

import pytest
from django.db import connection, transaction

from loyalty.earning import cap_usage
from loyalty.earning.cap_usage import Released
from loyalty.earning.caps import NO_SUBJECT, CapKey
from loyalty.earning.models import CapUsage
from loyalty.merchants.models import Program
from members.models import Member

SUNDAY = date(2026, 6, 7)
WEEK, MONTH = date(2026, 6, 1), date(2026, 6, 1)


def key(
    member: Member | None, period: str = "week", *, subject: str = "", starts: date = WEEK
) -> CapKey:
    return CapKey("rule:3", member and member.account_id, subject, period, starts)


def used(program: Program, *keys: CapKey) -> list[int]:
    with transaction.atomic():
        found = cap_usage.load(keys, program_id=program.pk)
    return [found[one] for one in keys]


def test_what_was_never_used_is_zero(cafe, ana):
    assert used(cafe, key(ana), key(None)) == [0, 0]


def test_what_is_added_is_read_back(cafe, ana, ben):
    cap_usage.add({key(ana): 10, key(ben): 7, key(None): 17}, program_id=cafe.pk)
    cap_usage.add({key(ana): 5, key(None): 5}, program_id=cafe.pk)
    assert used(cafe, key(None), key(ben), key(ana)) == [22, 7, 15]


def test_rows_that_differ_in_one_thing_are_apart(cafe, ana):
    keys = [
        key(ana),
        key(ana, "month"),
        key(ana, subject="facebook"),
        key(ana, starts=date(2026, 6, 8)),
        key(ana)._replace(source="rule:33"),
        key(None),
        key(None, subject="facebook"),
    ]
    cap_usage.add({one: place + 1 for place, one in enumerate(keys)}, program_id=cafe.pk)
    assert used(cafe, *keys) == [1, 2, 3, 4, 5, 6, 7]


def test_nothing_is_written_for_nothing(cafe, ana):
    cap_usage.add({key(ana): 0}, program_id=cafe.pk)
    cap_usage.add({}, program_id=cafe.pk)
    assert used(cafe) == []
    assert not CapUsage.objects.exists()


def test_the_row_of_all_members_is_made_by_asking(cafe):
    assert used(cafe, key(None)) == [0]
    assert CapUsage.objects.get().account_id is None


def test_a_quote_looks_without_touching(cafe, ana):
    cap_usage.add({key(ana): 10}, program_id=cafe.pk)
    assert cap_usage.peek([key(ana), key(None)]) == {key(ana): 10, key(None): 0}
    assert CapUsage.objects.count() == 1


def test_what_is_taken_back_gives_room_in_its_periods(cafe, ana, ben):
    of_sunday = [
        key(ana), key(ana, "month", starts=MONTH), key(ana, "day", starts=SUNDAY), key(None),
        key(ana, subject="facebook"),
    ]  # fmt: skip
    others = [key(ben), key(ana, starts=date(2026, 6, 8)), key(ana, subject="line")]
    cap_usage.add(dict.fromkeys([*of_sunday, *others], 30), program_id=cafe.pk)
    cap_usage.release([Released("rule:3", ana.account_id, "facebook", SUNDAY, 10)])
    assert used(cafe, *of_sunday) == [20] * 5
    assert used(cafe, *others) == [30] * 3


def test_what_had_no_subject_gives_room_where_it_was_counted(cafe, ana):
    cap_usage.add({key(ana, subject=NO_SUBJECT): 20, key(ana): 20}, program_id=cafe.pk)
    cap_usage.release([Released("rule:3", ana.account_id, "", SUNDAY, 20)])
    assert used(cafe, key(ana, subject=NO_SUBJECT), key(ana)) == [0, 0]


def test_room_is_never_more_than_the_cap(cafe, ana):
    cap_usage.add({key(ana): 5}, program_id=cafe.pk)
    cap_usage.release([Released("rule:3", ana.account_id, "", SUNDAY, 30)])
    assert used(cafe, key(ana)) == [0]


def test_a_thousand_members_are_counted_in_one_statement(cafe, ana, django_assert_num_queries):
    keys = {key(ana, subject=f"video-{number}"): 1 for number in range(1000)}
    with django_assert_num_queries(1):
        cap_usage.add(keys, program_id=cafe.pk)
    with django_assert_num_queries(1):
        assert sum(cap_usage.load(keys, program_id=cafe.pk).values()) == 1000


@pytest.mark.django_db(transaction=True)
def test_a_cap_in_total_holds_when_many_come_at_once(cafe):
    """Eight tills ask for two rows in opposite order: 50 points are given, and nobody hangs."""
    week, month = key(None), key(None, "month")
    given: list[int] = []
    start = Barrier(8)

    def come(number: int) -> None:
        asked = (week, month) if number % 2 else (month, week)
        start.wait()
        try:
            for _ in range(5):
                with transaction.atomic():
                    found = cap_usage.load(asked, program_id=cafe.pk)
                    points = min(10, 50 - found[week])
                    cap_usage.add({week: points, month: points}, program_id=cafe.pk)
                    given.append(points)
        finally:
            connection.close()

    threads = [Thread(target=come, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(given) == 40
    assert sum(given) == 50
    assert used(cafe, week, month) == [50, 50]
