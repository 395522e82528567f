"""The doors tell nothing about who is known here: not in words, not by letter's lack, not by time.

Time is counted as this thread's own work, so a busy machine is no counter-example; and with a hash
slow enough that a door which skips one is seen.
"""

import statistics
import time

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.test import Client

from loyalty.messaging.models import Message
from tests.portal.conftest import PASSWORD, make_user

ROUNDS = 7
KNOWN = "zoe@example.org"


class Hasher(PBKDF2PasswordHasher):
    """As in production, a twelfth as slow."""

    iterations = 80_000


DOORS = {
    "sign in": ("/accounts/login/", lambda email: {"login": email, "password": "not hers at all"}),
    "sign up": ("/accounts/signup/", lambda email: {"email": email, "password1": PASSWORD}),
    "a new password": ("/accounts/password/reset/", lambda email: {"email": email}),
    "a code": ("/accounts/login/code/", lambda email: {"email": email}),
}
each_door = pytest.mark.parametrize("door", DOORS)


@pytest.fixture(autouse=True)
def _slow_hash(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.Hasher"]


@pytest.fixture
def known(db, _slow_hash):
    return make_user(KNOWN)


def knock(door: str, email: str, number: int = 0):
    place, told = DOORS[door]
    return Client(REMOTE_ADDR=f"192.0.2.{number}").post(place, told(email))


def said(answer) -> tuple:
    """What somebody outside can see, but for the address that they typed themselves."""
    page = answer.content.decode()
    for address in (KNOWN, "nobody@example.org"):
        page = page.replace(address, "…")
    token = answer.context and answer.context.get("csrf_token")
    cookies = sorted(answer.cookies)
    return answer.status_code, answer.get("Location"), cookies, page.replace(str(token), "")


@each_door
def test_the_answer_is_the_same(known, door):
    answers = [said(knock(door, email)) for email in (KNOWN, "nobody@example.org")]
    assert answers[0] == answers[1]


@each_door
def test_the_next_page_is_the_same(known, door):
    pages = []
    for number, email in enumerate((KNOWN, "nobody@example.org")):
        place, told = DOORS[door]
        client = Client(REMOTE_ADDR=f"192.0.2.{number}")
        answer = client.post(place, told(email), follow=True)
        pages.append(said(answer)[3])
    assert pages[0] == pages[1]


@pytest.mark.parametrize("door", ["sign up", "a new password", "a code"])
def test_a_letter_goes_out_in_any_case(known, door):
    for email in (KNOWN, "nobody@example.org"):
        knock(door, email)
        assert Message.objects.filter(to=email).count() == 1


@each_door
def test_the_time_is_the_same(known, door, settings):
    work = {True: [], False: []}
    settings.ACCOUNT_RATE_LIMITS = {
        "request_login_code": "",
        "reset_password": "",
        "login_failed": "",
    }
    for number in range(ROUNDS + 1):
        for is_known in (True, False):
            email = KNOWN if is_known else f"nobody{number}@example.org"
            begun = time.thread_time()
            knock(door, email, number)
            if number:  # The first compiles templates.
                work[is_known].append(time.thread_time() - begun)
    begun = time.thread_time()
    known.check_password("x")
    one_hash = time.thread_time() - begun
    difference = abs(statistics.median(work[True]) - statistics.median(work[False]))
    assert difference < one_hash / 2
