"""What allauth has to tell people, as letters of the outbox: owed in a row, sent by the worker.

So signing in never waits for a mail server, and a code that was promised is sent however often the
worker is killed. Codes and links are kept sealed, and only until they are sent.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from loyalty import formats
from loyalty.flows import identity
from loyalty.leases import new_token
from loyalty.messaging import outbox
from loyalty.messaging.outbox import Letter

CODE_IS_GOOD = timedelta(minutes=15)  # At most: what allauth allows is less, or the same.

# The changes that people hear of, by allauth's name for the letter about it.
CHANGES: Mapping[str, str] = {
    "account/email/password_changed": "password",
    "account/email/password_reset": "password",
    "account/email/password_set": "password",
    "account/email/email_changed": "email",
    "account/email/email_confirm": "email_confirmed",
    "account/email/email_deleted": "email_removed",
    "mfa/email/totp_activated": "app_added",
    "mfa/email/totp_deactivated": "app_removed",
    "mfa/email/recovery_codes_generated": "recovery_codes",
    "mfa/email/webauthn_added": "passkey_added",
    "mfa/email/webauthn_removed": "passkey_removed",
}
CODES: Mapping[str, str] = {
    "account/email/login_code": "sign_in_code",
    "account/email/email_confirmation": "address_code",
    "account/email/email_confirmation_signup": "address_code",
}
# What else is written, and where its link leads.
LINKS: Mapping[str, tuple[str, str]] = {
    "account/email/account_already_exists": ("account_exists", "password_reset_url"),
    "account/email/unknown_account": ("no_account", "signup_url"),
}
PASSWORD_LINK = "account/email/password_reset_key"  # noqa: S105 - the name of a letter


def owe(name: str, to: str, context: Mapping[str, Any], *, now: datetime) -> None:
    """Owe a letter that allauth wants written. Each wish for one is a cause of its own."""
    template, told = _told(name, context, now)
    letter = Letter(
        program_id=None, key=f"account:{new_token()}", to=to, template=template,
        language=_language(to, context), context=told,
    )  # fmt: skip
    outbox.owe([letter], now=now)


def _told(name: str, context: Mapping[str, Any], now: datetime) -> tuple[str, dict[str, Any]]:
    if name in CODES:
        good_until = now + CODE_IS_GOOD
        return CODES[name], {"code": context["code"], "good_until": good_until.isoformat()}
    if name == PASSWORD_LINK:
        good_until = now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
        link = context["password_reset_url"]
        return "password_link", {"link": link, "good_until": good_until.isoformat()}
    if name in LINKS:
        template, link = LINKS[name]
        return template, {"link": context[link]}
    return "account_changed", {
        "what": CHANGES[name],
        "email": context.get("to_email") or context.get("deleted_email") or "",
        "changed_at": context["timestamp"].isoformat(),
        "address": context["ip"],
        "browser": context["user_agent"],
    }


def _language(to: str, context: Mapping[str, Any]) -> str:
    """The person's own; of somebody whom we do not know, the language of the page."""
    known = getattr(context.get("user"), "language", "") or identity.language_of(to)
    return known or formats.language()
