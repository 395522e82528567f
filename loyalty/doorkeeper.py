"""The last to look before a page is shown: nobody passes where nobody said who may.

The doors themselves know programs, roles and scopes. This one holds for all addresses, those of
packages too, and does not depend on a view having remembered its guard.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.cache import add_never_cache_headers

from loyalty.admission import SAFE, Audience
from loyalty.routes import admission_at

GUARDED_BY_THEIR_DOORS = (Audience.MEMBERS, Audience.STAFF, Audience.MACHINES)


class Doorkeeper:
    """Middleware that asks the table of addresses before each view."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        admission = admission_at(match) if match else None
        if admission and admission.audience == Audience.SIGNED_IN:
            add_never_cache_headers(response)  # Secrets are on these pages; packages forget it.
        return response

    def process_view(
        self, request: HttpRequest, _view: Any, _args: Any, _kwargs: Any
    ) -> HttpResponse | None:
        assert request.resolver_match is not None
        admission = admission_at(request.resolver_match)
        if admission is None:
            raise Http404
        if not admission.takes(request.method or ""):
            return HttpResponseNotAllowed(admission.asks)
        if admission.audience in (Audience.ANYBODY, *GUARDED_BY_THEIR_DOORS):
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path() if request.method in SAFE else "/")
        if admission.audience == Audience.INSTALLATION and not request.user.is_staff:
            raise PermissionDenied
        return None
