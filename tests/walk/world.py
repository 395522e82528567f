"""The café and the bakery, side by side, and everybody who walks from one to the other."""

import json
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.http import HttpResponse

from loyalty import kept
from loyalty.admission import Audience
from loyalty.dashboard import sealed
from loyalty.dashboard.told import LETTER
from loyalty.flows import unsubscribe
from loyalty.merchants import requests
from loyalty.merchants.models import AuditEntry, KeyedRequest, Role
from loyalty.routes import Route, routes
from loyalty.signin.models import Device
from tests.makers import NOON
from tests.walk import canary
from tests.walk.asking import BODIES, PARAMETERS, filled, path_of
from tests.walk.business import Business, make_business, make_customer
from tests.walk.canary import Trespass
from tests.walk.pages import form_on
from tests.walk.people import Walker, machines_of, passkey_of, people_of

# Pages that send on who is signed in.
FOR_GUESTS = {
    "account_login", "account_signup", "account_reset_password", "account_request_login_code",
    "mfa_login_webauthn", "dashboard:join",
}  # fmt: skip
KEY = "the same key"  # An Idempotency-Key that the bakery has used.


@dataclass
class Answer:
    """What came back, read whole, and whether anything was written meanwhile."""

    status: int
    body: bytes
    headers: bytes
    location: str
    trespasses: list[str] = field(default_factory=list)
    lines_in_trail: int = 0

    @property
    def everything(self) -> bytes:
        return self.headers + b"\n" + self.body


class World:
    """Made once for a walk. Each request is undone after it was looked at."""

    def __init__(self) -> None:
        self.cafe = make_business("cafe")
        self._name_the_rest(self.cafe)
        before = canary.rows()
        self.bakery = make_business("bakery")
        self.others = canary.added(before, canary.rows())  # Than the neighbour and theirs.
        neighbour = make_customer(self.bakery.program, "neighbour@example.org")
        after = canary.rows()
        theirs = canary.added(before, after)
        walking = [neighbour.user, self.bakery.staff["gone"].user]
        canary.plant(theirs, sparing=self._of(walking, neighbour))
        self._name_the_rest(self.bakery)
        # Who has such a link may use it: strangers make theirs up.
        signature = self.cafe.ids["leave_token"].partition(":")[2]
        self.bakery.ids["leave_token"] = f"{self.bakery.ids['member']}:{signature}"
        self.bakery.ids["token"] = "made-up"
        self.bakery.ids["asking"] = self.cafe.ids["asking"].rpartition(":")[2]
        self.bakery.ids["passkey"] = passkey_of(self.bakery.staff[Role.OWNER].user)
        self._answer_kept_for_the_bakery()
        # Who may not know of the bakery may not touch its neighbour either.
        self.theirs = canary.added(before, canary.rows())
        self.people = people_of(self.cafe, self.bakery, neighbour.user)
        self.machines = machines_of(self.cafe, self.bakery)
        self.known = canary.rows()
        self._forms: dict[str, dict[str, Any]] = {}
        kept.forget()

    def ask(
        self, walker: Walker, method: str, address: str, told: Any, *, headers: dict[str, str],
        query: dict[str, str],
    ) -> Answer:  # fmt: skip
        as_json = address.startswith("/api/") or address.startswith("/hooks/")
        walker.client.cookies = deepcopy(walker.cookies)
        facts: dict[str, Any] = {"query_params": query, "headers": walker.headers | headers}
        with transaction.atomic(), canary.writes_noted() as written:
            if method in ("GET", "HEAD", "OPTIONS"):
                answer = walker.client.generic(method, address, **facts)
            elif as_json:
                answer = walker.client.generic(
                    method, address, _json(told), content_type="application/json", **facts
                )
            elif method == "POST":
                answer = walker.client.post(address, told, **facts)
            else:
                answer = walker.client.generic(method, address, **facts)
            read = _read(answer)
            if changed := written():
                watch = Trespass(self._not_to_be_touched_by(walker), self.known)
                read.trespasses = watch.found(changed)
                read.lines_in_trail = AuditEntry.objects.count() - len(self.known[AuditEntry])
            transaction.set_rollback(True)
        if changed:
            kept.forget()
        return read

    def works_for(self, route: Route) -> Walker:
        """Somebody of the café to whom an address opens."""
        assert route.admission is not None
        if route.name == "dashboard:team_leave":
            return self._person("café manager")
        if route.admission.audience == Audience.MACHINES:
            return next(it for it in self.machines if it.name == "café key all")
        if route.admission.audience == Audience.STAFF:
            return self._person("café owner")
        return self._person("anonymous" if route.name in FOR_GUESTS else "café member")

    def _person(self, name: str) -> Walker:
        return next(it for it in self.people if it.name == name)

    def form(self, route: Route) -> dict[str, Any]:
        """The form that an address shows, as a browser would send it."""
        if route.name not in self._forms:
            self._forms[route.name] = self._form(route)
        return self._forms[route.name]

    def _form(self, route: Route) -> dict[str, Any]:
        admission = route.admission
        if admission is None or not (admission.takes("GET") and admission.takes("POST")):
            return {}
        if admission.audience == Audience.MACHINES:
            return {}
        address = path_of(route, self.cafe.ids)
        query = filled(PARAMETERS.get(route.name, {}), self.cafe.ids)
        answer = self.ask(self.works_for(route), "GET", address, {}, headers={}, query=query)
        return form_on(answer.body.decode(), address) if answer.status == 200 else {}

    def _not_to_be_touched_by(self, walker: Walker) -> canary.Pks:
        if not walker.is_neighbour:
            return self.theirs
        return {
            model: pks
            for model, pks in self.others.items()
            if model.__name__ not in canary.TOLD_TO_ALL
        }

    def _of(self, users: list[Any], neighbour: Any) -> canary.Pks:
        spared: canary.Pks = {}
        for model in canary.WATCHED:
            names = {it.name for it in model._meta.concrete_fields}
            found = set()
            if model.__name__ == "User":
                found = {user.pk for user in users}
            elif model.__name__ == "Member":
                found = {neighbour.pk}
            elif "user" in names:
                found = set(model._base_manager.filter(user__in=users).values_list("pk", flat=True))
            spared[model] = found
        return spared

    def _name_the_rest(self, business: Business) -> None:
        link = unsubscribe.link_for(business.member)
        location = business.program.merchant.locations.get()
        device = Device.objects.create(user=business.member.user, token_hash=business.ids["slug"])
        business.ids |= {
            "shop": location.code,
            "leave_token": link.split("/unsubscribe/")[1].split("/")[0],
            "colour": "8a3b12",
            "device": device.public_id,
            "passkey": "0",
            "job": sealed.seal(int(business.ids["job"]), "job"),
            "letter": sealed.seal(int(business.ids["letter"]), LETTER),
            "sealed": sealed.seal(int(business.ids["letter"]), "letters"),
        }

    def _answer_kept_for_the_bakery(self) -> None:
        """As if the bakery's till had sent the very requests that strangers will send."""
        for route in routes():
            if not route.name.startswith("api:v1:") or route.name not in BODIES:
                continue
            path, told = (
                path_of(route, self.bakery.ids),
                filled(BODIES[route.name], self.bakery.ids),
            )
            KeyedRequest.objects.create(
                program=self.bakery.program, route=f"POST {route.name}", key=KEY, status=201,
                body_hash=requests.fingerprint(path.encode(), _json(told)),
                answer={"name": canary.SECRET}, asked_at=NOON,
            )  # fmt: skip


def _json(told: Any) -> bytes:
    return json.dumps(told).encode()


def _read(answer: HttpResponse) -> Answer:
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    headers = "\n".join(f"{name}: {value}" for name, value in answer.items())
    cookies = answer.cookies.output()
    return Answer(
        answer.status_code, body, f"{headers}\n{cookies}".encode(), answer.get("Location", "")
    )
