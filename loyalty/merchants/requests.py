"""Doing a request once, however often it is sent: the answer is kept beside its effect."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from loyalty.merchants.models import KeyedRequest
from loyalty.refusal import Refusal


class StillRunning(Refusal):
    """The same request is being done this moment."""

    code = "still_running"


class KeyWithOtherBody(Refusal):
    """The key was used for another request: two different wishes cannot share one answer."""

    code = "key_with_other_body"


class Forgotten(Refusal):
    """The request was done, and the person whom it was about has been forgotten since."""

    code = "member_forgotten"


GONE = 410


@dataclass(frozen=True, slots=True)
class Given:
    """An answer, and whether it is one that was given before."""

    status: int
    answer: Any
    is_repeated: bool = False
    about: str = ""  # The member, where the request is about one.


def fingerprint(*parts: bytes) -> str:
    """A digest of what a request asks for."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def once(
    program_id: int,
    route: str,
    key: str,
    body_hash: str,
    act: Callable[[], Given],
    *,
    now: datetime,
) -> Given:
    """The answer to a keyed request: the one that was given, or that of acting now.

    What ``act`` raises undoes all that it did, and then nothing is kept: a retry starts afresh.
    """
    with transaction.atomic():
        _take_turn(f"{program_id}/{route}/{key}")
        asked = KeyedRequest.objects.filter(program=program_id, route=route, key=key)
        # A list has no first(): the constraint says that there is one at most.
        for kept in asked:
            if kept.body_hash != body_hash:
                raise KeyWithOtherBody(_("This Idempotency-Key came with another request before."))
            if kept.status == GONE:
                raise Forgotten(_("This was about somebody who was forgotten since."))
            return Given(kept.status, kept.answer, is_repeated=True)
        given = act()
        if given.status < 300:
            _keep(
                KeyedRequest(
                    program_id=program_id, route=route, key=key, body_hash=body_hash,
                    status=given.status, answer=given.answer, about=given.about, asked_at=now,
                )
            )  # fmt: skip
        return given


def make_nobodys(program_id: int, public_ids: Iterable[str]) -> None:
    """Take away what was answered about somebody, and keep that it was asked: no retry does it."""
    asked = KeyedRequest.objects.filter(program=program_id, about__in=list(public_ids))
    asked.update(status=GONE, answer=None)


def forget(before: datetime) -> int:
    """Drop the answers given before an instant, and say how many. Ninety days are promised."""
    forgotten, _by_model = KeyedRequest.objects.filter(asked_at__lt=before).delete()
    return forgotten


def _take_turn(name: str) -> None:
    """Be the only one with this key until the transaction ends, or be told so at once.

    SQLite needs no lock: its IMMEDIATE transactions run one after the other.
    """
    if connection.vendor != "postgresql":
        return
    number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        raise StillRunning(_("The same request is being done. Ask again in a moment."))


def _keep(row: KeyedRequest) -> None:
    try:
        row.save(force_insert=True)
    except IntegrityError as error:
        raise StillRunning(_("The same request is being done. Ask again in a moment.")) from error
