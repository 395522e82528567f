"""Signing up, in, and changing one's address: what Taem adds to it."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from loyalty.merchants.models import User
from loyalty.messaging import waking
from loyalty.messaging.models import Message
from loyalty.portal import account_letters
from members.models import Member
from tests.makers import make_member
from tests.portal.conftest import PASSWORD, make_user, phone_of, read
from tests.post import code_in, inbox

NEXT = "/p/cafe/join/"
NEW = "another good phrase"


def sign_up(client: Client, email: str, next_page: str = NEXT):
    told = {"email": email, "password1": PASSWORD, "next": next_page}
    return client.post("/accounts/signup/", told)


def confirm(client: Client):
    return client.post("/accounts/confirm-email/", {"code": code_in(inbox()[-1])})


def change_address(client: Client, email: str) -> None:
    asked = client.post("/accounts/email/", {"email": email, "action_add": ""})
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    client.post(asked["Location"], {"password": PASSWORD})


def test_who_signs_up_confirms_by_a_code_and_goes_on(client, cafe):
    assert sign_up(client, "zoe@example.org")["Location"] == "/accounts/confirm-email/"
    assert confirm(client)["Location"] == NEXT


def test_the_membership_of_the_till_is_there_at_once(client, cafe):
    waiting = make_member(cafe, "zoe@example.org")
    sign_up(client, "Zoe@Example.org", "/")
    confirm(client)
    waiting.refresh_from_db()
    assert waiting.user.email == "zoe@example.org"
    assert waiting.email_verified_at
    assert client.get("/")["Location"] == "/p/cafe/home/"


def test_without_the_code_nobody_gets_it(client, cafe):
    waiting = make_member(cafe, "zoe@example.org")
    sign_up(client, "zoe@example.org")
    client.post("/accounts/confirm-email/", {"code": "WRONG1"})
    waiting.refresh_from_db()
    assert waiting.user is None
    assert client.get("/p/cafe/home/")["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example/",
        "//evil.example/",
        "http://localhost:8000.evil.example/",
        "javascript:x",
    ],
)
def test_nobody_is_sent_elsewhere(client, cafe, elsewhere):
    user = make_user("zoe@example.org")
    told = {"login": user.email, "password": PASSWORD, "next": elsewhere}
    answer = client.post("/accounts/login/", told)
    assert answer.status_code == 302
    assert answer["Location"] == "/"


def test_letters_name_our_own_address_whatever_the_request_says(client, cafe, settings):
    settings.PUBLIC_URL = "https://points.example.org"
    make_user("zoe@example.org")
    client.post(
        "/accounts/password/reset/", {"email": "zoe@example.org"}, headers={"host": "127.0.0.1"}
    )
    letter = inbox()[-1]
    assert "https://points.example.org/accounts/password/reset/key/" in letter.body
    assert "127.0.0.1" not in letter.body


def test_the_code_comes_in_the_readers_language(cafe):
    client = Client(headers={"accept-language": "th"})
    sign_up(client, "som@example.org")
    assert "คือรหัสของคุณ" in inbox()[-1].subject
    assert User.objects.get().language == "th"


def test_signing_in_brings_ones_language_along(client, cafe):
    user = make_user("som@example.org", language="th")
    answer = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert answer.cookies["django_language"].value == "th"


def test_a_new_address_is_everywhere_once_it_is_confirmed(ana, bakery):
    client = phone_of(ana)
    ana.refresh_from_db()
    second = make_member(bakery, ana.email, user=ana.user)
    change_address(client, "new@example.org")
    assert {it.email for it in Member.objects.all()} == {"ana@example.org"}
    confirm(client)
    for member in (ana, second):
        member.refresh_from_db()
        assert member.email == "new@example.org"
        assert member.email_verified_at
    told = Message.objects.filter(template="email_changed").values_list("to", flat=True)
    assert list(told) == ["ana@example.org", "ana@example.org"]
    assert User.objects.get().email == "new@example.org"


def test_an_address_of_another_member_is_not_taken(ana, ben):
    client = phone_of(ana)
    ana.refresh_from_db()
    Member.objects.filter(pk=ben.pk).update(email="new@example.org")
    change_address(client, "new@example.org")
    assert confirm(client).status_code == 302
    ana.refresh_from_db()
    assert ana.email == "ana@example.org"


def test_a_phone_left_on_the_table_changes_no_address(ana):
    client = phone_of(ana)
    asked = client.post("/accounts/email/", {"email": "thief@example.org", "action_add": ""})
    answer = client.post(asked["Location"], {"password": "a guess"})
    assert "Is it still you?" in read(answer)
    assert not inbox()


def test_the_page_of_ones_address_says_what_happens(phone):
    assert "the old address is told" in read(phone.get("/accounts/email/"))


# --- Letters about signing in --------------------------------------------------------------------


def reset_link() -> str:
    return re.search(r"http://localhost:8000(/accounts/password/reset/key/\S+)", body())[1]


def body() -> str:
    return str(inbox()[-1].body)


def choose_password(client: Client, link: str):
    """The link leads to an address without the key, where the new one is typed."""
    form = client.get(link)["Location"]
    return client.post(form, {"password1": NEW, "password2": NEW})


def only_letter() -> Message:
    return Message.objects.get(program=None)


def test_a_letter_is_owed_at_once_and_the_page_waits_for_no_mail_server(client, cafe, monkeypatch):
    woken = []
    monkeypatch.setattr(waking.current_app, "send_task", lambda name, **_how: woken.append(name))
    waking.wake()  # A moment ago, for something else.
    sign_up(client, "zoe@example.org")
    assert not mail.outbox
    letter = only_letter()
    assert (letter.status, letter.must_arrive, letter.program) == ("owed", True, None)
    assert letter.due_at == timezone.now()


def test_who_waits_for_a_code_wakes_the_worker_each_time(
    client, cafe, monkeypatch, django_capture_on_commit_callbacks
):
    woken = []
    monkeypatch.setattr(waking.current_app, "send_task", lambda name, **_how: woken.append(name))
    for email in ("zoe@example.org", "som@example.org"):
        with django_capture_on_commit_callbacks(execute=True):
            sign_up(Client(), email)
    assert woken == [waking.LETTERS] * 2


def test_a_code_is_kept_nowhere_in_clear(client, cafe):
    sign_up(client, "zoe@example.org")
    kept = str(list(Message.objects.values()))
    code = code_in(inbox()[-1])
    assert code not in kept
    assert code not in str(list(Message.objects.values()))


def test_one_signs_in_by_a_code_in_ones_own_language(client, cafe):
    make_user("som@example.org", language="th")
    client.post("/accounts/login/code/", {"email": "som@example.org"})
    assert "คือรหัสเข้าสู่ระบบของคุณ" in inbox()[-1].subject
    client.post("/accounts/login/code/confirm/", {"code": code_in(inbox()[-1])})
    assert client.get("/accounts/email/").status_code == 200


def test_who_has_no_account_is_told_by_letter_and_by_no_page(client, cafe):
    make_user("zoe@example.org")
    answers = [
        Client().post("/accounts/password/reset/", {"email": email})
        for email in ("zoe@example.org", "nobody@example.org")
    ]
    assert len({(it.status_code, it["Location"]) for it in answers}) == 1
    assert [it.subject for it in inbox()] == [
        "Choose a new password",
        "There is no account for this address",
    ]


def test_who_signs_up_again_is_told_that_there_is_an_account(client, cafe):
    make_user("zoe@example.org")
    sign_up(client, "zoe@example.org")
    assert inbox()[-1].subject == "You have an account already"


def test_a_link_gives_a_new_password_and_a_notice_of_it(client, cafe):
    make_user("zoe@example.org")
    client.post("/accounts/password/reset/", {"email": "zoe@example.org"})
    choose_password(client, reset_link())
    assert User.objects.get().check_password(NEW)
    assert inbox()[-1].subject == "Your password was changed"
    assert "127.0.0.1" in body()


def test_a_change_and_the_notice_of_it_are_one(client, cafe, monkeypatch):
    make_user("zoe@example.org")
    client.post("/accounts/password/reset/", {"email": "zoe@example.org"})
    link = reset_link()
    monkeypatch.setattr(account_letters, "owe", lambda *_told, **_more: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        choose_password(client, link)
    assert User.objects.get().check_password(PASSWORD)


def test_the_old_address_hears_of_the_new_one(ana):
    client = phone_of(ana)
    change_address(client, "new@example.org")
    confirm(client)
    inbox()
    [notice] = [
        it for it in mail.outbox if it.subject == "The address you sign in with was changed"
    ]
    assert notice.to == ["ana@example.org"]
    assert "n•••@example.org" in notice.body
    assert "new@example.org" not in notice.body
