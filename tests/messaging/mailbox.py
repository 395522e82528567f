"""A mail server for tests: it takes letters, and does what it is told first."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from loyalty.messaging import outbox
from loyalty.messaging.models import Message
from loyalty.messaging.outbox import Letter
from members.models import Member
from tests.makers import NOON

SILVER, GOLD = {"en": "Silver"}, {"en": "Gold"}


class Lost(BaseException):
    """The worker dies here and now."""


class MailServer(BaseEmailBackend):
    """What it should do next is in ``troubles``; what it took is in ``taken``."""

    taken: list[EmailMessage] = []
    troubles: list[BaseException | None] = []
    away: OSError | None = None

    def open(self) -> bool:
        if MailServer.away:
            raise MailServer.away
        return True

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        if self.troubles and (trouble := self.troubles.pop(0)):
            raise trouble
        self.taken.extend(messages)
        return len(messages)


@pytest.fixture
def mail_server() -> Iterator[type[MailServer]]:
    before = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = "tests.messaging.mailbox.MailServer"
    yield MailServer
    settings.EMAIL_BACKEND = before
    MailServer.taken.clear()
    MailServer.troubles.clear()
    MailServer.away = None


def owe(
    member: Member, *, key: str = "tier", template: str = "tier_lost", **fields: Any
) -> Message:
    """A letter that may be lost; with ``template="member_verify_email"``, one that must arrive."""
    told = {
        "tier_lost": {"tier": SILVER, "before": GOLD},
        "member_verify_email": {"link": "https://loyalty.example.org/verify/"},
    }[template]
    letter = Letter(
        program_id=member.program_id, key=key, to=member.email, template=template,
        language="en", account_id=member.account_id, context=told, **fields,
    )  # fmt: skip
    outbox.owe([letter], now=NOON)
    return Message.objects.get(key=key)


VERIFY = "member_verify_email"
