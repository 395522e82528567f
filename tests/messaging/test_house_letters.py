"""Letters about signing in: of no program, with secrets that nobody can read in a row."""

from datetime import timedelta
from pathlib import Path

import allauth
import pytest

from loyalty.flows import letters
from loyalty.messaging import catalog, delivery, outbox
from loyalty.messaging.models import Message
from loyalty.messaging.outbox import Letter
from loyalty.portal import account_letters
from tests.makers import NOON, make_program
from tests.messaging.mailbox import Lost
from tests.messaging.samples import told_of_the_house

pytestmark = pytest.mark.django_db

SUBJECTS = {
    "sign_in_code": ("ABC-DEF is your code to sign in", "ABC-DEF คือรหัสเข้าสู่ระบบของคุณ"),
    "address_code": ("ABC-DEF is your code", "ABC-DEF คือรหัสของคุณ"),
    "password_link": ("Choose a new password", "ตั้งรหัสผ่านใหม่"),
    "account_exists": ("You have an account already", "คุณมีบัญชีอยู่แล้ว"),
    "no_account": ("There is no account for this address", "ไม่พบบัญชีสำหรับอีเมลนี้"),
    "account_changed": (
        "The address you sign in with was changed",
        "อีเมลที่ใช้เข้าสู่ระบบถูกเปลี่ยนแล้ว",
    ),
}
BOTH = [(name, language) for name in SUBJECTS for language in ("en", "th")]
SECRET = "ABC-DEF"  # noqa: S105 - of nobody


def owe(
    template: str = "sign_in_code", *, key: str = "", to: str = "zoe@example.org", language="en"
) -> Message:
    told = told_of_the_house()[template]
    key = key or f"account:{Message.objects.count()}"
    letter = Letter(
        program_id=None, key=key, to=to, template=template, language=language, context=told
    )
    outbox.owe([letter], now=NOON)
    return Message.objects.get(key=key)


def send(at=NOON) -> int:
    return letters.send_due(clock=lambda: at)


def status(letter: Message) -> str:
    letter.refresh_from_db()
    return letter.status


def row(letter: Message) -> str:
    """All that is kept of a letter."""
    letter.refresh_from_db()
    return str(list(Message.objects.filter(pk=letter.pk).values()))


@pytest.mark.parametrize(("template", "language"), BOTH)
def test_it_is_written_by_the_house_in_the_language_of_its_reader(mail_server, template, language):
    owe(template, language=language)
    assert send() == 1
    [mail] = mail_server.taken
    assert mail.subject == SUBJECTS[template][language == "th"]
    assert mail.to == ["zoe@example.org"]
    assert mail.from_email.startswith("Taem <")
    assert "Message-ID" in mail.extra_headers
    assert "List-Unsubscribe" not in mail.extra_headers
    html = mail.alternatives[0][0]
    assert f'<html lang="{language}">' in html
    for words in (mail.body, html):
        assert "None" not in words
        assert "{" not in words.split("</style>")[-1]
    told = told_of_the_house()[template]
    assert (told.get("code") or told.get("link") or "s•••@example.com") in mail.body


@pytest.mark.parametrize("what", sorted(set(account_letters.CHANGES.values())))
@pytest.mark.parametrize("language", ["en", "th"])
def test_each_change_has_its_words(mail_server, what, language):
    letter = owe("account_changed", language=language)
    letter.context["what"] = what
    letter.save()
    send()
    assert mail_server.taken[0].subject


def test_each_letter_that_allauth_may_write_is_known():
    """What we have switched off is not written: codes for passwords, accounts elsewhere."""
    folder = Path(allauth.__path__[0]) / "templates"
    names = {
        str(path.relative_to(folder)).removesuffix("_subject.txt")
        for path in folder.rglob("email/*_subject.txt")
    }
    unused = {"account/email/password_reset_code"} | {it for it in names if "social" in it}
    known = {*account_letters.CHANGES, *account_letters.CODES, *account_letters.LINKS}
    assert names - unused == known | {account_letters.PASSWORD_LINK}


# --- Secrets -------------------------------------------------------------------------------------


def test_a_code_cannot_be_read_in_its_row_before_or_after(mail_server):
    letter = owe()
    assert SECRET not in row(letter)
    send()
    assert SECRET in mail_server.taken[0].body
    assert SECRET not in row(letter)
    assert letter.context["code"] == ""
    assert letter.context["good_until"]


def test_what_is_sent_again_after_a_lost_worker_still_has_its_code(mail_server, monkeypatch):
    letter = owe()
    mail_server.troubles.append(Lost())
    monkeypatch.setattr(delivery, "_put_back", lambda messages: None)
    with pytest.raises(Lost):
        send()
    send(NOON + timedelta(minutes=1))
    assert status(letter) == "sent"
    assert SECRET in mail_server.taken[0].body


def test_a_code_that_comes_too_late_is_not_sent(mail_server):
    letter = owe()
    send(NOON + timedelta(minutes=15))
    assert not mail_server.taken
    assert status(letter) == "dropped"
    assert letter.context["code"] == ""


def test_a_secret_under_a_key_that_is_gone_is_not_sent_as_nothing(mail_server, settings):
    letter = owe()
    settings.SECRET_KEY = "another one, and the first is not among the fallbacks"
    send()
    assert status(letter) == "dropped"


def test_links_for_members_and_staff_are_secrets_too():
    for template in ("member_verify_email", "invitation", "password_link"):
        assert catalog.KINDS[template].secrets == ["link"]


# --- Whose they are ------------------------------------------------------------------------------


def test_one_letter_of_the_house_is_owed_once():
    owe(key="one")
    owe(key="one")
    assert Message.objects.count() == 1


def test_no_program_has_them():
    owe()
    assert not Message.objects.filter(program=make_program("cafe")).exists()


def test_nobody_is_written_to_without_end(mail_server, monkeypatch):
    monkeypatch.setattr(letters, "MOST_AN_HOUR", 3)
    monkeypatch.setattr(delivery, "BITE", 2)
    written = [owe("no_account") for _number in range(4)]
    warned = owe("account_changed")
    other = owe("no_account", to="ana@example.org")
    send()
    assert [status(it) for it in written] == ["sent"] * 3 + ["dropped"]
    assert (status(warned), status(other)) == ("sent", "sent")
    send(NOON + timedelta(hours=2))
    late = owe("no_account")
    Message.objects.filter(pk=late.pk).update(due_at=NOON + timedelta(hours=2))
    send(NOON + timedelta(hours=2))
    assert status(late) == "sent"


def test_old_ones_are_forgotten_and_those_of_programs_are_not(ana, mail_server):
    owe()
    Message.objects.create(program=ana.program, key="a", to=ana.email, template="welcome")
    Message.objects.update(owed_at=NOON)
    outbox.forget(now=NOON + outbox.HOUSE_KEPT)
    assert Message.objects.count() == 2
    outbox.forget(now=NOON + outbox.HOUSE_KEPT + timedelta(seconds=1))
    assert Message.objects.get().program == ana.program


def test_a_row_that_cannot_be_prepared_keeps_no_other_waiting(ana, mail_server):
    broken = Message.objects.create(
        program=ana.program, key="a", to=ana.email, template="voucher", due_at=NOON, context={}
    )
    code = owe()
    send()
    assert (status(code), status(broken)) == ("sent", "owed")
    assert broken.error.startswith("KeyError")
