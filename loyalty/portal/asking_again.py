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
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from loyalty.admission import SAFE

# What is sent to these changes how somebody signs in.
GUARDED = frozenset({
    "account_email", "account_set_password", "mfa_activate_totp", "mfa_add_webauthn",
    "mfa_generate_recovery_codes",
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
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        assert request.resolver_match is not None
        is_guarded = request.resolver_match.view_name in GUARDED and request.method not in SAFE
        if is_guarded and request.user.is_authenticated and _is_unproven(request):
            back = urlencode({"next": request.path})
            return HttpResponseRedirect(f"{reverse('account_reauthenticate_code')}?{back}")
        return None


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
