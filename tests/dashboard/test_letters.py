"""Letters: what went to whom, what did not and why; given up, tried again once."""

import re

import pytest

from loyalty.dashboard import sealed
from loyalty.dashboard.told import LETTER
from loyalty.merchants.models import AuditEntry, Role
from loyalty.messaging.models import Message
from tests.makers import make_staff

LIST = "/dashboard/cafe/letters/"
AGAIN = f"{LIST}again/"


def write(program, member=None, *, to="ana@example.org", **fields) -> Message:
    fields.setdefault("template", "welcome")
    fields.setdefault("key", f"k{Message.objects.count()}")
    account = member.account_id if member else None
    return Message.objects.create(program=program, account_id=account, to=to, **fields)


@pytest.fixture
def dead(cafe, ana) -> Message:
    return write(cafe, ana, status="dead", error="SMTPRecipientsRefused: 550", attempts=11)


def shown(answer) -> list[Message]:
    assert answer.status_code == 200
    return [row["message"] for row in answer.context["rows"]]


def test_each_letter_says_what_became_of_it(desk, cafe, ana, dead) -> None:
    write(cafe, ana, status="dropped", error="The member asked for no letters.")
    page = desk.get(LIST).content.decode()
    for told in ("Welcome", "Not sent", "550", "Not wanted", "Ana", "ana@example.org"):
        assert told in page


def test_each_view_has_its_own(desk, cafe, ana, dead) -> None:
    doubtful = write(cafe, ana, status="unknown")
    waiting = write(cafe, ana, status="owed")
    write(cafe, ana, status="sent")
    assert shown(desk.get(f"{LIST}?look")) == [doubtful, dead]
    assert shown(desk.get(f"{LIST}?waiting")) == [waiting]
    assert len(shown(desk.get(LIST))) == 4


def test_a_readers_letters_are_found(desk, cafe, ana, ben, dead) -> None:
    write(cafe, ben, to="ben@example.org")
    assert shown(desk.get(LIST, {"q": "ana"})) == [dead]
    assert shown(desk.get(LIST, {"q": "nobody"})) == []


def test_each_page_goes_on_where_the_last_ended(desk, cafe, ana) -> None:
    for _number in range(45):
        write(cafe, ana)
    first = desk.get(LIST)
    second = desk.get(LIST + first.context["older"])
    assert [len(shown(it)) for it in (first, second)] == [40, 5]
    assert desk.get(f"{LIST}?before=17").status_code == 404


def test_no_letter_shows_its_number(desk, dead) -> None:
    page = desk.get(LIST).content.decode()
    token = re.search(r'name="letter" value="([^"]+)"', page)[1]
    assert sealed.unseal(token, LETTER) == dead.pk
    assert sealed.unseal(token, "something else") is None


def again(client, message, **fields):
    return client.post(AGAIN, {"letter": sealed.seal(message.pk, LETTER), **fields}, follow=True)


def test_a_letter_that_was_given_up_is_tried_again_once(desk, dead) -> None:
    assert "is tried again now" in again(desk, dead, **{"from": "look"}).content.decode()
    assert "sent meanwhile, or waits" in again(desk, dead).content.decode()
    dead.refresh_from_db()
    assert dead.status == "owed"
    assert AuditEntry.objects.filter(action="letter.retry").count() == 1


@pytest.mark.parametrize("letter", ["", "x", "1"])
def test_a_letter_that_there_is_not(desk, cafe, letter) -> None:
    answer = desk.post(AGAIN, {"letter": letter})
    assert answer.status_code == 409
    assert "There is no such letter." in answer.content.decode()


def test_a_letter_of_others_is_none(desk, bakery) -> None:
    theirs = write(bakery, status="dead")
    assert again(desk, theirs).status_code == 409
    theirs.refresh_from_db()
    assert theirs.status == "dead"
    assert shown(desk.get(LIST)) == []


def test_who_only_reads_tries_nothing_again(cafe, dead, sign_in) -> None:
    analyst = sign_in(make_staff(cafe, Role.ANALYST))
    assert "Try again" not in analyst.get(LIST).content.decode()
    assert again(analyst, dead).status_code == 403


def test_all_that_were_not_sent_are_tried_again_at_once(desk, cafe, bakery, ana, dead) -> None:
    second = write(cafe, ana, status="dead", error="timed out", attempts=11)
    doubtful = write(cafe, ana, status="unknown")
    theirs = write(bakery, status="dead")
    assert "Try all again" in desk.get(f"{LIST}?look").content.decode()
    page = desk.post(f"{LIST}all-again/", follow=True).content.decode()
    assert "2 letters are tried again now." in page
    for letter in (dead, second, doubtful, theirs):
        letter.refresh_from_db()
    assert [it.status for it in (dead, second)] == ["owed", "owed"]
    assert (dead.attempts, dead.error) == (0, "")
    assert (doubtful.status, theirs.status) == ("unknown", "dead")  # Perhaps it arrived.
    assert "no letter to try again" in desk.post(f"{LIST}all-again/", follow=True).content.decode()
    assert AuditEntry.objects.get(action="letter.retry_all").after == {"letters": 2}


def test_who_only_reads_tries_none_of_all_again(cafe, dead, sign_in) -> None:
    analyst = sign_in(make_staff(cafe, Role.ANALYST))
    assert "Try all again" not in analyst.get(f"{LIST}?look").content.decode()
    assert analyst.post(f"{LIST}all-again/").status_code == 403
