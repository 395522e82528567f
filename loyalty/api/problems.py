"""How the API says no: RFC 9457, a sentence for people and a code for machines.

{"type": "urn:taem:problem:insufficient_points", "title": "Conflict", "status": 409,
 "detail": "This needs 500; there are 120.", "code": "insufficient_points",
 "facts": {"missing": 380}}
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, JsonResponse
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings

from loyalty.api.fields import decimal_text, instant_text
from loyalty.money import exponent
from loyalty.refusal import Refusal
from loyalty.signin.telling import tell

log = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"

# A refusal is a conflict with how things stand (409), unless it says that something is not there
# (404) or cannot be meant (422).
STATUSES = {
    "not_found": 404,
    "unknown_member": 404,
    "unknown_sale": 404,
    "voucher_unknown": 404,
    "key_with_other_body": 422,
    "made_in_future": 422,
    "invalid_sale": 422,
    "bad_contact": 422,
    "bad_program_file": 422,
    "bad_amount": 422,
    "needs_reason": 422,
    "unknown_referral_code": 422,
    "bad_answers": 422,
}
# What the framework raises before a view has a say.
CODES: dict[type[Exception], str] = {
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.UnsupportedMediaType: "not_json",
    exceptions.PermissionDenied: "forbidden",
    exceptions.ParseError: "not_json",
}
RETRY_SECONDS = 1
TURNED_AWAY = (401, 403, 429)  # What the log keeps of who asked: nobody in particular, or too much.


class Problem(Exception):
    """A request that the API cannot take, told by the API itself; flows raise Refusals."""

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        status: int = 400,
        headers: Mapping[str, str] | None = None,
        errors: list[dict[str, str]] | None = None,
        **facts: Any,
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status
        self.headers = dict(headers or {})
        self.errors = errors
        self.facts = facts


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """The problem that an error is to the caller. None: it is our own mistake, and a 500."""
    problem = problem_of(error)
    if problem is None:
        return None
    response = Response(
        document(problem, getattr(context["view"], "currency", "")),
        status=problem.status,
        headers=problem.headers,
        content_type=CONTENT_TYPE,
    )
    if problem.status in TURNED_AWAY:
        asked = context["request"]  # Which would ask once more who it is.
        key = getattr(asked, "_auth", None)
        tell(problem.code, asked._request, status=problem.status, key=getattr(key, "pk", None))
    # A refusal is an answer like any other; the log is for what is wrong with us.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def document(problem: Problem, currency: str = "") -> dict[str, Any]:
    """The members of RFC 9457, and ours: code, errors (by field), facts."""
    told: dict[str, Any] = {
        "type": f"urn:taem:problem:{problem.code}",
        "title": HTTPStatus(problem.status).phrase,
        "status": problem.status,
        "detail": str(problem),
        "code": problem.code,
    }
    if problem.errors:
        told["errors"] = problem.errors
    if problem.facts:
        told["facts"] = _plain(problem.facts, currency)
    return told


def _plain(facts: Any, currency: str) -> Any:
    """Facts as the rest of the API tells such things: amounts in the currency, instants in UTC."""
    if isinstance(facts, dict):
        return dict(_named(name, fact, currency) for name, fact in facts.items())
    if isinstance(facts, datetime):
        return instant_text(facts)
    return facts if isinstance(facts, str | int | list | None) else str(facts)


def _named(name: str, fact: Any, currency: str) -> tuple[str, Any]:
    if currency and name.endswith("_minor") and isinstance(fact, int):
        return name.removesuffix("_minor"), decimal_text(fact, exponent(currency))
    return name, _plain(fact, currency)


def problem_of(error: Exception) -> Problem | None:
    """The problem that an error is to the caller, by the first of these kinds that it is."""
    return next((tell(error) for kinds, tell in KINDS if isinstance(error, kinds)), None)


def not_found(what: str = "") -> Problem:
    """Said alike of what does not exist and of what belongs to somebody else."""
    facts: dict[str, Any] = {"what": what} if what else {}
    return Problem("not_found", _("There is nothing here by that name."), status=404, **facts)


def our_mistake(reference: str) -> Problem:
    """What broke on our side, by the name under which the log has it."""
    return Problem(
        "internal_error",
        _("Something broke on our side, and is written down. Nothing of this request was done."),
        status=500,
        reference=reference,
    )


def told(problem: Problem) -> JsonResponse:
    """A problem as an answer, where no view is there to give it."""
    return JsonResponse(
        document(problem), status=problem.status, headers=problem.headers,
        content_type=CONTENT_TYPE,
    )  # fmt: skip


def invalid(error: exceptions.ValidationError) -> Problem:
    errors = [
        {"field": field, "code": str(detail.code), "detail": str(detail)}
        for field, detail in _flat(error.detail)
    ]
    return Problem("invalid", _("The request has fields that are wrong."), errors=errors)


def _of_refusal(refusal: Refusal) -> Problem:
    status = STATUSES.get(refusal.code, 409)
    headers = {"Retry-After": str(RETRY_SECONDS)} if refusal.code == "still_running" else None
    return Problem(refusal.code, str(refusal), status=status, headers=headers, **refusal.facts)


def _of_framework(error: exceptions.APIException) -> Problem:
    code = CODES.get(type(error), str(error.default_code))
    return Problem(code, str(error.detail), status=error.status_code)


def _too_large(_error: Exception) -> Problem:
    return Problem("body_too_large", _("The body is too large."), status=413)


def _unreadable(_error: Exception) -> Problem:
    return Problem("bad_request", _("The request could not be read."))


def _busy(error: Exception) -> Problem:
    log.warning("The database could not answer the API: %s", error)
    return Problem(
        "busy",
        _("The database did not answer in time. Send the same request again."),
        status=503,
        headers={"Retry-After": str(RETRY_SECONDS)},
    )


def _flat(detail: Any, path: str = "") -> Iterator[tuple[str, exceptions.ErrorDetail]]:
    """Nested errors as pairs: ("lines.0.amount", what is wrong with it)."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            place = path if name == api_settings.NON_FIELD_ERRORS_KEY else f"{path}.{name}"
            yield from _flat(inner, place.strip("."))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flat(inner, path)
    else:
        yield path, detail


KINDS: list[tuple[Any, Callable[[Any], Problem]]] = [
    (Problem, lambda problem: problem),
    (Refusal, _of_refusal),
    (exceptions.ValidationError, invalid),
    ((Http404, exceptions.NotFound), lambda _error: not_found()),
    (exceptions.APIException, _of_framework),
    (PermissionDenied, lambda _error: _of_framework(exceptions.PermissionDenied())),
    (RequestDataTooBig, _too_large),
    ((SuspiciousOperation, UnreadablePostError), _unreadable),
    (OperationalError, _busy),
]
