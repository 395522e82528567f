"""Knows the browser again in which somebody is signed in, by a cookie that holds a token."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from loyalty.signin import devices
from loyalty.signin.addresses import address_of
from loyalty.signin.models import Device

COOKIE = f"{settings.COOKIE_PREFIX}device"
SALT = "loyalty.signin.device"
MAX_AGE = 60 * 60 * 24 * 400  # As long as browsers keep a cookie at all.
# What the session remembers: its own key and the day, so that most requests write nothing.
MET = "device_met"
NEW_TOKEN = "new_device_token"  # noqa: S105 - a name


class Devices:
    """Middleware: writes down in which browser somebody is, once a session and day."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        session = getattr(request, "session", None)
        # A page that asked for no session stays one that anybody may keep.
        if session is None or not session.accessed or SESSION_KEY not in session:
            return response
        if request.user.is_authenticated:
            if session.get(MET) != _met(request) or not token_of(request):
                here(request)
                _remember(response, token_of(request))
            elif hasattr(request, NEW_TOKEN):
                _remember(response, token_of(request))
        return response


def token_of(request: HttpRequest) -> str:
    """What the browser's cookie holds, or will hold once this request is answered."""
    new: str = getattr(request, NEW_TOKEN, "")
    return new or request.get_signed_cookie(COOKIE, "", salt=SALT, max_age=MAX_AGE) or ""


def device_of(request: HttpRequest) -> Device | None:
    """The device that a signed-in request comes from, if it was met before."""
    token = token_of(request)
    return devices.find(request.user, token) if token and request.user.is_authenticated else None


def here(request: HttpRequest) -> Device:
    """The browser of a signed-in request, written down under its session's present key."""
    token = token_of(request)
    if not token:
        token = devices.new_token()
        setattr(request, NEW_TOKEN, token)
    session = request.session
    if not session.session_key:
        session.save()
    device = devices.meet(
        request.user,  # type: ignore[arg-type]
        token,
        session_key=session.session_key or "",
        browser=request.META.get("HTTP_USER_AGENT", ""),
        address=address_of(request),
        now=timezone.now(),
    )
    session[MET] = _met(request)
    return device


def _met(request: HttpRequest) -> list[str]:
    return [request.session.session_key or "", timezone.now().date().isoformat()]


def _remember(response: HttpResponse, token: str) -> None:
    """Keep the token in the browser, for as long as it keeps anything."""
    response.set_signed_cookie(
        COOKIE,
        token,
        salt=SALT,
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
