"""What members say of themselves, take along, and leave behind."""

import json
from datetime import date

import pytest

from loyalty.flows.redeem import redeem
from loyalty.merchants.models import AuditEntry
from members.models import Member
from tests.makers import NOON, bring_back, buy, give, make_reward, make_rule, points, wants
from tests.portal.conftest import PASSWORD, read

PAGE = "/p/cafe/profile/"
ANA = {"name": "Ana", "phone": "", "birthday": "", "language": "en", "mail_account": "on"}


def test_what_is_changed_is_kept(ana, phone):
    told = {**ANA, "name": "Ana Suk", "phone": "0812345678", "birthday": "1990-02-28"}
    del told["mail_account"]
    assert phone.post(PAGE, told)["Location"] == PAGE
    ana.refresh_from_db()
    assert (ana.name, ana.phone, ana.birthday) == ("Ana Suk", "+66812345678", date(1990, 2, 28))
    assert not wants(ana, "account")
    assert 'value="1990-02-28"' in read(phone.get(PAGE))


def test_a_complete_profile_earns_once(ana, phone):
    make_rule(ana.program, trigger="profile_complete", effect={"kind": "fixed", "points": 25})
    for name in ("Ana", "Ana Suk"):
        phone.post(PAGE, {**ANA, "name": name, "birthday": "1990-02-28"})
    assert points(ana) == 25


def test_a_language_is_spoken_from_the_next_page_on(ana, phone):
    answer = phone.post(PAGE, {**ANA, "language": "th"}, follow=True)
    assert '<html lang="th"' in read(answer)
    ana.refresh_from_db()
    assert (ana.language, ana.user.language) == ("th", "th")


def test_a_birthday_is_not_moved_about(ana, phone):
    phone.post(PAGE, {**ANA, "birthday": "1990-02-28"})
    asked = phone.post(PAGE, {**ANA, "birthday": "1990-06-05"})
    answer = phone.post(asked["Location"], {"password": PASSWORD})
    assert answer.status_code == 409
    assert "A birthday can be changed once a year." in read(answer)
    assert 'value="1990-06-05"' in read(answer)


def test_a_phone_number_of_another_member_is_refused(ana, ben, phone):
    Member.objects.filter(pk=ben.pk).update(phone="+66812345678")
    answer = phone.post(PAGE, {**ANA, "phone": "0812345678"})
    assert answer.status_code == 409
    ana.refresh_from_db()
    assert ana.phone == ""


@pytest.fixture
def data(phone):
    return lambda: json.loads(phone.get(f"{PAGE}data/").content)


def test_the_download_holds_everything_of_ones_own(ana, ben, data):
    bought = buy(ana, 45_00)
    bring_back(ana, bought, 5_00)
    redeem(ana, make_reward(ana.program, 30), key="one", now=NOON)
    buy(ben, 99_00)
    mine = data()
    assert mine["member"]["email"] == "ana@example.org"
    assert [it["points"] for it in mine["entries"]] == [45, -5, -30]
    assert [it["total_minor"] for it in mine["purchases"]] == [45_00]
    assert mine["redemptions"][0]["reward"] == {"en": "Free coffee", "th": "กาแฟฟรี"}
    assert mine["balances"][0]["points"] == 10
    assert "ben" not in json.dumps(mine).lower()


def test_the_download_is_a_file(phone):
    answer = phone.get(f"{PAGE}data/")
    assert answer["Content-Disposition"] == 'attachment; filename="cafe-2026-06-02.json"'
    assert answer["Content-Type"] == "application/json"


def test_the_download_holds_the_note_of_the_staff_too(ana, phone):
    """It is about them, and so theirs to read; the form of the note says so."""
    Member.objects.update(note="likes the window seat")
    assert "likes the window seat" in read(phone.get(f"{PAGE}data/"))


def test_leaving_says_first_what_is_lost(ana, phone):
    give(ana, 120)
    redeem(ana, make_reward(ana.program, 20), key="one", now=NOON)
    page = read(phone.get(f"{PAGE}leave/"))
    assert "100 points cannot be spent any more." in page
    assert "1 voucher that is ready cannot be used." in page
    assert Member.objects.get().state == "active"


def test_leaving_is_on_record_and_can_be_undone(ana, phone):
    for _ in range(2):
        phone.post(f"{PAGE}leave/")
    assert Member.objects.get().state == "left"
    assert list(AuditEntry.objects.values_list("action", flat=True)) == ["member.leave"]
    assert phone.get("/p/cafe/home/")["Location"] == "/p/cafe/join/"
    phone.post("/p/cafe/join/", {"name": "Ana", "language": "en"})
    assert Member.objects.get().state == "active"


def test_who_is_blocked_does_not_slip_out_and_in_again(ana, phone):
    Member.objects.update(state="blocked")
    answer = phone.post(f"{PAGE}leave/")
    assert answer.status_code == 409
    assert "Ask there to end it." in read(answer)
    assert Member.objects.get().state == "blocked"


def test_whoever_asks_to_be_forgotten_is_told_first_what_is_lost(ana, phone):
    give(ana, 1_250)
    page = read(phone.get(f"{PAGE}erase/"))
    assert "You lose 1,250 points." in page
    ana.refresh_from_db()
    assert ana.state == Member.State.ACTIVE


def test_whoever_asks_to_be_forgotten_shows_that_it_is_them(ana, phone):
    asked = phone.post(f"{PAGE}erase/")
    phone.post(asked["Location"], {"password": PASSWORD})
    ana.refresh_from_db()
    assert (ana.state, ana.erase_at is not None) == (Member.State.LEFT, True)
    assert "You asked to be forgotten on" in read(phone.get("/p/cafe/join/"))
