"""P26: entries with a link or a picture, let in by staff, drawn by a seed that was fixed before."""

import io
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from campaigns.contests.models import Contest, ContestEntry, EntryPicture
from docs.examples import check_contest
from loyalty.flows import contest_boards
from loyalty.merchants.models import Role
from loyalty.public_ids import new_public_id
from tests.makers import NOON, make_member, make_staff
from tests.makers import points as has
from tests.portal.conftest import phone_of

pytestmark = pytest.mark.django_db
DRAW = {
    "name_en": "Your cup", "measure": "draw", "takes_links": "on", "takes_pictures": "on",
    "time_zone": "America/Los_Angeles", "starts_at": "2026-06-01T21:00",
    "ends_at": "2026-06-03T22:00", "freezes_at": "2026-06-04T12:00",
    "prize-0-first": "1", "prize-0-last": "3", "prize-0-points": "200", "prize-0-wallet": "points",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _it_is_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def desk(cafe):
    client = Client()
    owner = make_staff(cafe, Role.OWNER, "olga@example.org")
    client.force_login(owner.user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def contest(cafe, desk):
    """Planned and promised in the dashboard."""
    here = f"/dashboard/{cafe.slug}/contests/"
    made = desk.post(f"{here}new/", {**DRAW, "once": new_public_id()})
    assert made.status_code == 302, made.content.decode()
    found = cafe.contests.get()
    desk.post(f"{here}{found.public_id}/promise/")
    return cafe.contests.get()


def enter(contest, member, **told):
    page = f"/p/{contest.program.slug}/contests/{contest.public_id}/"
    told = {"once": new_public_id(), "words": "Mine", "link": "https://example.org/me", **told}
    return phone_of(member).post(f"{page}enter/", told)


def picture(body=None):
    if body is None:
        out = io.BytesIO()
        Image.new("RGB", (40, 30), "teal").save(out, "PNG")
        body = out.getvalue()
    return SimpleUploadedFile("me.png", body, "image/png")


def test_p26_three_winners_are_drawn_and_anybody_can_check_it(cafe, desk, contest, client):
    people = [make_member(cafe, f"m{number}@example.org") for number in range(6)]
    for person in people:
        assert enter(contest, person).status_code == 302
    queue = f"/dashboard/{cafe.slug}/contests/{contest.public_id}/entries/"
    entries = list(ContestEntry.objects.order_by("number"))
    for entry in entries[:5]:
        desk.post(f"{queue}{entry.public_id}/decide/", {"act": "approve"})
    desk.post(f"{queue}{entries[5].public_id}/decide/", {"act": "reject", "reason": "No cup"})
    page = f"/p/{cafe.slug}/contests/{contest.public_id}/"
    before = client.get(page).content.decode()
    assert contest.commitment in before
    assert client.get(f"{page}rows/").status_code == 404
    after = contest.freezes_at
    with time_machine.travel(after, tick=False):
        contest_boards.keep(now=after)
        contest_boards.keep(now=after + timedelta(hours=2))
        drawn = Contest.objects.get()
        told = client.get(page).content.decode()
        rows = client.get(f"{page}rows/").content.decode()
    assert drawn.seed in told
    assert drawn.seed not in before
    facts = (drawn.board_hash, drawn.commitment, drawn.seed)
    assert check_contest.problems(rows, *facts) == []
    assert check_contest.problems(rows, *facts[:2], "0" * 64)
    assert len(rows.splitlines()) == 2 + 5
    won = [has(person) for person in people]
    assert sorted(won) == [0, 0, 0, 200, 200, 200]
    assert won[5] == 0


def test_p26_a_picture_is_drawn_anew_and_seen_once_it_is_let_in(cafe, desk, contest, ana, client):
    assert enter(contest, ana, link="", picture=picture()).status_code == 302
    kept = EntryPicture.objects.get()
    assert bytes(kept.body).startswith(b"\xff\xd8\xff")  # A JPEG of ours.
    entry = ContestEntry.objects.get()
    shown = f"/p/{cafe.slug}/contests/{contest.public_id}/entries/{entry.public_id}/picture/"
    assert client.get(shown).status_code == 404
    ContestEntry.objects.update(state="approved")
    answer = client.get(shown)
    assert (answer.status_code, answer["X-Content-Type-Options"]) == (200, "nosniff")


def test_p26_what_is_no_picture_is_refused_in_a_sentence(contest, ana):
    answer = enter(contest, ana, link="", picture=picture(b"<svg onload=alert(1)>"))
    assert answer.status_code == 409
    assert "This is no picture that we can read" in answer.content.decode()
    assert not ContestEntry.objects.exists()
