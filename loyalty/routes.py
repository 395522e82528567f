"""Every address of the project, with whom it lets in: one table, gathered from the views.

An address that says nothing is an error at start-up (``loyalty.checks``), and nobody comes in there
(``loyalty.doorkeeper``).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver

from loyalty.admission import Admission, Audience, methods_of

# What packages bring says nothing itself, so it is said here, by the name of the address.
BROUGHT: Mapping[str, Audience] = {
    "api:schema": Audience.ANYBODY,
    "api:docs": Audience.ANYBODY,
    "account_login": Audience.ANYBODY,
    "account_logout": Audience.ANYBODY,
    "account_inactive": Audience.ANYBODY,
    "account_signup": Audience.ANYBODY,
    "account_reauthenticate": Audience.SIGNED_IN,
    "account_email": Audience.SIGNED_IN,
    "account_email_verification_sent": Audience.ANYBODY,
    "account_change_password": Audience.SIGNED_IN,
    "account_set_password": Audience.SIGNED_IN,
    "account_reset_password": Audience.ANYBODY,
    "account_reset_password_done": Audience.ANYBODY,
    "account_reset_password_from_key": Audience.ANYBODY,
    "account_reset_password_from_key_done": Audience.ANYBODY,
    "account_request_login_code": Audience.ANYBODY,
    "account_confirm_login_code": Audience.ANYBODY,
    "mfa_index": Audience.SIGNED_IN,
    "mfa_authenticate": Audience.ANYBODY,  # Between the password and the second step.
    "mfa_reauthenticate": Audience.SIGNED_IN,
    "mfa_activate_totp": Audience.SIGNED_IN,
    "mfa_deactivate_totp": Audience.SIGNED_IN,
    "mfa_view_recovery_codes": Audience.SIGNED_IN,
    "mfa_generate_recovery_codes": Audience.SIGNED_IN,
    "mfa_download_recovery_codes": Audience.SIGNED_IN,
    "mfa_list_webauthn": Audience.SIGNED_IN,
    "mfa_add_webauthn": Audience.SIGNED_IN,
    "mfa_reauthenticate_webauthn": Audience.SIGNED_IN,
    "mfa_remove_webauthn": Audience.SIGNED_IN,
    "mfa_edit_webauthn": Audience.SIGNED_IN,
    "mfa_login_webauthn": Audience.ANYBODY,
    "set_language": Audience.ANYBODY,
}
# Views of packages whose methods nothing tells.
METHODS = {
    "set_language": ["POST"],
    "account_email_verification_sent": ["GET", "POST"],
}


@dataclass(frozen=True, slots=True)
class Route:
    """One address."""

    address: str  # "dashboard/<slug:slug>/rules/"
    name: str  # "dashboard:rules"
    view: Any
    admission: Admission | None  # None: it says nothing, and lets nobody in.


def routes() -> list[Route]:
    """The table, in the order in which addresses are looked up."""
    return [
        Route(address, name, view, admission_of(view, name))
        for address, name, view in _walk(get_resolver().url_patterns)
    ]


def admission_of(view: Any, name: str) -> Admission | None:
    """Whom a view lets in: as it says itself, or as is said here of what a package brings."""
    said: Admission | None = getattr(view, "admits", None)
    if said is None and name in BROUGHT:
        return _brought(view, name)
    return said


def admission_at(match: ResolverMatch) -> Admission | None:
    return admission_of(match.func, match.view_name)


@cache
def _brought(view: Any, name: str) -> Admission:
    methods = METHODS.get(name) or methods_of(view)
    return Admission(BROUGHT[name], dict.fromkeys(methods, ""))


def _walk(
    patterns: Iterable[URLPattern | URLResolver], address: str = "", space: str = ""
) -> Iterator[tuple[str, str, Any]]:
    for pattern in patterns:
        here = address + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, here, inner)
        else:
            yield here, f"{space}{pattern.name}", pattern.callback
