"""Refusing what is too large before any of it is read: a form's files would else fill the disk."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from loyalty.api import entrance, problems
from loyalty.api.problems import Problem

MOST_BYTES = 12 * 1024 * 1024  # More than any page or address of ours takes.


class SizeLimit:
    """Middleware. A request that does not tell its length has no body: the servers see to that."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = request.META.get("CONTENT_LENGTH") or "0"
        if not told.isdigit() or int(told) <= MOST_BYTES:
            return self.get_response(request)
        sentence = _("This is too large: at most %(most)s MB.") % {"most": MOST_BYTES // 1024**2}
        if request.path_info.startswith(entrance.PREFIX):
            problem = problems.document(Problem("too_large", sentence, status=413))
            return JsonResponse(problem, status=413, content_type=problems.CONTENT_TYPE)
        return HttpResponse(sentence, status=413, content_type="text/plain; charset=utf-8")
