"""Asking people to come back in a moment: when more of them come than we can answer, and while the
database is away.

A process answers a few requests at once, because more at once would only make all of them slow. A
few more wait a second for their turn, and to all others it says so at once: a page or a problem
with status 503 and Retry-After. So in a rush those who are let in are answered as fast as ever.
"""

import logging
import sys
from collections.abc import Callable
from threading import Semaphore

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.defaults import bad_request, server_error

from loyalty.api import entrance, problems
from loyalty.api.problems import Problem

PATIENCE_SECONDS = 1.0
RETRY_SECONDS = 2
SENTENCE = gettext_noop("There is a rush just now. Send the same request again in a moment.")
# What costs next to nothing, or says whether we are well, is never turned away.
FREE = ("/healthz", "/readyz", f"/{settings.STATIC_URL.strip('/')}/")
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'"

log = logging.getLogger(__name__)


class Gate:
    """Middleware that lets in so many requests at once, and asks the others to come back."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._places = Semaphore(settings.WEB_AT_ONCE)
        self._queue = Semaphore(settings.WEB_WAITING)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(FREE):
            return self.get_response(request)
        if not self._enter():
            return come_back(request, "overloaded")
        try:
            return self.get_response(request)
        finally:
            self._places.release()

    def _enter(self) -> bool:
        """Take a place, if need be after waiting for it in the queue, if that has room."""
        if self._places.acquire(blocking=False):
            return True
        if not self._queue.acquire(blocking=False):
            return False
        try:
            return self._places.acquire(timeout=PATIENCE_SECONDS)
        finally:
            self._queue.release()


def broken(request: HttpRequest) -> HttpResponse:
    """Django's handler of what nobody caught. A database that is away is no mistake of ours."""
    return _if_away(request, sys.exc_info()[1]) or server_error(request)


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of bad requests. It takes a session that could not be saved for one."""
    return _if_away(request, exception) or bad_request(request, exception)


def _if_away(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """The answer to an error that comes of a database which is away."""
    cause = error
    while cause is not None and not isinstance(cause, OperationalError | InterfaceError):
        cause = cause.__cause__ or cause.__context__
    if cause is None:
        return None
    log.warning("The database could not answer a page: %s", cause)
    return come_back(request, "busy")


def come_back(request: HttpRequest, code: str) -> HttpResponse:
    """Status 503, for people and for machines, made of nothing that could be busy too."""
    with translation.override(translation.get_language_from_request(request)):
        if request.path_info.startswith(entrance.PREFIX):
            response: HttpResponse = _problem(Problem(code, _(SENTENCE), status=503))
        else:
            response = HttpResponse(get_template("503.html").render(), status=503)
            response.headers["Content-Security-Policy"] = POLICY
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    add_never_cache_headers(response)
    return response


def _problem(problem: Problem) -> HttpResponse:
    return JsonResponse(
        problems.document(problem), status=problem.status, content_type=problems.CONTENT_TYPE
    )
