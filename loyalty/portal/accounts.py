"""What Taem adds to signing in: memberships follow a confirmed address, links name PUBLIC_URL."""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty import formats
from loyalty.flows import identity
from loyalty.merchants.models import User
from loyalty.portal import account_letters, confirming
from loyalty.portal.speaking import remember
from loyalty.signin import browsers, changes, devices, tries
from loyalty.signin.addresses import address_of
from loyalty.signin.telling import tell
from loyalty.slower import slower

# What allauth tells people of afterwards, and which of their credentials it was.
CHANGED: Mapping[str, str] = {
    "account/email/password_changed": "password",
    "account/email/password_reset": "password",
    "account/email/password_set": "password",
    "account/email/email_changed": "email",
    "mfa/email/totp_deactivated": "second_step",
    "mfa/email/webauthn_removed": "second_step",
}
ALL_FAILURES = "failed sign-ins"  # The count of all of them together.
# The ways to show again that it is you, in our words.
WAYS: Mapping[str, Any] = {
    "reauthenticate": gettext_lazy("Use your password"),
    "mfa_reauthenticate": gettext_lazy("Use a code of your authenticator app"),
    "mfa_reauthenticate:webauthn": gettext_lazy("Use a passkey"),
}
TOO_MANY = {"too_many_login_attempts", "rate_limited"}
MINUTE = 60
FIVE_MINUTES = 5 * MINUTE


class AccountAdapter(DefaultAccountAdapter):
    """allauth's questions to the house."""

    def save_user(
        self, request: HttpRequest, user: User, form: forms.Form, commit: bool = True
    ) -> User:
        user.language = formats.language()
        return super().save_user(request, user, form, commit)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            _follow(email_address.user)
            confirming.note_code(request, email_address.user)
        return confirmed

    def post_login(self, request: HttpRequest, user: User, **facts: Any) -> HttpResponse:
        """By a code one confirms an address too; what was enrolled meanwhile waits as well."""
        tell("signed_in", request, level=logging.INFO, user=user.pk, by=_ways(request))
        if email_is_verified(user):
            _follow(user)
        response: HttpResponse = super().post_login(request, user, **facts)
        if user.language and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            remember(response, user.language)
        return response

    def get_client_ip(self, request: HttpRequest) -> str:
        """One answer for the whole house, of what proxies are believed."""
        return address_of(request)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Tries of one account and from one address are allauth's; of all together, ours."""
        wait = tries.wait_for(ALL_FAILURES, settings.FAILED_SIGN_INS_A_MINUTE, at=timezone.now())
        # While somebody tries passwords from everywhere, known devices may still come in.
        if wait and not devices.is_known(browsers.token_of(request)):
            raise ImmediateHttpResponse(slower(request, wait))
        super().pre_authenticate(request, **credentials)

    def validation_error(self, code: str, *args: Any) -> Exception:
        """Too many tries are no mistake in a form: they are asked to wait, as everywhere."""
        if code in TOO_MANY:
            return ImmediateHttpResponse(slower(self.request, FIVE_MINUTES))
        error: Exception = super().validation_error(code, *args)
        return error

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        limit = settings.FAILED_SIGN_INS_A_MINUTE
        tries.count(ALL_FAILURES, limit, at=timezone.now(), seconds=MINUTE)
        tell("sign_in_failed", request)
        super().authentication_failed(request, **credentials)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        methods: list[dict[str, Any]] = [
            {**way, "description": str(WAYS[way["id"]])}
            for way in super().get_reauthentication_methods(user)
        ]
        if user.is_authenticated and confirming.can_be_sent_a_code(user):
            way = {"id": "code", "description": _("Send me a code by e-mail")}
            methods.append({**way, "url": reverse("account_reauthenticate_code")})
        return methods

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """What is told of a way in is written down too: redemption waits after some changes."""
        if what := CHANGED.get(template_prefix):
            changes.note(user, what, now=timezone.now())
        super().send_notification_mail(
            template_prefix, user, {**(context or {}), "user": user}, email
        )

    def is_safe_url(self, url: str) -> bool:
        """Only an address of our own, and without a host: no other name for us is needed."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Owed, and sent by the worker. Links name PUBLIC_URL, whatever host the request named."""
        links = {name: public(link) for name, link in context.items() if name.endswith("_url")}
        account_letters.owe(template_prefix, email, {**context, **links}, now=timezone.now())


def email_is_verified(user: User) -> bool:
    """Whether somebody has shown that the address they sign in with is theirs."""
    shown = EmailAddress.objects.filter(user=user, email__iexact=user.email, verified=True)
    return bool(shown.exists())


def public(link: str) -> str:
    """An address of ours as the world reaches it."""
    parts = urlsplit(link)
    query = f"?{parts.query}" if parts.query else ""
    return f"{settings.PUBLIC_URL}{parts.path}{query}"


def _ways(request: HttpRequest) -> str:
    """How somebody showed who they are: "password", "password+mfa", "code"."""
    records = get_authentication_records(request, request.user)
    return "+".join(str(record.get("method")) for record in records)


def _follow(user: User) -> None:
    identity.email_confirmed(user, email=user.email, now=timezone.now())
