"""Browsers in which somebody is signed in, and what they send with a form."""

from datetime import datetime

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.core.signing import get_cookie_signer

from loyalty.merchants.models import User
from loyalty.signin import browsers, devices

BACKEND = "django.contrib.auth.backends.ModelBackend"
CSRF = "abcdefghijklmnopqrstuvwxyz012345"


def browser_of(user: User, *, now: datetime) -> str:
    """The cookies of somebody who has signed in, on a device where they showed that it is them."""
    token = devices.new_token()
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    device = devices.meet(
        user, token, session_key=str(session.session_key), browser="rig", address="127.0.0.1",
        now=now,
    )  # fmt: skip
    devices.confirm(device, now=now)
    signed = get_cookie_signer(salt=browsers.COOKIE + browsers.SALT).sign(token)
    return f"sessionid={session.session_key}; {browsers.COOKIE}={signed}; csrftoken={CSRF}"
