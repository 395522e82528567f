"""The plan of letters at the desk: planned, looked at, tried, and what came of it."""

from datetime import date, timedelta

import pytest

from campaigns.planned.models import PlannedLetter
from loyalty.flows import clock, letters, plans
from loyalty.messaging.models import Message
from tests.makers import NOON, make_member
from tests.portal.conftest import read

PAGE = "/dashboard/cafe/plans/"
FORM = {"event": "win_back", "days": "30", "hour": "18", "is_active": "on", "once": "k" * 16}


@pytest.fixture
def desk(owner, sign_in):
    return sign_in(owner)


def test_a_letter_is_planned_once_and_shown_in_both_languages(desk, cafe):
    for _twice in range(2):
        page = read(desk.post(f"{PAGE}new/", FORM, follow=True))
    assert PlannedLetter.objects.get().days == 30
    assert "We have missed you, Ana" in page
    assert "คิดถึงคุณอานา" in page
    assert "after 30 quiet days, at 18:00" in read(desk.get(PAGE))


def test_words_that_name_what_there_is_not_are_told(desk, cafe):
    page = desk.post(f"{PAGE}new/", FORM | {"words_en": "Dear {secret}"})
    assert page.status_code == 422
    assert "A letter knows no {secret}." in read(page)


@pytest.mark.parametrize("event", PlannedLetter.Event.values)
def test_a_trial_comes_to_who_asked_once(desk, cafe, owner, mailoutbox, event):
    on = date(2026, 12, 5) if event == "holiday" else None
    made = plans.save(cafe, None, event=event, days=3, on=on, by=owner, now=NOON)
    for _twice in range(2):
        desk.post(f"{PAGE}{made.public_id}/try/", {"language": "th"})
    written = Message.objects.get()
    letters.send_due(clock=lambda: written.due_at)
    [letter] = mailoutbox
    assert letter.to == [owner.user.email]
    assert letter.extra_headers["Content-Language"] == "th"


def test_the_log_of_a_plan_names_each_reader_and_why(desk, cafe, owner):
    made = plans.save(cafe, None, event="holiday", on=NOON.date(), hour=9, by=owner, now=NOON)
    make_member(cafe, "yes@example.org", offers=True)
    make_member(cafe, "no@example.org", offers=False)
    for later in (0, 1):
        clock.keep(clock=lambda later=later: NOON + timedelta(hours=later))
    page = read(desk.get(f"/dashboard/cafe/letters/?plan={made.public_id}"))
    assert "yes@example.org" in page
    assert "The member asked for no letters." in page
    assert "1 waiting · 1 not sent" in read(desk.get(PAGE))


def test_a_plan_is_put_away(desk, cafe, owner):
    made = plans.save(cafe, None, event="win_back", days=3, by=owner, now=NOON)
    desk.post(f"{PAGE}{made.public_id}/archive/")
    assert desk.get(f"{PAGE}{made.public_id}/").status_code == 404
