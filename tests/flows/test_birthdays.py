"""Birthdays (P06): paid once a year, whatever the member edits."""

from datetime import UTC, date, datetime

import pytest

from loyalty.earning.models import ActivityRecord
from loyalty.flows import daily, profile
from loyalty.flows.daily import Day
from loyalty.merchants.models import Program
from loyalty.messaging.models import Message
from members.models import Member
from tests.flows.a_day import DAY, TEN, born, joined, on
from tests.makers import make_member, make_rule, points


@pytest.fixture
def festive(cafe) -> Program:
    make_rule(cafe, trigger="birthday", effect=TEN)
    return cafe


@pytest.mark.parametrize(
    ("birthday", "paid"),
    [
        (date(1996, 2, 29), [date(2027, 2, 28), date(2028, 2, 29)]),
        (date(1996, 2, 28), [date(2027, 2, 28), date(2028, 2, 28)]),
        (date(1996, 12, 31), [date(2027, 12, 31)]),
        (date(1996, 1, 1), [date(2027, 1, 1), date(2028, 1, 1)]),
    ],
)
def test_a_birthday_pays_once_a_year(festive, birthday, paid):
    ana = born(festive, birthday)
    days = [
        date(2027, 1, 1), date(2027, 2, 27), date(2027, 2, 28), date(2027, 3, 1),
        date(2027, 12, 31), date(2028, 1, 1), date(2028, 2, 28), date(2028, 2, 29),
        date(2028, 3, 1),
    ]  # fmt: skip
    got = []
    for day in days:
        before = points(ana)
        on(daily.birthdays, festive, day)
        got += [day] if points(ana) > before else []
    assert got == paid


def test_a_birthday_that_is_moved_after_it_paid_pays_no_more_this_year(festive):
    ana = born(festive, date(1990, 3, 10))
    on(daily.birthdays, festive, date(2027, 3, 10))
    Member.objects.update(birthday=date(1990, 8, 20), birthday_set_on=date(2027, 3, 11))
    on(daily.birthdays, festive, date(2027, 8, 20))
    assert points(ana) == 10


def test_a_birthday_that_is_moved_over_the_new_year_waits_for_a_whole_year(festive):
    ana = born(festive, date(1990, 12, 20))
    on(daily.birthdays, festive, date(2026, 12, 20))
    Member.objects.update(birthday=date(1990, 3, 1), birthday_set_on=date(2026, 12, 21))
    on(daily.birthdays, festive, date(2027, 3, 1))
    assert points(ana) == 10
    on(daily.birthdays, festive, date(2028, 3, 1))
    assert points(ana) == 20


@pytest.mark.parametrize(("days_before", "paid"), [(29, 0), (30, 10)])
def test_a_birthday_must_be_set_in_time(festive, days_before, paid):
    ana = make_member(festive)
    set_on = date(2027, 6, 15) - days_before * DAY
    now = datetime(set_on.year, set_on.month, set_on.day, 5, tzinfo=UTC)
    profile.change(ana, now=now, birthday=date(1990, 6, 15))
    on(daily.birthdays, festive, date(2027, 6, 15))
    assert points(ana) == paid
    on(daily.birthdays, festive, date(2028, 6, 15))
    assert points(ana) == paid + 10


@pytest.mark.parametrize(("days_before", "paid"), [(29, 0), (30, 10)])
def test_one_does_not_join_for_a_birthday(festive, days_before, paid):
    """Nor join ten times for ten of them."""
    ana = joined(festive, date(2027, 6, 15) - days_before * DAY, birthday=date(1990, 6, 15))
    on(daily.birthdays, festive, date(2027, 6, 15))
    assert points(ana) == paid


def test_nobody_is_given_a_birthday_of_before_they_joined(festive):
    ana = joined(festive, date(2027, 6, 18), birthday=date(1990, 6, 15))
    on(daily.birthdays, festive, date(2027, 6, 15), late=5 * DAY)
    assert points(ana) == 0


def test_the_letter_names_the_present(festive):
    ana = born(festive, date(1990, 6, 15))
    on(daily.birthdays, festive, date(2027, 6, 15))
    on(daily.birthdays, festive, date(2027, 6, 15))
    letter = Message.objects.get()
    assert letter.template == "birthday"
    assert [award["points"] for award in letter.context["awards"]] == [10]
    assert letter.account_id == ana.account_id


def test_without_a_rule_there_is_still_a_greeting(cafe):
    born(cafe, date(1990, 6, 15))
    on(daily.birthdays, cafe, date(2027, 6, 15))
    assert Message.objects.get().context == {"awards": []}
    assert not ActivityRecord.objects.exists()


def test_a_merchant_may_give_without_a_word(festive):
    ana = born(festive, date(1990, 6, 15))
    Program.objects.filter(pk=festive.pk).update(silent_letters=["birthday"])
    on(daily.birthdays, festive, date(2027, 6, 15))
    assert points(ana) == 10
    assert not Message.objects.exists()


def test_who_asked_for_no_letters_gets_the_points_alone(festive):
    ana = born(festive, date(1990, 6, 15), offers=False)
    on(daily.birthdays, festive, date(2027, 6, 15))
    assert points(ana) == 10
    [unsent] = Message.objects.all()
    assert (unsent.status, unsent.error) == ("dropped", "The member asked for no letters.")


def test_a_birthday_that_was_missed_is_made_up_for_and_after_a_week_without_a_letter(festive):
    ana = born(festive, date(1990, 6, 15))
    on(daily.birthdays, festive, date(2027, 6, 15), late=8 * DAY)
    assert points(ana) == 10
    assert not Message.objects.exists()


def test_members_are_taken_in_bites(festive, monkeypatch):
    monkeypatch.setattr(daily, "BITE", 2)
    people = [born(festive, date(1990, 6, 15), email=f"{n}@example.org") for n in range(5)]
    day = Day(
        program=Program.objects.get(),
        on=date(2027, 6, 15),
        clock=lambda: datetime(2027, 6, 15, 2, tzinfo=UTC),
    )
    reached = list(daily.birthdays(day))
    assert reached == [people[1].pk, people[3].pk, people[4].pk]
    assert [points(person) for person in people] == [10] * 5
