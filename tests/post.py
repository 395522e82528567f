"""The mail as people get it: the worker is let at the outbox, then the inbox is opened."""

import re

from django.core import mail
from django.core.mail import EmailMessage
from django.utils import timezone

from loyalty.flows import letters


def inbox() -> list[EmailMessage]:
    """All letters that have arrived, those included that were owed a moment ago."""
    letters.send_due(clock=timezone.now)
    return mail.outbox


def code_in(letter: EmailMessage) -> str:
    """The code that stands in a line of its own."""
    found = re.search(r"^([0-9A-Z]{3,}(?:-[0-9A-Z]{3,})?)$", str(letter.body), re.M)
    assert found, letter.body
    return found[1]
