"""The way in for machines: past sessions, messages, cookies and sign-in, which only pages need."""

import logging
from collections.abc import Callable

from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.urls import resolve
from django.utils import translation

from loyalty.api import problems
from loyalty.public_ids import new_public_id

log = logging.getLogger(__name__)

PREFIX = "/api/v1/"
HEADERS = {
    # What is told of members is nobody else's to keep, and no browser shows it as a page.
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Vary": "Accept-Language",
}


class ApiEntrance:
    """Middleware that answers for the API itself, and lets everything else go on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        with translation.override(translation.get_language_from_request(request)):
            response = _answer(request)
            response.headers.setdefault("Content-Language", translation.get_language() or "en")
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _answer(request: HttpRequest) -> HttpResponse:
    try:
        request.resolver_match = match = resolve(request.path_info)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        return response.render() if isinstance(response, SimpleTemplateResponse) else response
    except Http404:
        return problems.told(problems.not_found())
    except Exception:
        return _broken(request)


def _broken(request: HttpRequest) -> HttpResponse:
    """Something is wrong with us. The log has it under the reference that the caller is told."""
    reference = new_public_id()
    log.exception(
        "%s %s broke (reference %s)", request.method, request.path_info, reference,
        extra={"status_code": 500, "request": request, "reference": reference},
    )  # fmt: skip
    got_request_exception.send(sender=ApiEntrance, request=request)
    return problems.told(problems.our_mistake(reference))
