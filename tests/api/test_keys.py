import re
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern

from loyalty import limits
from loyalty.api.door import Door, nothing_here
from loyalty.api.urls import at, v1
from loyalty.flows import keys as flow
from loyalty.flows.settings import change
from loyalty.merchants.keys import SCOPES
from loyalty.merchants.models import ApiKey, AuditEntry
from tests.api.conftest import V1, Caller, code_of, make_caller
from tests.makers import NOON, TODAY, make_staff
from tests.walk.asking import BODIES

ROUTES = [
    (pattern, method) for pattern in v1 if pattern.callback is not nothing_here
    for method in pattern.callback.view_class.scopes
]  # fmt: skip
NAMING = [(pattern, method) for pattern, method in ROUTES if "<slug:id>" in str(pattern.pattern)]


def name_of(route) -> str:
    pattern, method = route
    return f"{method} {pattern.name}"


def path_of(pattern: URLPattern, **names: str) -> str:
    """The address of a route, with a name that could be somebody's."""
    given = {"id": "bcdfghjkmnpqrstv", "number": "points-1", "code": "XXXX-XXXX-XXXX"} | names
    path = str(pattern.pattern)
    for name, value in given.items():
        path = path.replace(f"<slug:{name}>", value)
    return re.sub(r"<\w+:\w+>", "bcdfghjkmnpqrstv", path)


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_nobody_enters_without_the_scope(route, cafe):
    pattern, method = route
    scope = pattern.callback.view_class.scopes[method]
    others = make_caller(cafe, set(SCOPES) - {scope})
    answer = others.send(method.lower(), path_of(pattern))
    assert code_of(answer) == (403, "missing_scope")
    assert answer.json()["facts"] == {"scope": scope}


@pytest.mark.parametrize("route", ROUTES, ids=name_of)
def test_nobody_enters_without_a_key(route, db):
    pattern, method = route
    answer = Caller().send(method.lower(), path_of(pattern))
    assert code_of(answer) == (401, "key_missing")
    assert answer["WWW-Authenticate"] == 'Bearer realm="Taem"'


@pytest.mark.parametrize("route", NAMING, ids=name_of)
def test_what_is_of_another_program_is_not_there(route, stranger, ana):
    pattern, method = route
    body = BODIES.get(f"api:v1:{pattern.name}")
    answer = stranger.send(method.lower(), path_of(pattern, id=ana.public_id), body, key="k")
    assert code_of(answer) == (404, "not_found")


def test_every_address_is_a_door():
    for pattern in v1:
        view = pattern.callback
        assert view is nothing_here or issubclass(view.view_class, Door)


def test_a_door_without_scopes_does_not_start():
    with pytest.raises(ImproperlyConfigured):
        type("Open", (Door,), {"get": lambda self, request: None})
    with pytest.raises(ImproperlyConfigured):
        type("Odd", (Door,), {"get": lambda self, request: None, "scopes": {"GET": "all:read"}})
    with pytest.raises(ImproperlyConfigured):
        at("open", object, "open")


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer taem_x_y", "taem_x_y",
     "Bearer taem_bbbbbbbb_" + "0" * 48, "Bearer \x00", "Bearer taem_bbbbbbbb_" + "๐" * 48],
)  # fmt: skip
def test_what_is_no_key_opens_nothing(db, client, header):
    answer = client.get(f"{V1}members", headers={"Authorization": header})
    assert code_of(answer)[0] == 401


def test_the_right_prefix_alone_opens_nothing(till, client):
    prefix = ApiKey.objects.get().prefix
    token = f"taem_{prefix}_{'0' * 48}"
    answer = client.get(f"{V1}members", headers={"Authorization": f"Bearer {token}"})
    assert code_of(answer) == (401, "key_unknown")


def test_a_revoked_key_is_refused_from_the_next_request_on(till, cafe):
    assert till.get("members").status_code == 200
    owner = make_staff(cafe)
    key = flow.revoke(ApiKey.objects.get(), by=owner, now=NOON, reason="lost")
    assert code_of(till.get("members")) == (401, "key_unknown")
    flow.revoke(key, by=owner, now=NOON + timedelta(days=1))
    assert ApiKey.objects.get().revoked_at == NOON
    assert AuditEntry.objects.filter(action="key.revoke").count() == 1


def test_the_secret_is_kept_nowhere(cafe):
    key, token = flow.create(cafe, name="Till", scopes=["members:read"], by=None, now=NOON)
    secret = token.rpartition("_")[2]
    assert len(secret) == 48
    kept = [str(row) for row in ApiKey.objects.values()] + [
        str(row) for row in AuditEntry.objects.values()
    ]
    assert not any(secret in text for text in kept)
    assert key.prefix in token


def test_a_key_has_a_name_and_scopes_that_exist(cafe):
    for name, scopes in [("", ["members:read"]), ("x" * 81, ["members:read"])]:
        with pytest.raises(flow.KeyWithoutName):
            flow.create(cafe, name=name, scopes=scopes, by=None, now=NOON)
    for scopes in (["members:burn"], []):
        with pytest.raises(flow.UnknownScope):
            flow.create(cafe, name="Till", scopes=scopes, by=None, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_a_request_costs_one_query_for_the_key_and_its_program(till):
    till.get("members", external_id="x")
    with CaptureQueriesContext(connection) as asked:
        till.get("members", external_id="x")
    assert len(asked) == 2, "one for the key and its program, one for the members"


@pytest.mark.django_db(transaction=True)
def test_a_change_of_the_program_is_seen_at_once(till, cafe):
    assert till.get("program").json()["name"] == {"en": "Café points", "th": "แต้มคาเฟ่"}
    change(cafe, by=make_staff(cafe), now=NOON, name={"en": "New"})
    assert till.get("program").json()["name"] == {"en": "New"}


def test_a_use_is_noted_once_a_day(till):
    till.get("members")
    assert ApiKey.objects.get().last_used_on == TODAY
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        till.get("members")
    assert ApiKey.objects.get().last_used_on == TODAY + timedelta(days=1)


def test_what_is_not_described_is_not_there(till):
    assert code_of(till.get("nothing/such")) == (404, "not_found")
    assert code_of(till.client.delete(f"{V1}members", headers=till.headers)) == (
        405, "method_not_allowed",
    )  # fmt: skip
    assert code_of(till.client.options(f"{V1}members", headers=till.headers))[0] == 405
    assert till.client.head(f"{V1}members", headers=till.headers).status_code == 200


def test_a_key_that_asks_too_often_is_told_when_to_come_back(till, settings):
    settings.API_REQUESTS_A_MINUTE = 3
    assert [till.get("members").status_code for _ in range(3)] == [200] * 3
    answer = till.get("members")
    assert code_of(answer) == (429, "too_many_requests")
    assert 1 <= int(answer["Retry-After"]) <= 60
    with time_machine.travel(NOON + timedelta(minutes=1), tick=False):
        assert till.get("members").status_code == 200


def test_who_guesses_keys_is_told_to_wait(db, client, settings):
    settings.API_BAD_KEYS_A_MINUTE = 2
    headers = {"Authorization": "Bearer taem_bbbbbbbb_" + "0" * 48}
    codes = [code_of(client.get(f"{V1}members", headers=headers))[0] for _ in range(3)]
    assert codes == [401, 401, 429]


def test_limits_hold_when_redis_is_down(till, settings, monkeypatch):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.API_REQUESTS_A_MINUTE = 2
    assert [till.get("members").status_code for _ in range(3)] == [200, 200, 429]


def test_processes_share_a_limit_through_redis():
    class Server:
        """Counts like Redis, and has heard of 5 hits by another process."""

        used = 5

        def pipeline(self, transaction: bool) -> "Server":
            return self

        def incrby(self, _name: str, step: int) -> None:
            Server.used += step

        def expire(self, _name: str, _seconds: int) -> None: ...

        def execute(self) -> list[int]:
            return [Server.used]

    shared, limits._shared = limits._shared, Server
    try:
        waits = [limits.hit("shared", 8, at=60.0) for _ in range(4)]
    finally:
        limits._shared = shared
    assert waits == [0, 0, 0, 60]


def test_a_key_is_made_on_the_command_line(cafe):
    told, said = StringIO(), StringIO()
    call_command("create_api_key", "cafe", "--scope", "members:read", stdout=told, stderr=said)
    assert Caller(told.getvalue().strip()).get("members").status_code == 200
    assert ApiKey.objects.get().scopes == ["members:read"]
    with pytest.raises(CommandError, match="no program"):
        call_command("create_api_key", "nowhere")


def test_machines_get_no_session_and_leave_nothing_in_caches(till):
    till.headers["Accept-Language"] = "th"
    answer = till.get("members", limit=0)
    assert not answer.cookies
    assert answer["Cache-Control"] == "no-store"
    assert answer["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Language"] == "th"
    assert not hasattr(answer.wsgi_request, "session")


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_is_replaced(till):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no server to lose")
    till.get("program")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()
    assert till.get("program").status_code == 200
