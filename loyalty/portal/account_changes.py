"""allauth's pages that change how somebody signs in: the change and the letter about it are one
transaction, so a worker or a server that dies between the two leaves neither.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path, re_path

View = Callable[..., HttpResponseBase]


def in_one_transaction(view: View) -> View:
    """What is posted to a page is done whole; looking at it locks nothing."""
    whole = transaction.atomic(view)

    @wraps(view)
    def chosen(request: HttpRequest, **told: Any) -> HttpResponseBase:
        return (whole if request.method == "POST" else view)(request, **told)

    return chosen


# The addresses and names are allauth's own: these come before them in loyalty.urls.
urlpatterns = [
    path(route, in_one_transaction(view), name=name)
    for route, view, name in (
        ("signup/", account.signup, "account_signup"),
        ("confirm-email/", account.email_verification_sent, "account_email_verification_sent"),
        ("email/", account.email, "account_email"),
        ("password/change/", account.password_change, "account_change_password"),
        ("password/set/", account.password_set, "account_set_password"),
        ("2fa/totp/activate/", totp.activate_totp, "mfa_activate_totp"),
        ("2fa/totp/deactivate/", totp.deactivate_totp, "mfa_deactivate_totp"),
        (
            "2fa/recovery-codes/generate/",
            recovery_codes.generate_recovery_codes,
            "mfa_generate_recovery_codes",
        ),
        ("2fa/webauthn/add/", passkeys.add_webauthn, "mfa_add_webauthn"),
        ("2fa/webauthn/keys/<int:pk>/remove/", passkeys.remove_webauthn, "mfa_remove_webauthn"),
    )
]
urlpatterns += [
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        in_one_transaction(account.password_reset_from_key),
        name="account_reset_password_from_key",
    )
]
