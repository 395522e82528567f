import threading
from datetime import timedelta

import pytest
from django.db import connection, connections

from loyalty.flows import sweep
from loyalty.merchants import requests
from loyalty.merchants.models import KeyedRequest
from loyalty.merchants.requests import Given, StillRunning
from members.models import Member
from tests.api.conftest import code_of
from tests.makers import NOON


def test_a_retry_gets_the_first_answer(till):
    first = till.post("members", {"email": "nok@example.org"}, key="k-1")
    again = till.post("members", {"email": "nok@example.org"}, key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (first.get("Idempotency-Replayed"), again["Idempotency-Replayed"]) == (None, "true")
    assert Member.objects.count() == 1


def test_a_key_with_another_body_is_refused(till):
    till.post("members", {"email": "nok@example.org"}, key="k-1")
    answer = till.post("members", {"email": "other@example.org"}, key="k-1")
    assert code_of(answer) == (422, "key_with_other_body")
    assert Member.objects.count() == 1


def test_a_key_with_another_address_is_refused(till, ana, ben):
    till.patch(f"members/{ana.public_id}", {"name": "X"}, key="k-1")
    answer = till.patch(f"members/{ben.public_id}", {"name": "X"}, key="k-1")
    assert code_of(answer) == (422, "key_with_other_body")


def test_another_route_and_another_program_have_keys_of_their_own(till, stranger, ana):
    till.post("members", {"email": "nok@example.org"}, key="k-1")
    assert till.patch(f"members/{ana.public_id}", {"name": "X"}, key="k-1").status_code == 200
    assert stranger.post("members", {"email": "z@example.org"}, key="k-1").status_code == 201


def test_what_was_refused_is_not_kept(till, ana):
    body = {"email": ana.email, "external_id": "n"}
    assert code_of(till.post("members", body, key="k-1")) == (409, "already_member")
    assert not KeyedRequest.objects.exists()
    Member.objects.filter(pk=ana.pk).update(email="")
    assert till.post("members", body, key="k-1").status_code == 201


@pytest.mark.parametrize("key", ["x" * 101, "กุญแจ", "a\tb"])
def test_a_key_is_plain_and_short(till, key):
    answer = till.post("members", {"email": "nok@example.org"}, key=key)
    assert code_of(answer) == (400, "bad_idempotency_key")


def test_answers_are_forgotten_after_their_time(till):
    till.post("members", {"email": "nok@example.org"}, key="k-1")
    assert requests.forget(NOON) == 0
    assert requests.forget(NOON + timedelta(seconds=1)) == 1


@pytest.mark.django_db(transaction=True)
def test_the_same_request_twice_at_once_is_done_once(cafe):
    """PostgreSQL tells the second to come back; SQLite lets it wait for the first one's answer."""
    begun, go_on = threading.Event(), threading.Event()
    done = []

    def act() -> Given:
        done.append(1)
        begun.set()
        go_on.wait(5)
        return Given(200, {"done": len(done)})

    def ask() -> Given:
        return requests.once(cafe.pk, "POST x", "k", "hash", act, now=NOON)

    answers: list[Given] = []

    def first() -> None:
        answers.append(ask())
        connections.close_all()

    running = threading.Thread(target=first)
    running.start()
    assert begun.wait(5)
    if connection.vendor == "postgresql":
        with pytest.raises(StillRunning):
            ask()
        go_on.set()
    else:
        threading.Timer(0.2, go_on.set).start()
    if connection.vendor != "postgresql":
        answers.append(ask())
    running.join()
    assert ask() == Given(200, {"done": 1}, is_repeated=True)
    assert done == [1]
    assert all(given.answer == {"done": 1} for given in answers)


def test_keys_are_kept_for_ninety_days(till):
    till.post("members", {"email": "nok@example.org"}, key="k-1")
    sweep.tick(clock=lambda: NOON + timedelta(days=90))
    assert KeyedRequest.objects.exists()
    sweep.tick(clock=lambda: NOON + timedelta(days=90, seconds=1))
    assert not KeyedRequest.objects.exists()
