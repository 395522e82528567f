"""Tries of what can be guessed are counted in rows: for all processes, with and without Redis."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from loyalty.signin import tries
from loyalty.signin.models import Tries
from tests.at_once import times
from tests.makers import NOON

pytestmark = pytest.mark.django_db


def count(name: str = "a code", limit: int = 3, *, after: int = 0) -> int:
    return tries.count(name, limit, at=NOON + timedelta(seconds=after), seconds=60)


def test_within_the_limit_nobody_waits():
    assert [count() for _ in range(3)] == [0, 0, 0]


def test_beyond_it_one_is_told_how_long():
    for _ in range(3):
        count()
    assert count(after=20) == 40


def test_a_new_window_begins_afresh():
    for _ in range(4):
        count()
    assert count(after=60) == 0


def test_each_name_has_its_own_count():
    for _ in range(4):
        count()
    assert count("another") == 0


def test_what_is_over_is_taken_away():
    count("once")
    count("later", after=61)
    assert Tries.objects.count() == 1


def test_no_name_is_kept():
    count("ana@example.org")
    assert "ana" not in Tries.objects.get().name


@pytest.mark.django_db(transaction=True)
def test_at_once_no_more_pass_than_may():
    waits = times(16, lambda _number: count(limit=5))
    assert sum(wait == 0 for wait in waits) == 5


def test_the_cache_forgets_nobody_who_still_waits(settings):
    """Who floods it with names must not wipe the count of their own tries."""
    cache.set("ana", "waits", 600)
    cache._max_entries = 10
    try:
        for number in range(40):
            cache.set(f"flood-{number}", 1, 600)
        assert cache.get("ana") == "waits"
    finally:
        cache._max_entries = 5_000


def test_a_code_is_marked_as_used_once_for_all():
    assert cache.add("code", 1, 30)
    assert not cache.add("code", 1, 30)
