"""Light or dark: kept in a cookie, so that the page comes in its colours from the first byte."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from loyalty.admission import Audience, admits

COOKIE = f"{settings.COOKIE_PREFIX}theme"
THEMES = ("light", "dark")
YEAR = 60 * 60 * 24 * 365


@admits(Audience.ANYBODY)
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme that was chosen; anything else means as the device has it."""
    response = redirect(_next(request))
    theme = request.POST.get("theme")
    if theme in THEMES:
        response.set_cookie(COOKIE, theme, max_age=YEAR, samesite="Lax", secure=settings.HTTPS)
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    return response


def theme_of(request: HttpRequest) -> str:
    """What this browser chose; nothing means as the device has it."""
    theme = request.COOKIES.get(COOKIE, "")
    return theme if theme in THEMES else ""


def _next(request: HttpRequest) -> str:
    asked = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        asked, {request.get_host()}, require_https=request.is_secure()
    )
    return asked if safe else "/"
