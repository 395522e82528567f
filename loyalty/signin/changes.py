"""Changes of somebody's way in, and how long nothing is spent after one.

Who takes an account over changes its password or its address first. Their owner hears of it at the
old address, and has a day or more before anything can be spent.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.merchants.models import User
from loyalty.signin.models import Credentials

CHANGES: Mapping[str, Any] = {
    "password": _("your password was changed"),
    "email": _("your e-mail address was changed"),
    "phone": _("your phone number was changed"),
    "second_step": _("your second step was taken away"),
}


def note(user: User, what: str, *, now: datetime) -> None:
    """Write down that a person's way in was changed just now."""
    if what not in CHANGES:
        raise ValueError(f"Nobody signs in by {what!r}.")
    Credentials.objects.update_or_create(user=user, defaults={"changed_at": now, "what": what})


def latest(user_id: int | None) -> Credentials | None:
    return Credentials.objects.filter(user=user_id).first() if user_id else None


def held_until(change: Credentials | None, *, hours: int, now: datetime) -> datetime | None:
    """Until when nothing is spent after a change; None when nothing has to wait."""
    if change is None:
        return None
    until = change.changed_at + timedelta(hours=hours)
    return until if until > now else None
