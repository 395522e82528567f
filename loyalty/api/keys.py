"""Who may call: the bearer of a program's key, as far as its scopes go. All else is denied."""

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from loyalty import limits
from loyalty.api.problems import Problem
from loyalty.merchants import keys
from loyalty.merchants.models import ApiKey
from loyalty.signin import tries
from loyalty.signin.addresses import address_of


class KeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer taem_…``. The key names its program, so no address has to."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey]:
        kind, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise _unknown(
                "key_missing", _("Send the key of a program: “Authorization: Bearer taem_…”.")
            )
        now = timezone.now()
        key = keys.verify(token.strip(), today=now.date())
        if key is None:
            name = f"bad-key:{address_of(request)}"
            if wait := limits.hit(name, settings.API_BAD_KEYS_A_MINUTE, at=now.timestamp()):
                raise too_many(wait)
            raise _unknown("key_unknown", _("This key does not exist, or was revoked."))
        return None, key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Taem"'


class Denied(BasePermission):
    """What a view has that declares nothing: nobody may call it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False


class HasScope(BasePermission):
    """The key has the scope that the view declares for the method."""

    def has_permission(self, request: Request, view: Any) -> bool:
        scope = view.scopes.get("GET" if request.method == "HEAD" else request.method)
        if scope is None:
            raise MethodNotAllowed(request.method or "")
        if scope not in request.auth.scopes:
            raise Problem(
                "missing_scope",
                _("This key does not have the scope “%(scope)s”.") % {"scope": scope},
                status=403,
                scope=scope,
            )
        return True


class Throttle(BaseThrottle):
    """So many requests a minute by one key, and from one address."""

    def allow_request(self, request: Request, view: Any) -> bool:
        at = timezone.now().timestamp()
        of_key = limits.hit(f"key:{request.auth.pk}", settings.API_REQUESTS_A_MINUTE, at=at)
        address = f"address:{address_of(request)}"
        of_address = limits.hit(address, 2 * settings.API_REQUESTS_A_MINUTE, at=at)
        of_view = 0
        if view.own_limit:
            most = getattr(settings, view.own_limit)
            # Codes can be guessed, so they are counted by all processes together.
            name = f"key:{request.auth.pk}:{view.own_limit}"
            of_view = tries.count(name, most, at=timezone.now(), seconds=60)
        if wait := max(of_key, of_address, of_view):
            raise too_many(wait)
        return True


def too_many(wait: int) -> Problem:
    return Problem(
        "too_many_requests",
        _("Too many requests. Wait %(seconds)s seconds.") % {"seconds": wait},
        status=429,
        headers={"Retry-After": str(wait)},
    )


def _unknown(code: str, sentence: str) -> Problem:
    return Problem(code, sentence, status=401, headers={"WWW-Authenticate": 'Bearer realm="Taem"'})
