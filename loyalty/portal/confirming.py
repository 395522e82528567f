"""Showing that it is still you: by a code that is sent to your own address.

allauth asks again for a password, a passkey or an authenticator's code. This is a fourth way, and
on a device that is new the password alone is not enough: it is what others guess and buy.
"""

import time
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.account.models import EmailAddress
from allauth.account.views import BaseReauthenticateView
from allauth.core.internal.cryptokit import normalize_user_code
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.admission import Audience, admits
from loyalty.merchants.models import User
from loyalty.signin import browsers, devices, tries
from loyalty.signin.tries import TooManyTries
from loyalty.slower import slower
from loyalty.toasts import say

STATE = "confirming"
LASTS_SECONDS = 10 * 60
MOST_GUESSES = 3  # Then a new code is needed.
CODES_AN_HOUR = 6
HOUR = 60 * 60
STRONG = {"code", "mfa"}  # Ways by which one shows more than a password.


def is_confirmed(request: HttpRequest) -> bool:
    """Whether this device is known to be its owner's, or has just been shown to be."""
    device = browsers.device_of(request)
    if device and device.is_confirmed():
        return True
    if not _has_shown_more(request):
        return False
    devices.confirm(device or browsers.here(request), now=timezone.now())
    return True


def note_code(request: HttpRequest, user: User) -> None:
    """Somebody typed the code that we sent to their address."""
    record_authentication(request, user, "code", email=user.email)


def masked(email: str) -> str:
    """Enough of an address to know it again, too little to learn it."""
    name, _at, host = email.partition("@")
    return f"{name[:1]}•••@{host}"


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "none"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        state = self.request.session.get(STATE)
        if not state or time.time() - state["at"] > LASTS_SECONDS:
            raise forms.ValidationError(_("This code is over. Let us send a new one."))
        if not constant_time_compare(state["hash"], _hash(code)):
            _count_guess(self.request, state)
            raise forms.ValidationError(_("This is not the code that we sent."))
        del self.request.session[STATE]
        return code


class ByCode(BaseReauthenticateView):
    """Is it still you? Sends a code when it is asked to, and takes it."""

    form_class = CodeForm
    template_name = "account/reauthenticate_by_code.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.POST.get("action") != "send":
            response: HttpResponse = super().post(request, *args, **kwargs)
            return response
        try:
            _send(request)
        except TooManyTries as refusal:
            return slower(request, refusal.wait)
        say(request, _("A code is on its way to you."))
        return HttpResponseRedirect(request.get_full_path())

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: CodeForm) -> HttpResponse:
        record_authentication(
            self.request, self.request.user, "code",
            email=self.request.user.email, reauthenticated=True,
        )  # fmt: skip
        response: HttpResponse = super().form_valid(form)
        return response

    def get_reauthentication_alternatives(self) -> list[dict[str, Any]]:
        """A password is no way on: on a new device one would be asked again."""
        others = super().get_reauthentication_alternatives()
        return [other for other in others if other["id"] != "reauthenticate"]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        told: dict[str, Any] = super().get_context_data(**kwargs)
        sent = self.request.session.get(STATE)
        return told | {"is_sent": bool(sent), "email": masked(self.request.user.email)}


by_code = admits(Audience.SIGNED_IN)(ByCode.as_view())


def can_be_sent_a_code(user: User) -> bool:
    """Codes go to an address that was shown to be theirs."""
    return bool(EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists())


def _has_shown_more(request: HttpRequest) -> bool:
    records = get_authentication_records(request, request.user)
    return any(record.get("method") in STRONG for record in records)


def _send(request: HttpRequest) -> None:
    user = request.user
    assert isinstance(user, User)
    wait = tries.count(f"confirming:{user.pk}", CODES_AN_HOUR, at=timezone.now(), seconds=HOUR)
    if wait:
        raise TooManyTries(_("Those were many codes. Wait an hour, please."), wait=wait)
    code = get_adapter().generate_login_code()
    request.session[STATE] = {"hash": _hash(code), "at": time.time(), "guesses": 0}
    get_adapter().send_mail(
        "account/email/login_code", user.email, {"request": request, "code": code, "user": user}
    )


def _count_guess(request: HttpRequest, state: dict[str, Any]) -> None:
    state["guesses"] += 1
    if state["guesses"] >= MOST_GUESSES:
        del request.session[STATE]
    else:
        request.session[STATE] = state


def _hash(code: str) -> str:
    return salted_hmac(
        "loyalty.confirming", normalize_user_code(code), algorithm="sha256"
    ).hexdigest()
