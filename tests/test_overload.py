"""More requests than can be answered, and a database that is away: come back in a moment."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from pytest_django import Settings

from loyalty import overload
from loyalty.overload import Gate


class Slow:
    """A page that is not done before it is told to be."""

    def __init__(self) -> None:
        self.is_begun, self.may_end = threading.Event(), threading.Event()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/slow":
            self.is_begun.set()
            assert self.may_end.wait(10)
        return HttpResponse("done")


@contextmanager
def full(gate: Gate, page: Slow) -> Iterator[None]:
    """Somebody has the gate's only place."""
    inside = threading.Thread(target=gate, args=[RequestFactory().get("/slow")])
    inside.start()
    assert page.is_begun.wait(10)
    yield
    page.may_end.set()
    inside.join()


@pytest.fixture
def ask(settings: Settings) -> Callable[..., HttpResponse]:
    """Ask for a page while there is one place, and nowhere to wait, and the place is taken."""
    settings.WEB_AT_ONCE, settings.WEB_WAITING = 1, 0

    def asked(path: str, **headers: str) -> HttpResponse:
        page = Slow()
        gate = Gate(page)
        with full(gate, page):
            return gate(RequestFactory().get(path, headers=headers))

    return asked


def test_who_finds_no_place_is_asked_to_come_back(ask: Callable[..., HttpResponse]) -> None:
    told = ask("/p/cafe/home/")
    assert (told.status_code, told.headers["Retry-After"]) == (503, "2")
    assert "One moment, please" in told.content.decode()
    assert "no-store" in told.headers["Cache-Control"]


def test_the_page_speaks_the_readers_language(ask: Callable[..., HttpResponse]) -> None:
    assert "ขอเวลาสักครู่" in ask("/p/cafe/home/", accept_language="th").content.decode()


def test_a_machine_is_told_by_a_problem(ask: Callable[..., HttpResponse]) -> None:
    told = ask("/api/v1/purchases")
    assert (told.status_code, told.headers["Retry-After"]) == (503, "2")
    assert told.headers["Content-Type"] == "application/problem+json"
    assert b'"code": "overloaded"' in told.content


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/css/base.css"])
def test_health_and_styles_need_no_place(ask: Callable[..., HttpResponse], path: str) -> None:
    assert ask(path).content == b"done"


def test_who_may_wait_is_let_in_after_the_one_before(settings: Settings) -> None:
    settings.WEB_AT_ONCE, settings.WEB_WAITING = 1, 1
    page = Slow()
    gate = Gate(page)
    with full(gate, page):
        threading.Timer(0.05, page.may_end.set).start()
        assert gate(RequestFactory().get("/")).content == b"done"


def test_nobody_waits_for_long(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.WEB_AT_ONCE, settings.WEB_WAITING = 1, 1
    monkeypatch.setattr(overload, "PATIENCE_SECONDS", 0.01)
    page = Slow()
    gate = Gate(page)
    with full(gate, page):
        assert gate(RequestFactory().get("/")).status_code == 503


def test_a_place_is_free_again_after_an_error(settings: Settings) -> None:
    settings.WEB_AT_ONCE, settings.WEB_WAITING = 1, 0

    def breaks(request: HttpRequest) -> HttpResponse:
        raise RuntimeError

    gate = Gate(breaks)
    for _time in range(2):
        with pytest.raises(RuntimeError):
            gate(RequestFactory().get("/"))


@pytest.mark.django_db
@pytest.mark.parametrize("place", ["loyalty.portal.landing.show", "loyalty.overload.Gate._enter"])
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_page_that_the_database_does_not_answer_says_come_back(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: type[Exception], place: str
) -> None:
    """In a view, and in whatever stands before it."""
    client.raise_request_exception = False
    monkeypatch.setattr(place, broken_by(error))
    told = client.get("/")
    assert (told.status_code, told.headers["Retry-After"]) == (503, "2")
    assert "Content-Security-Policy" in told.headers


@pytest.mark.django_db
def test_a_session_that_cannot_be_saved_is_no_mistake_of_the_reader(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django says so of it: when the database went away after the page had done its work."""
    client.raise_request_exception = False
    client.get("/")
    session = client.session
    session["seen"] = True
    session.save()
    monkeypatch.setattr("loyalty.portal.landing.show", changes_the_session)
    monkeypatch.setattr("django.contrib.sessions.models.Session.save", broken_by(OperationalError))
    assert client.get("/").status_code == 503


@pytest.mark.django_db
def test_what_is_our_own_mistake_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False
    monkeypatch.setattr("loyalty.portal.landing.show", broken_by(RuntimeError))
    told = client.get("/")
    assert told.status_code == 500
    assert "Something broke on our side" in told.content.decode()


def broken_by(error: type[Exception]) -> Callable[..., None]:
    def breaks(*_asked: object, **_named: object) -> None:
        raise error("the server closed the connection")

    return breaks


def changes_the_session(request: HttpRequest, *_told: object, **_named: object) -> HttpResponse:
    request.session["seen"] = False
    return HttpResponse("done")
