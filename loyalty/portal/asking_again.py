"""Asking again who it is, also of those whom allauth does not ask.

It asks for a password, a passkey or an app's code, and lets everybody pass who has none of them.
But whoever signs in by codes alone can be sent one: what could take an account over waits for that.
"""

import time
from collections.abc import Callable
from typing import Any

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import (
    get_reauthentication_flows,
    raise_if_reauthentication_required,
)
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from loyalty.admission import SAFE

# What is sent to these changes how somebody signs in.
GUARDED = frozenset({
    "account_email", "account_set_password", "mfa_activate_totp", "mfa_add_webauthn",
    "mfa_generate_recovery_codes",
})  # fmt: skip


# Who has a second step shows it here: a password that was seen must not take it away.
OF_ALL_FACTORS = frozenset({
    "account_change_password", "mfa_deactivate_totp", "mfa_remove_webauthn",
})  # fmt: skip


def prove(request: HttpRequest) -> None:
    """Go on only if it was shown a moment ago that it is still them."""
    raise_if_reauthentication_required(request, app="loyalty")
    if _is_unproven(request):
        raise ReauthenticationRequired


class AsksAgain:
    """Middleware before allauth's own pages: a code by mail for who has no other way to show it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in SAFE or not request.user.is_authenticated:
            return self.get_response(request)
        before = _latest(request)
        response = self.get_response(request)
        # Who has just shown more goes on in a session whose key nobody can have seen before.
        if request.user.is_authenticated and _latest(request) > before:
            request.session.cycle_key()
        return response

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        assert request.resolver_match is not None
        if request.method in SAFE or not request.user.is_authenticated:
            return None
        name = request.resolver_match.view_name
        if name in GUARDED and _is_unproven(request):
            return _ask(request, "account_reauthenticate_code")
        if name in GUARDED | OF_ALL_FACTORS and (way := _second_step_to_show(request)):
            return _ask(request, way)
        return None


def _ask(request: HttpRequest, way: str) -> HttpResponse:
    """Show first that it is you; then come back to this page."""
    return HttpResponseRedirect(f"{reverse(way)}?{urlencode({'next': request.path})}")


def _latest(request: HttpRequest) -> float:
    """When it was last shown in this session who it is."""
    records = get_authentication_records(request, request.user)
    return max((float(record["at"]) for record in records), default=0.0)


def _second_step_to_show(request: HttpRequest) -> str:
    """The page that asks for a second step, of who has one and did not show it a moment ago."""
    if is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
        way = "mfa_reauthenticate"
    elif is_mfa_enabled(request.user, [Authenticator.Type.WEBAUTHN]):
        way = "mfa_reauthenticate_webauthn"
    else:
        return ""
    shown = [
        record["at"]
        for record in get_authentication_records(request, request.user)
        if record.get("method") == "mfa"
    ]
    is_late = time.time() - max(shown, default=0) >= app_settings.REAUTHENTICATION_TIMEOUT
    return way if is_late else ""


def _is_unproven(request: HttpRequest) -> bool:
    """Whether allauth has no way to ask them, and no code was typed lately."""
    if get_reauthentication_flows(request.user):
        return False
    codes = [
        it["at"]
        for it in get_authentication_records(request, request.user)
        if it.get("method") == "code"
    ]
    return time.time() - max(codes, default=0) >= app_settings.REAUTHENTICATION_TIMEOUT
