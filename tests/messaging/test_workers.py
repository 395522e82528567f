"""Several workers at the same moment: embedded in one process or apart, each letter leaves once."""

import pytest
from django.utils import timezone

from loyalty.flows import letters
from loyalty.messaging import delivery
from loyalty.messaging.models import Message
from tests.at_once import times
from tests.makers import make_member, make_program
from tests.messaging.mailbox import VERIFY, owe

pytestmark = pytest.mark.django_db(transaction=True)


def send(_number: int) -> int:
    return letters.send_due(clock=timezone.now)


def test_workers_at_once_send_each_letter_once(mail_server, monkeypatch):
    monkeypatch.setattr(delivery, "BITE", 4)
    cafe = make_program("cafe")
    for number in range(30):
        ana = make_member(cafe, f"ana-{number}@example.org")
        owe(ana, key=f"letter:{number}", template=VERIFY if number % 3 else "tier_lost")
    assert sum(times(4, send)) == 30
    addresses = [address for mail in mail_server.taken for address in mail.to]
    assert len(addresses) == len(set(addresses)) == 30
    assert set(Message.objects.values_list("status", "attempts")) == {("sent", 1)}


def test_nobody_claims_what_another_has(mail_server):
    ana = make_member(make_program("cafe"))
    for number in range(10):
        owe(ana, key=f"letter:{number}")
    claims = times(4, lambda _number: delivery.claim(at=timezone.now(), limit=3))
    ids = [letter.pk for claim in claims for letter in claim]
    assert len(ids) == len(set(ids)) == 10
