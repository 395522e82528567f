"""Contests in the dashboard, the portal and over the API."""

import pytest
from django.test import Client

from campaigns.contests.models import Contest, ContestEntry, Standing
from loyalty.flows import contest_boards
from loyalty.merchants.models import Role
from loyalty.public_ids import new_public_id
from tests.api.conftest import make_caller
from tests.contests.makers import DAY, enter, run
from tests.makers import NOON, buy, make_member, make_staff
from tests.portal.conftest import _it_is_noon, phone_of, read  # noqa: F401

FORM = {
    "name_en": "The race", "measure": "spend", "time_zone": "America/Los_Angeles",
    "starts_at": "2030-03-01T00:00", "ends_at": "2030-03-30T23:59",
    "freezes_at": "2030-04-05T12:00", "prize-0-first": "1", "prize-0-last": "3",
    "prize-0-points": "50", "prize-0-wallet": "points",
}  # fmt: skip


def browser(staff) -> Client:
    client = Client()
    client.force_login(staff.user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def desk(cafe):
    return browser(make_staff(cafe, Role.OWNER, "olga@example.org"))


def save(desk, **fields):
    return desk.post("/dashboard/cafe/contests/new/", {**FORM, "once": new_public_id(), **fields})


def test_one_is_planned_by_its_own_clock(desk, cafe):
    assert save(desk).status_code == 302
    contest = cafe.contests.get()
    assert contest.ends_at.isoformat() == "2030-03-31T06:59:00+00:00"
    assert contest.prizes[0]["gives"][0]["points"] == 50
    page = read(desk.get(f"/dashboard/cafe/contests/{contest.public_id}/"))
    assert "30 Mar 2030, 23:59" in page
    assert "Places 1 to 3" in page


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(desk, cafe):
    answer = save(desk, freezes_at="2030-03-02T00:00", **{"prize-0-first": "5"})
    assert answer.status_code == 422
    page = read(answer)
    assert "The board is frozen when nothing counts any more" in page
    assert "The last place is not before the first." in page
    assert 'value="The race"' in page
    assert not cafe.contests.exists()


@pytest.mark.parametrize("moment", ["soon", "2030-13-01T00:00", "", "9999-01-01T00:00"])
def test_a_moment_that_is_none_is_told(desk, cafe, moment):
    assert save(desk, ends_at=moment).status_code == 422


def test_names_are_shown_as_text_whatever_is_in_them(desk, cafe):
    save(desk, name_en="<script>alert(1)</script>")
    contest = cafe.contests.get()
    desk.post(f"/dashboard/cafe/contests/{contest.public_id}/promise/")
    for page in (f"/dashboard/cafe/contests/{contest.public_id}/", "/p/cafe/contests/"):
        assert "<script>alert(1)" not in desk.get(page).content.decode()


def test_a_reviewer_decides_on_entries_and_plans_nothing(cafe, ana):
    contest = run(cafe, measure="votes")
    entry = enter(contest, ana, approve=False)
    reviewer = browser(make_staff(cafe, Role.REVIEWER, "rose@example.org"))
    assert save(reviewer).status_code == 403
    queue = f"/dashboard/cafe/contests/{contest.public_id}/entries/"
    assert "https://example.org/me" in read(reviewer.get(queue))
    reviewer.post(f"{queue}{entry.public_id}/decide/", {"act": "approve"})
    assert ContestEntry.objects.get().state == "approved"


def test_more_time_is_given_on_its_page(desk, cafe):
    contest = run(cafe)
    address = f"/dashboard/cafe/contests/{contest.public_id}/extend/"
    later = {"ends_at": "2026-06-05T12:00", "freezes_at": "2026-06-09T12:00"}
    assert desk.post(address, later).status_code == 302
    assert Contest.objects.get().ends_at == NOON + 3 * DAY
    assert desk.post(address, {**later, "ends_at": "2026-06-04T12:00"}).status_code == 422


def test_a_member_sees_their_place_and_what_is_left(cafe, ana, ben):
    contest = run(cafe)
    buy(ben, 90_00)
    buy(ana, 50_00)
    contest_boards.count(contest, now=NOON)
    page = read(phone_of(ana).get(f"/p/cafe/contests/{contest.public_id}/"))
    assert "Place 2" in page
    assert "B•••" in page
    assert "Ben" not in page
    assert "1 day" in page
    assert "The race" in read(Client().get("/p/cafe/"))


def test_a_name_is_shown_with_a_yes_and_masked_again_with_a_no(cafe, ana):
    contest = run(cafe)
    buy(ana, 50_00)
    contest_boards.count(contest, now=NOON)
    phone, here = phone_of(ana), f"/p/cafe/contests/{contest.public_id}/"
    phone.post(f"{here}name/", {"shown": "yes"})
    assert "Ana" in read(Client().get(here))
    phone.post(f"{here}name/", {"shown": "no"})
    assert "Ana" not in read(Client().get(here))


def test_a_vote_is_cast_on_the_page(cafe, ana, ben):
    contest = run(cafe, measure="votes")
    entry = enter(contest, ben)
    here = f"/p/cafe/contests/{contest.public_id}/"
    phone_of(ana).post(f"{here}entries/{entry.public_id}/vote/")
    assert ContestEntry.objects.get().votes == 1


def test_a_draft_is_not_there_for_members(desk, cafe):
    save(desk)
    assert Client().get(f"/p/cafe/contests/{cafe.contests.get().public_id}/").status_code == 404


def test_machines_read_the_board_a_page_at_a_time(cafe):
    contest = run(cafe)
    people = [make_member(cafe, f"m{number}@example.org") for number in range(3)]
    Standing.objects.bulk_create([
        Standing(contest=contest, account=it.account, score=9 - n, reached_at=NOON, place=n + 1)
        for n, it in enumerate(people)
    ])  # fmt: skip
    till = make_caller(cafe)
    first = till.get(f"contests/{contest.public_id}/board?limit=2").json()
    assert ([it["place"] for it in first["items"]], first["next"]) == ([1, 2], 2)
    rest = till.get(f"contests/{contest.public_id}/board?after=2").json()
    assert [it["member"] for it in rest["items"]] == [people[2].public_id]
    assert rest["next"] is None


def test_machines_send_a_link_in_once(cafe, ana):
    contest = run(cafe, measure="draw")
    till = make_caller(cafe)
    told = {"member": ana.public_id, "link": "https://example.org/me"}
    address = f"contests/{contest.public_id}/entries"
    assert till.post(address, told).json()["number"] == 1
    assert till.post(address, told).json()["code"] == "entered_already"
    assert till.post(address, {**told, "link": "nowhere"}).json()["code"] == "bad_entry"
