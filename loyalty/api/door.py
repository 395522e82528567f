"""What every view of the API is: a door of the program whose key opened it.

A view says for each method which scope opens it, reads what is told, calls one thing, shows the
answer. One that does not say is no view: the class itself is refused, so Taem does not start.
"""

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from loyalty.admission import Admission, Audience
from loyalty.api import bodies, problems
from loyalty.api.bodies import Answer, Body, Query
from loyalty.api.keys import HasScope, KeyAuthentication, Throttle
from loyalty.api.parsing import StrictJsonParser
from loyalty.api.problems import Problem
from loyalty.api.rendering import AlwaysJson, PlainJson
from loyalty.merchants import keys, requests
from loyalty.merchants.models import ApiKey, Program
from loyalty.merchants.requests import Given

WRITES = ("POST", "PUT", "PATCH", "DELETE")
METHODS = ("GET", *WRITES)
LONGEST_KEY = 100
Handler = Callable[..., Response]


class Door(APIView):
    """A view of the API: deny by default, one program, one JSON."""

    # The scope that opens each method: {"GET": "members:read"}.
    scopes: ClassVar[dict[str, str]] = {}
    # Methods that may change nothing, though they are no GET.
    only_asks: ClassVar[tuple[str, ...]] = ()
    # Methods whose effect has no number of its own, so that a retry without a key would repeat it.
    needs_key: ClassVar[tuple[str, ...]] = ()

    # The setting that says how often a minute a key may call it; else only all requests count.
    own_limit: ClassVar[str] = ""
    member_name: ClassVar[str] = "member"  # Under which its bodies name the member.

    authentication_classes = (KeyAuthentication,)
    permission_classes = (HasScope,)
    throttle_classes = (Throttle,)
    parser_classes = (StrictJsonParser,)
    renderer_classes = (PlainJson,)
    content_negotiation_class = AlwaysJson
    metadata_class = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        handled = {method for method in METHODS if hasattr(cls, method.lower())}
        if handled != set(cls.scopes):
            raise ImproperlyConfigured(f"{cls.__qualname__} must name a scope for each method.")
        if unknown := set(cls.scopes.values()) - set(keys.SCOPES):
            raise ImproperlyConfigured(f"{cls.__qualname__} names unknown scopes: {unknown}.")
        for method in handled.intersection(WRITES).difference(cls.only_asks):
            if handler := cls.__dict__.get(method.lower()):
                setattr(cls, method.lower(), _once(handler))

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Callable[..., HttpResponseBase]:
        view = super().as_view(**initkwargs)
        view.admits = Admission(  # type: ignore[attr-defined]
            Audience.MACHINES, cls.scopes, only_asks=bool(cls.only_asks)
        )
        return view

    currency = ""  # The program's, once it is known.

    def perform_authentication(self, request: Request) -> None:
        super().perform_authentication(request)
        self.currency = request.auth.program.currency

    @property
    def key(self) -> ApiKey:
        found: ApiKey = self.request.auth
        return found

    @property
    def program(self) -> Program:
        return self.key.program

    @cached_property
    def now(self) -> Any:
        return timezone.now()

    @property
    def idempotency_key(self) -> str:
        return str(self.request.META.get("HTTP_IDEMPOTENCY_KEY", ""))

    def told(self, kind: type[Body]) -> dict[str, Any]:
        """The body, read as one kind of body."""
        return bodies.read(kind, self.request.data, self.currency)

    def asked(self, kind: type[Query]) -> dict[str, Any]:
        """The parameters of the query, each told once at most."""
        asked = self.request.query_params
        if twice := [name for name, values in asked.lists() if len(values) > 1]:
            raise Problem(
                "invalid", _("“%(name)s” is asked for more than once.") % {"name": twice[0][:60]}
            )
        return bodies.read(kind, asked.dict(), self.currency)

    def shown(self, kind: type[Answer], value: Any) -> dict[str, Any]:
        return bodies.show(kind, value, self.currency)

    def answer(self, kind: type[Answer], value: Any, *, status: int = 200) -> Response:
        return Response(self.shown(kind, value), status=status)


def _once(handler: Handler) -> Handler:
    """Let a write with an Idempotency-Key happen once, and give the first answer to its retries."""

    @wraps(handler)
    def answered(door: Door, request: Request, **names: str) -> Response:
        if "HTTP_IDEMPOTENCY_KEY" not in request.META:
            if request.method in door.needs_key:
                raise Problem(
                    "idempotency_key_missing",
                    _("Send an Idempotency-Key, so that a retry does not do this twice."),
                )
            return handler(door, request, **names)
        return _keyed(handler, door, request, names)

    return answered


def _keyed(handler: Handler, door: Door, request: Request, names: dict[str, str]) -> Response:
    key = door.idempotency_key
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise Problem("bad_idempotency_key", _("An Idempotency-Key has 1 to 100 plain characters."))
    _parsed = request.data  # A body that cannot be read is refused before anything is locked.
    body = getattr(request, "raw_body", b"")

    def act() -> Given:
        response = handler(door, request, **names)
        about = _member_in(response.data, request.data, name=door.member_name)
        return Given(response.status_code, response.data, about=about)

    given = requests.once(
        door.program.pk,
        f"{request.method} {request.resolver_match.view_name}",
        key,
        requests.fingerprint(request.path.encode(), body),
        act,
        now=door.now,
    )
    headers = {"Idempotency-Replayed": "true"} if given.is_repeated else None
    return Response(given.answer, status=given.status, headers=headers)


def _member_in(*bodies: Any, name: str) -> str:
    """Whom a request is about, so that its answer can be forgotten with them."""
    named = (body.get(name) for body in bodies if isinstance(body, dict))
    return next((it[:16] for it in named if isinstance(it, str)), "")


def nothing_here(request: HttpRequest, **_names: str) -> JsonResponse:
    """The answer to any other address under the API's."""
    return problems.told(problems.not_found())


nothing_here.admits = Admission(  # type: ignore[attr-defined]
    Audience.ANYBODY, dict.fromkeys(METHODS, ""), only_asks=True
)
