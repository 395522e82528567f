"""Each letter is sent once, or as often as it must be; and it is always known which."""

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.db import transaction

from loyalty.flows import announcing, letters
from loyalty.leases import LEASE
from loyalty.messaging import delivery, outbox
from loyalty.messaging.models import Message
from loyalty.outside import CalledInTransaction
from tests.makers import NOON, make_member
from tests.messaging.mailbox import VERIFY, Lost, owe

MINUTE = timedelta(minutes=1)
AFTER_LEASE = NOON + LEASE


def send(at=NOON, **limits):
    return letters.send_due(clock=lambda: at, **limits)


def status(message: Message) -> str:
    message.refresh_from_db()
    return message.status


def lose_a_worker_while_sending(server) -> None:
    """As by SIGKILL: it does not even put back what it had claimed."""
    server.troubles.append(Lost())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "_put_back", lambda messages: None)
        with pytest.raises(Lost):
            send()


def test_a_letter_leaves_once(ana, mail_server):
    letter = owe(ana)
    assert send() == 1
    assert send() == 0
    assert [mail.to for mail in mail_server.taken] == [["ana@example.org"]]
    assert status(letter) == "sent"
    assert (letter.sent_at, letter.lease, letter.leased_until) == (NOON, "", None)


def test_a_cause_owes_one_letter(ana, mail_server):
    owe(ana)
    owe(ana)
    assert send() == 1


def test_a_letter_waits_until_it_is_due(ana, mail_server):
    owe(ana, due_at=NOON + MINUTE)
    assert send() == 0
    assert send(NOON + MINUTE) == 1


def test_what_is_rolled_back_is_not_sent(ana, mail_server):
    with transaction.atomic():
        owe(ana)
        transaction.set_rollback(True)
    assert send() == 0


def test_what_must_arrive_goes_first(ana, mail_server):
    owe(ana, key="first")
    owe(ana, key="second", template=VERIFY)
    send()
    assert [mail.subject for mail in mail_server.taken] == [
        "Please confirm your e-mail address",
        "Your tier is now Silver",
    ]


def test_many_letters_are_sent_in_bites(ana, mail_server, monkeypatch):
    monkeypatch.setattr(delivery, "BITE", 3)
    for number in range(8):
        owe(ana, key=f"letter:{number}")
    assert send(limit=7) == 7
    assert send() == 1


def test_sending_stops_when_its_time_is_over_and_puts_the_rest_back(ana, mail_server):
    owe(ana)
    assert send(seconds=0) == 0
    assert not Message.objects.exclude(lease="").exists()
    assert send() == 1


# --- A worker is lost ----------------------------------------------------------------------------


def test_of_a_lost_worker_what_must_arrive_is_sent_again_as_the_same_letter(ana, mail_server):
    letter = owe(ana, template=VERIFY)
    lose_a_worker_while_sending(mail_server)
    assert status(letter) == "sending"
    assert send(NOON + LEASE / 2) == 0  # It may still be at it.
    assert send(AFTER_LEASE) == 1
    assert status(letter) == "sent"
    assert letter.attempts == 2


def test_the_message_id_stays_the_same(ana):
    letter = owe(ana, template=VERIFY)
    [first, second] = [letters.Desk([letter], now=NOON).write(letter) for _time in range(2)]
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]


def test_of_a_lost_worker_what_must_not_repeat_is_in_doubt(ana, mail_server):
    letter = owe(ana)
    lose_a_worker_while_sending(mail_server)
    assert send(AFTER_LEASE) == 0
    assert status(letter) == "unknown"
    assert letter.error == delivery.LOST_ONE
    assert not mail_server.taken


def test_what_a_lost_worker_had_not_begun_is_sent_by_the_next(ana, mail_server):
    letter = owe(ana)
    assert [it.pk for it in delivery.claim(at=NOON)] == [letter.pk]  # And then it is gone.
    assert send(NOON + LEASE / 2) == 0
    assert send(AFTER_LEASE) == 1
    assert status(letter) == "sent"


def test_a_worker_that_comes_back_late_sends_nothing(ana, mail_server):
    letter = owe(ana)
    [late] = delivery.claim(at=NOON)
    [_again] = delivery.claim(at=AFTER_LEASE)
    assert not delivery._begin(late, AFTER_LEASE)
    delivery._finish(late, status="dead")
    assert status(letter) == "owed"


def test_a_letter_that_kills_each_worker_is_given_up(ana, mail_server):
    letter = owe(ana, template=VERIFY)
    Message.objects.update(attempts=delivery.MOST_ATTEMPTS)
    send()
    assert status(letter) == "dead"
    assert letter.error == delivery.LOST


# --- The mail server has troubles ----------------------------------------------------------------


def refused(code: int) -> SMTPRecipientsRefused:
    return SMTPRecipientsRefused({"ana@example.org": (code, b"no such inbox")})


def test_what_must_arrive_is_tried_again_later(ana, mail_server):
    letter = owe(ana, template=VERIFY)
    mail_server.troubles.append(SMTPServerDisconnected("gone"))
    send()
    assert status(letter) == "owed"
    assert letter.due_at == NOON + MINUTE
    assert "gone" in letter.error
    assert send() == 0
    assert send(NOON + MINUTE) == 1
    assert status(letter) == "sent"
    assert letter.error == ""


def test_what_must_not_repeat_is_in_doubt_when_the_line_is_cut(ana, mail_server):
    letter = owe(ana)
    mail_server.troubles.append(SMTPServerDisconnected("gone"))
    send()
    assert status(letter) == "unknown"
    assert "gone" in letter.error


def test_what_the_server_did_not_take_may_be_sent_again(ana, mail_server):
    letter = owe(ana)
    mail_server.troubles.append(refused(450))
    send()
    assert status(letter) == "owed"
    assert send(NOON + MINUTE) == 1


def test_an_address_that_there_is_not_is_not_tried_again(ana, mail_server):
    letter = owe(ana, template=VERIFY)
    mail_server.troubles.append(refused(550))
    send()
    assert status(letter) == "dead"
    assert "no such inbox" in letter.error


def test_one_trouble_does_not_stop_the_others(ana, mail_server):
    owe(ana, key="first")
    owe(ana, key="second")
    mail_server.troubles.append(refused(550))
    assert send() == 2
    assert len(mail_server.taken) == 1


def test_while_the_server_is_away_nothing_is_in_doubt(ana, mail_server):
    letter = owe(ana)
    mail_server.away = ConnectionRefusedError("nobody there")
    send()
    assert status(letter) == "owed"
    assert (letter.due_at, letter.attempts) == (NOON + MINUTE, 1)
    mail_server.away = None
    assert send(NOON + MINUTE) == 1


def test_after_the_last_try_a_letter_is_dead_and_says_why(ana, mail_server):
    letter = owe(ana, template=VERIFY)
    at = NOON
    for _time in range(delivery.MOST_ATTEMPTS):
        mail_server.troubles.append(SMTPServerDisconnected("gone"))
        send(at)
        at += timedelta(days=2)
    assert status(letter) == "dead"
    assert "gone" in letter.error
    assert send(at) == 0


def test_a_dead_letter_can_be_owed_again(ana, mail_server):
    letter = owe(ana)
    mail_server.troubles.append(refused(550))
    send()
    assert delivery.owe_again(letter, now=NOON)
    assert send() == 1
    assert not delivery.owe_again(letter, now=NOON)  # It has been sent.


def test_a_letter_that_cannot_be_written_is_tried_again_and_stops_nobody(ana, mail_server):
    broken, whole = owe(ana, key="broken"), owe(ana, key="whole")
    Message.objects.filter(pk=broken.pk).update(context={"tier": "not a name"})
    send()
    assert (status(broken), status(whole)) == ("owed", "sent")
    assert broken.error


# --- Outside of transactions ---------------------------------------------------------------------


def test_nothing_is_sent_inside_a_transaction(ana, mail_server):
    owe(ana)
    with pytest.raises(CalledInTransaction), transaction.atomic():
        send()
    assert not mail_server.taken


def test_a_letter_that_there_is_not_cannot_be_owed(ana):
    with pytest.raises(ValueError, match="tier_won"):
        outbox.owe([announcing.letter_to(ana, "tier_won", key="a")], now=NOON)


def test_a_letter_must_be_told_what_it_says(ana):
    silver = announcing.letter_to(ana, "tier_lost", key="a", tier={"en": "Silver"})
    with pytest.raises(ValueError, match="before"):
        outbox.owe([silver], now=NOON)


def test_whoever_has_no_address_is_owed_nothing(cafe, mail_server):
    cem = make_member(cafe, "", phone="+66812345678")
    outbox.owe([announcing.letter_to(cem, "welcome", key="a", awards=[])], now=NOON)
    assert not Message.objects.exists()
