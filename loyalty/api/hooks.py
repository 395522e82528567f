"""Where shops' machines tell us what happened. Who may, a signature over the body says.

The answer comes as soon as the event is written down; what it means is looked at afterwards.
"""

import re

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from loyalty import limits
from loyalty.admission import Audience, admits
from loyalty.api import problems
from loyalty.api.keys import too_many
from loyalty.api.problems import Problem
from loyalty.inbox import receiving, signatures
from loyalty.inbox.models import Endpoint
from loyalty.signin.addresses import network_of

MOST_BYTES = 2 * 1024 * 1024
EVENTS_A_MINUTE = 6_000  # By one endpoint: a hundred orders a second.
WRONG_A_MINUTE = 120  # Unknown addresses and wrong signatures from one network.
# What WooCommerce sends when a webhook is saved: unsigned, and refused, it is not saved.
PING = re.compile(rb"webhook_id=\d{1,20}")


@admits(Audience.MACHINES)
@csrf_exempt
@require_POST
def receive(request: HttpRequest, public_id: str) -> HttpResponse:
    try:
        return _received(request, public_id)
    except Problem as problem:
        return JsonResponse(
            problems.document(problem), status=problem.status, headers=problem.headers,
            content_type=problems.CONTENT_TYPE,
        )  # fmt: skip


def _received(request: HttpRequest, public_id: str) -> HttpResponse:
    now = timezone.now()
    endpoint = receiving.endpoint_at(public_id)
    if endpoint is None:
        raise _wrong(request, problems.not_found())
    raw = _body(request)
    if endpoint.dialect == "woocommerce" and PING.fullmatch(raw):
        return JsonResponse({"status": "heard"})
    if not signatures.is_signed(endpoint, request.headers, raw, at=now):
        sentence = _("The signature is missing, or is not of this body and the endpoint's secret.")
        raise _wrong(request, Problem("bad_signature", sentence, status=401))
    _within_pace(endpoint)
    is_new = receiving.keep(endpoint, request.headers, raw, now=now)
    return JsonResponse({"status": "kept" if is_new else "known"})


def _body(request: HttpRequest) -> bytes:
    """The bytes as they came, and no more of them than an event has."""
    try:
        raw = request.read(MOST_BYTES + 1)
    except UnreadablePostError as error:
        raise Problem("bad_request", _("The request could not be read.")) from error
    if len(raw) > MOST_BYTES:
        raise Problem("body_too_large", _("The body is too large."), status=413)
    return raw


def _wrong(request: HttpRequest, problem: Problem) -> Problem:
    """Who guesses is slowed down; whoever signs well never notices."""
    at = timezone.now().timestamp()
    wait = limits.hit(f"bad-hook:{network_of(request)}", WRONG_A_MINUTE, at=at)
    return too_many(wait) if wait else problem


def _within_pace(endpoint: Endpoint) -> None:
    at = timezone.now().timestamp()
    if wait := limits.hit(f"hook:{endpoint.pk}", EVENTS_A_MINUTE, at=at):
        raise too_many(wait)
