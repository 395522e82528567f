"""Who works on a row holds it for as long as they live, and not much longer."""

import time
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from loyalty import leases
from loyalty.flows import clock, letters
from loyalty.leases import LEASE
from loyalty.merchants.models import JobRun
from loyalty.messaging import delivery
from loyalty.messaging.models import Message
from tests.makers import NOON, make_member, make_program
from tests.messaging.mailbox import mail_server, owe

__all__ = ["mail_server"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def often(monkeypatch) -> None:
    """Leases are renewed all the time."""
    monkeypatch.setattr(leases, "RENEWED_EVERY", 0.02)


def opened() -> JobRun:
    clock.make_due(now=NOON)
    return JobRun.objects.earliest("pk")


def held_until(run: JobRun) -> datetime:
    run.refresh_from_db()
    assert run.leased_until
    return run.leased_until


def until(question) -> None:
    ends = time.monotonic() + 10
    while not question():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_a_lease_is_renewed_while_one_is_at_it(often):
    make_program("cafe")
    opened()
    run = clock.claim(now=NOON)
    later = NOON + timedelta(minutes=2)
    with leases.renewed(JobRun.objects.filter(pk=run.pk, lease=run.lease), lambda: later):
        until(lambda: held_until(run) == later + LEASE)
    JobRun.objects.filter(pk=run.pk).update(leased_until=NOON)
    time.sleep(0.1)
    assert held_until(run) == NOON  # Nobody is at it any more.


def test_what_another_holds_by_now_is_not_renewed(often):
    make_program("cafe")
    run = opened()
    JobRun.objects.update(lease="theirs", leased_until=NOON)
    with leases.renewed(JobRun.objects.filter(pk=run.pk, lease="ours"), timezone.now):
        time.sleep(0.1)
    assert held_until(run) == NOON


def test_who_stands_still_loses_the_lease(often, monkeypatch):
    monkeypatch.setattr(leases, "LONGEST", 0.0)
    make_program("cafe")
    opened()
    run = clock.claim(now=NOON)
    with leases.renewed(JobRun.objects.filter(pk=run.pk), timezone.now):
        time.sleep(0.1)
    assert held_until(run) == NOON + LEASE


def test_a_slow_mail_server_costs_nobody_their_letters(often, mail_server, monkeypatch):
    """Longer than a lease over one letter, and the rest of the bite is still ours."""
    ana = make_member(make_program("cafe"))
    for number in range(2):
        owe(ana, key=f"letter:{number}")
    now = [NOON]

    def slowly(self, messages):
        now[0] += 2 * LEASE
        waiting = Message.objects.filter(status="owed")
        until(lambda: all(it.leased_until > now[0] for it in waiting.all()))
        assert not delivery.claim(at=now[0])
        self.taken.extend(messages)

    monkeypatch.setattr(mail_server, "send_messages", slowly)
    assert letters.send_due(clock=lambda: now[0]) == 2
    assert set(Message.objects.values_list("status", "attempts")) == {("sent", 1)}


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=400)])
def test_a_lease_by_a_clock_that_was_ahead_holds_nothing_for_long(ahead, mail_server):
    ana = make_member(make_program("cafe"))
    owe(ana)
    clock.make_due(now=NOON)
    JobRun.objects.update(lease="lost", leased_until=NOON + ahead)
    Message.objects.update(lease="lost", leased_until=NOON + ahead)
    assert clock.claim(now=NOON)
    assert letters.send_due(clock=lambda: NOON) == 1


def test_of_a_clock_that_was_ahead_what_must_not_repeat_is_in_doubt_too():
    ana = make_member(make_program("cafe"))
    letter = owe(ana)
    hour = timedelta(hours=1)
    Message.objects.update(status="sending", lease="lost", leased_until=NOON + hour)
    assert delivery.give_up_doubtful(at=NOON) == 1
    letter.refresh_from_db()
    assert letter.status == "unknown"
