"""Settings that would let strangers in. On one's own machine http and a console do."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, register

from loyalty.checks.faults import fault, found

_AT_HOME = {"localhost", "127.0.0.1", "::1"}
# What keeps letters to itself.
_NOWHERE = ("console", "dummy", "filebased", "locmem")
# Sessions that every process knows, and that can be ended.
_SESSIONS = {
    "django.contrib.sessions.backends.db",
    "django.contrib.sessions.backends.cached_db",
    "allauth.usersessions.backends.db",
}
_QUICK_TO_GUESS = ("MD5", "SHA1", "Unsalted", "Plain")


@register(Tags.security)
def settings_are_safe(
    app_configs: Sequence[AppConfig] | None, **_options: Any
) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return []
    return found((_key, _debug, _hosts, _address, _cookies, _letters, _sessions, _passwords, _time))


def _key() -> CheckMessage | None:
    example = settings.SECRET_KEY.startswith(("change-me", "django-insecure"))
    if not example and len(settings.SECRET_KEY) >= 32:
        return None
    return fault(
        1,
        "SECRET_KEY is an example or too short.",
        "Set it to 50 or more random characters; .env.example shows how to make them.",
    )


def _debug() -> CheckMessage | None:
    if not settings.DEBUG:
        return None
    return fault(11, "DEBUG shows secrets to strangers.", "Leave DEBUG out.")


def _hosts() -> CheckMessage | None:
    if "*" not in settings.ALLOWED_HOSTS:
        return None
    return fault(
        2,
        "ALLOWED_HOSTS allows every host.",
        "Name the hosts, or leave it out: the host of PUBLIC_URL is allowed.",
    )


def _is_at_home() -> bool:
    return urlsplit(settings.PUBLIC_URL).hostname in _AT_HOME


def _address() -> CheckMessage | None:
    if urlsplit(settings.PUBLIC_URL).scheme == "https" or _is_at_home():
        return None
    return fault(
        12,
        f"PUBLIC_URL is {settings.PUBLIC_URL}: passwords and codes would travel in the open.",
        "Put a proxy with a certificate before Taem, and let PUBLIC_URL begin with https://.",
    )


def _cookies() -> CheckMessage | None:
    told = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY")
    careless = [name for name in told if not getattr(settings, name)]
    if not careless or _is_at_home():
        return None
    return fault(
        13,
        f"{', '.join(careless)} is off: others could read who is signed in.",
        "Let PUBLIC_URL begin with https://, and do not set it elsewhere.",
    )


def _letters() -> CheckMessage | None:
    kept = any(f".{backend}." in settings.EMAIL_BACKEND for backend in _NOWHERE)
    if not kept or _is_at_home():
        return None
    return fault(
        14,
        "Letters go nowhere but to the console, and the codes for signing in with them.",
        "Set EMAIL_URL, for example smtp+tls://user:password@mail.example.org:587.",
    )


def _sessions() -> CheckMessage | None:
    if settings.SESSION_ENGINE in _SESSIONS:
        return None
    return fault(
        15,
        f"SESSION_ENGINE is {settings.SESSION_ENGINE}: who signs out elsewhere would stay in.",
        "Keep sessions in the database.",
    )


def _passwords() -> CheckMessage | None:
    first = settings.PASSWORD_HASHERS[0]
    if not any(name in first for name in _QUICK_TO_GUESS):
        return None
    return fault(
        16, f"Passwords are hashed by {first}, which is quick to guess.", "Leave Django's hashers."
    )


def _time() -> CheckMessage | None:
    if settings.USE_TZ and settings.TIME_ZONE == "UTC":
        return None
    return fault(
        17,
        "USE_TZ is off or TIME_ZONE is not UTC: days would begin at the wrong hour.",
        "Leave both: days belong to a program's own zone.",
    )
