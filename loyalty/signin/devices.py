"""The devices in which somebody is signed in: known again, confirmed, listed, signed out."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from loyalty.merchants.models import User
from loyalty.signin.models import Device


def new_token() -> str:
    return secrets.token_urlsafe(24)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def find(user: User, token: str) -> Device | None:
    """The device whose cookie holds a token, unless it was signed out since."""
    return Device.objects.open().filter(user=user, token_hash=hash_of(token)).first()


def is_known(token: str) -> bool:
    """Whether anybody's device has this token."""
    return bool(token) and Device.objects.open().filter(token_hash=hash_of(token)).exists()


def meet(
    user: User, token: str, *, session_key: str, browser: str, address: str, now: datetime
) -> Device:
    """Know a device again, or write it down. One that was signed out begins anew, unconfirmed."""
    seen = {
        "session_key": session_key, "browser": browser[:200], "address": address, "seen_at": now,
    }  # fmt: skip
    device, is_new = Device.objects.get_or_create(
        user=user, token_hash=hash_of(token), defaults={**seen, "first_seen_at": now}
    )
    if not is_new:
        if device.ended_at is not None:
            seen |= {"ended_at": None, "confirmed_at": None, "first_seen_at": now}
        Device.objects.filter(pk=device.pk).update(**seen)
        device.refresh_from_db()
    return device


def confirm(device: Device, *, now: datetime) -> None:
    """Its holder has shown that it is them, by more than a password."""
    unconfirmed = Device.objects.open().filter(pk=device.pk, confirmed_at=None)
    if unconfirmed.update(confirmed_at=now):
        device.confirmed_at = now


def of(user: User) -> QuerySet[Device]:
    return Device.objects.open().filter(user=user).order_by("-seen_at", "-pk")


def signed_in(devices: Sequence[Device], *, now: datetime) -> set[int]:
    """On which of some devices their owner is signed in at the moment."""
    keys = {device.session_key: device.pk for device in devices if device.session_key}
    living = Session.objects.filter(session_key__in=keys, expire_date__gt=now)
    return {keys[key] for key in living.values_list("session_key", flat=True)}


def end(devices: QuerySet[Device], *, now: datetime) -> int:
    """Sign some devices out. They are strangers from now on."""
    keys = list(devices.exclude(session_key="").values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    return devices.update(ended_at=now, session_key="", confirmed_at=None)


def end_others(user: User, session: SessionBase, *, now: datetime) -> int:
    """Sign a person out everywhere but here."""
    return end(of(user).exclude(session_key=session.session_key or ""), now=now)


def end_all(user: User, *, now: datetime) -> int:
    return end(of(user), now=now)
