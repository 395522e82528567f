"""What is kept of people no longer than it is needed."""

from datetime import date, timedelta

import pytest

from loyalty.flows import calls, claim, contributions, deciding, earn, erase, keeping, leave
from loyalty.flows.contributions import Handed
from loyalty.merchants.models import Program
from loyalty.messaging.models import Message
from loyalty.pictures.models import Picture
from loyalty.pictures.taking import Drawn
from loyalty.purchases.models import Purchase
from members.models import Member
from tests.flows.a_day import on
from tests.makers import NOON, give, make_member, make_program, make_staff, sale

TODAY = date(2026, 6, 2)
DAY = timedelta(days=1)


def test_who_asked_is_forgotten_in_the_night_after_their_two_weeks(cafe, ana):
    erase.ask(ana, now=NOON)
    on(keeping.tidy, cafe, TODAY + 14 * DAY)  # At nine in the morning: they asked at noon.
    assert Member.objects.exists()
    on(keeping.tidy, cafe, TODAY + 15 * DAY)
    assert not Member.objects.exists()


@pytest.mark.parametrize(("months", "left"), [(24, 0), (25, 1), (0, 1)])
def test_who_left_long_ago_is_forgotten_when_the_merchant_says(cafe, ana, months, left):
    Program.objects.update(left_kept_months=months)
    leave.leave(ana, now=NOON)
    cafe.refresh_from_db()
    on(keeping.tidy, cafe, date(2028, 6, 3))
    assert Member.objects.count() == left


def test_who_came_back_is_not(cafe, ana):
    leave.leave(ana, now=NOON)
    leave.come_back(ana, now=NOON + DAY)
    on(keeping.tidy, cafe, date(2029, 1, 1))
    assert Member.objects.exists()


def letter(program, status: str, days_ago: int) -> None:
    at = NOON - days_ago * DAY
    Message.objects.create(
        program=program, key=f"{status}:{days_ago}", to="ana@example.org", template="welcome",
        language="en", status=status, owed_at=at, due_at=at,
    )  # fmt: skip


def test_letters_go_when_they_are_old_and_nothing_more_becomes_of_them(cafe):
    for days_ago in (365, 367):
        for status in ("sent", "owed"):
            letter(cafe, status, days_ago)
    on(keeping.tidy, cafe, TODAY)
    assert set(Message.objects.values_list("key", flat=True)) == {
        "sent:365", "owed:365", "owed:367",
    }  # fmt: skip


def test_letters_go_in_bites(cafe, monkeypatch):
    monkeypatch.setattr(keeping, "BITE", 2)
    for days_ago in range(400, 405):
        letter(cafe, "sent", days_ago)
    on(keeping.tidy, cafe, TODAY)
    assert not Message.objects.exists()


def test_an_address_is_kept_as_long_as_a_sale_can_be_claimed_by_it(cafe):
    told = sale(contact_email="dao@example.org", contact_phone="+66812345678")
    earn.from_purchase(cafe, told, now=NOON)
    on(keeping.tidy, cafe, TODAY + cafe.claim_days * DAY)
    assert Purchase.objects.get().contact_email == "dao@example.org"
    on(keeping.tidy, cafe, TODAY + (cafe.claim_days + 1) * DAY)
    kept = Purchase.objects.get()
    assert (kept.contact_email, kept.contact_phone) == ("", "")
    dao = make_member(cafe, "dao@example.org", email_verified_at=NOON)
    assert claim.claim(dao, now=NOON) == []


def test_another_program_is_left_alone(cafe, ana):
    elsewhere = make_program()
    erase.ask(ana, now=NOON)
    letter(cafe, "sent", 400)
    give(ana, 5)
    on(keeping.tidy, elsewhere, date(2029, 1, 1))
    assert Member.objects.exists()
    assert Message.objects.exists()


def test_pictures_go_some_days_after_the_decision(cafe, ana, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    call = calls.save(
        cafe, None, by=None, now=NOON, name={"en": "Squad"}, most_pictures=1, keep_days=30
    )
    calls.switch(call, is_open=True, by=None, now=NOON)
    made = contributions.submit(ana, call, Handed(pictures=[Drawn(b"1", 1, 1)]), now=NOON)
    on(keeping.tidy, cafe, TODAY + 365 * DAY)  # What waits is kept.
    assert Picture.objects.exists()
    deciding.reject(made, by=make_staff(cafe), now=NOON, reason="Blurred")
    on(keeping.tidy, cafe, TODAY + 29 * DAY)
    assert Picture.objects.exists()
    on(keeping.tidy, cafe, TODAY + 30 * DAY)
    assert not Picture.objects.exists()
