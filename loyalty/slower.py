"""Asking people to wait: a page, and the seconds for programs."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from loyalty.signin.telling import tell

MINUTE = 60


def slower(request: HttpRequest, wait: int = MINUTE) -> HttpResponse:
    """429, with a page that says how long. Packages call it too, as the project's handler."""
    tell("too_many", request)
    minutes = -(-wait // MINUTE)
    response = render(request, "429.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(wait)
    return response
