"""Sending what is owed. Any number of workers may do it at once, embedded or apart.

A worker claims a few letters with a token and a lease, commits the claim, and renews it while it is
at them. Each letter is then marked as begun, written and sent outside any transaction, and marked
as sent; both marks are made only while the worker still holds the claim. So of a lost worker we
know for each letter whether it was begun:

- one that was not begun is sent by the next worker;
- one that was begun and *must arrive* is sent again, under the same Message-ID;
- any other that was begun is in doubt: it becomes ``unknown`` and is not sent again.
"""

import logging
import smtplib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction

from loyalty import leases, outside
from loyalty.leases import LEASE
from loyalty.messaging import catalog
from loyalty.messaging.models import Message, MessageQuerySet

Status = Message.Status
Clock = Callable[[], datetime]
# Reads what some letters need, and returns what writes each. Writing may raise NotWanted.
Writer = Callable[[Sequence[Message]], Callable[[Message], EmailMessage]]

BITE = 50
# Waits after the first, second … failure; after one more it is dead: three days and a half in all.
WAITS = [timedelta(minutes=wait) for wait in (1, 5, 15, 60, 180, 360, 720, 1440, 1440, 1440)]
MOST_ATTEMPTS = len(WAITS) + 1
LOST_ONE = "The worker was lost while it was sending this letter."
LOST = "Each worker that tried to send this letter was lost."
# The mail server has answered, and did not take the letter: there is no doubt.
REFUSED = (
    smtplib.SMTPResponseException,
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPNotSupportedError,
)

logger = logging.getLogger(__name__)

_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT id FROM messaging_message
    WHERE status IN ('owed', 'sending') AND (status = 'owed' OR must_arrive)
      AND due_at <= %s
      AND (leased_until IS NULL OR leased_until <= %s OR leased_until > %s)
    ORDER BY must_arrive DESC, due_at, id LIMIT %s {lock}
)
UPDATE messaging_message SET lease = %s, leased_until = %s
WHERE id IN (SELECT id FROM due) RETURNING id
"""


class NotWanted(Exception):
    """Nobody wants this letter any more. Says why."""


class _ServerAway(Exception):
    """The mail server cannot be reached: there is no sense in trying the next letter."""


def send_due(writer: Writer, *, clock: Clock, limit: int = 500, seconds: float = 30) -> int:
    """Send what is due, a bite at a time, until nothing is left or the time is over."""
    outside.refuse_in_transaction()
    give_up_doubtful(at=clock())
    ends, done = time.monotonic() + seconds, 0
    while done < limit and time.monotonic() < ends:
        bite = claim(at=clock(), limit=min(BITE, limit - done))
        if not bite:
            break
        try:
            done += _deliver(bite, writer, clock, ends)
        except _ServerAway as error:
            logger.warning("The mail server does not answer: %s", error)
            break
    return done


def claim(*, at: datetime, limit: int = BITE) -> list[Message]:
    """Take some letters that are due, for as long as the lease lasts."""
    lock = "FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    lease, adapt = leases.new_token(), connection.ops.adapt_datetimefield_value
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        due = [adapt(at), adapt(at), adapt(leases.latest(at)), limit]
        cursor.execute(_CLAIM.format(lock=lock), [*due, lease, adapt(at + LEASE)])
        ids = [row[0] for row in cursor.fetchall()]
    bite = Message.objects.filter(pk__in=ids, lease=lease).select_related("program")
    return list(bite.order_by("-must_arrive", "due_at", "pk"))


def give_up_doubtful(*, at: datetime) -> int:
    """Leave alone what a lost worker may have sent, where twice is worse than never."""
    doubtful = Message.objects.in_doubt(at)
    return doubtful.update(status=Status.UNKNOWN, lease="", leased_until=None, error=LOST_ONE)


def owe_again(message: Message, *, now: datetime) -> bool:
    """Try a letter again that is dead or in doubt, because somebody decided so."""
    given_up = Message.objects.dead().filter(pk=message.pk)
    return bool(given_up.update(status=Status.OWED, due_at=now, attempts=0, error=""))


def owe_all_again(program_id: int, *, now: datetime) -> int:
    """Try all letters of a program again that surely did not arrive. In doubt one looks first."""
    given_up = Message.objects.filter(program=program_id, status=Status.DEAD)
    return given_up.update(status=Status.OWED, due_at=now, attempts=0, error="")


# --- One bite ------------------------------------------------------------------------------------


def _deliver(bite: Sequence[Message], writer: Writer, clock: Clock, ends: float) -> int:
    """Send a bite, and say of how many letters we know now what becomes of them."""
    left, done = list(bite), 0
    try:
        with leases.renewed(_held(bite), clock), _mail_server() as server:
            write = _prepared(writer, bite)
            while left and time.monotonic() < ends:
                _one(left[0], write, server, clock)
                left.pop(0)
                done += 1
    except _ServerAway as error:
        for message in left:
            message.attempts += 1
            _failed(message, str(error), clock())
        left.clear()
        raise
    finally:
        _put_back(left)
    return done


def _prepared(writer: Writer, bite: Sequence[Message]) -> Callable[[Message], EmailMessage]:
    """What all the letters of a bite need, read at once; or for each alone, where that fails."""
    try:
        return writer(bite)
    except Exception:
        logger.exception("Some letters could not be prepared together.")
        return lambda message: writer([message])(message)


def _one(
    message: Message, write: Callable[[Message], EmailMessage], server: "_Server", clock: Clock
) -> None:
    server.open()
    if not _begin(message, clock()):
        return  # Our lease was over; another worker has it.
    if message.attempts > MOST_ATTEMPTS:
        _finish(message, status=Status.DEAD, error=LOST)
        return
    try:
        mail = write(message)
    except NotWanted as reason:
        _finish(message, status=Status.DROPPED, error=str(reason))
    except Exception as error:  # A letter that cannot be written must not stop the others.
        logger.exception("Letter %s (%s) could not be written.", message.pk, message.template)
        _failed(message, _said(error), clock())
    else:
        _send(message, mail, server, clock)


def _send(message: Message, mail: EmailMessage, server: "_Server", clock: Clock) -> None:
    outside.refuse_in_transaction()
    try:
        server.send(mail)
    except Exception as error:
        logger.warning("Letter %s was not sent: %s", message.pk, _said(error))
        _unsent(message, error, clock())
    else:
        _finish(message, status=Status.SENT, sent_at=clock(), error="")


def _begin(message: Message, at: datetime) -> bool:
    """Mark a letter as being sent, if it is still ours. Without this mark nothing is sent."""
    message.attempts += 1
    ours = Message.objects.filter(pk=message.pk, lease=message.lease)
    begun = {"status": Status.SENDING, "attempts": message.attempts}
    return bool(ours.update(leased_until=at + LEASE, **begun))


def _unsent(message: Message, error: Exception, at: datetime) -> None:
    if isinstance(error, smtplib.SMTPRecipientsRefused) and _is_final(error):
        _finish(message, status=Status.DEAD, error=_said(error))
    elif message.must_arrive or isinstance(error, REFUSED):
        _failed(message, _said(error), at)
    else:
        _finish(message, status=Status.UNKNOWN, error=_said(error))


def _failed(message: Message, reason: str, at: datetime) -> None:
    """Not sent, surely: try again later, or give up."""
    attempts = message.attempts
    if attempts >= MOST_ATTEMPTS:
        _finish(message, status=Status.DEAD, attempts=attempts, error=reason)
    else:
        due_at = at + WAITS[attempts - 1]
        _finish(message, status=Status.OWED, attempts=attempts, due_at=due_at, error=reason)


def _finish(message: Message, **changes: Any) -> None:
    """Write down what became of a letter, if it is still ours."""
    kind = catalog.KINDS.get(message.template)
    if kind and kind.secrets and changes["status"] in (Status.SENT, Status.DROPPED):
        changes["context"] = catalog.without_secrets(kind, message.context)
    ours = Message.objects.filter(pk=message.pk, lease=message.lease)
    ours.update(lease="", leased_until=None, **changes)


def _put_back(messages: Sequence[Message]) -> None:
    """Give up the claim on letters that were not begun."""
    if messages:
        # One that was begun and must not repeat stays claimed, and is in doubt when the lease ends.
        sure = _held(messages).exclude(status=Status.SENDING, must_arrive=False)
        sure.update(lease="", leased_until=None)


def _held(bite: Sequence[Message]) -> MessageQuerySet:
    """Of a bite, what we still hold."""
    ids = [message.pk for message in bite]
    return Message.objects.filter(pk__in=ids, lease=bite[0].lease)


def _is_final(error: smtplib.SMTPRecipientsRefused) -> bool:
    """Whether the server says of the address that it will never take a letter for it."""
    return all(code >= 500 for code, _reply in error.recipients.values())


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:1000]


# --- The mail server -----------------------------------------------------------------------------


class _Server:
    """One connection for a bite: opened for the first letter, and again after a failure."""

    def __init__(self, backend: BaseEmailBackend) -> None:
        self.backend = backend
        self.is_open = False

    def open(self) -> None:
        if self.is_open:
            return
        try:
            self.backend.open()
        except (OSError, smtplib.SMTPException) as error:
            raise _ServerAway(_said(error)) from error
        self.is_open = True

    def send(self, mail: EmailMessage) -> None:
        try:
            self.backend.send_messages([mail])
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        self.is_open = False
        try:
            self.backend.close()
        except (OSError, smtplib.SMTPException):
            logger.info("The mail server was gone before we said goodbye.")


@contextmanager
def _mail_server() -> Iterator[_Server]:
    server = _Server(get_connection())
    try:
        yield server
    finally:
        server.close()
