"""Many rows in one statement, whatever the database makes of it."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db import connection

from loyalty import bulk
from loyalty.public_ids import ALPHABET, LENGTH, new_public_id, random_text
from members import people
from members.ladder import ladder_for
from tests.makers import TODAY, make_member, make_tiers

NUMBERS = {"number": "bigint"}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL has statistics.")
def test_rows_are_read_once_wherever_sqlite_puts_them(cafe):
    """Else a batch of a thousand looks into its JSON once for each member of the program."""
    make_tiers(cafe, 0, 500_00)
    ladder = ladder_for(cafe.pk, cafe.version)
    batch = [make_member(cafe, f"{number}@example.org").account_id for number in range(20)]
    before = steps(lambda: people.read(ladder, cafe.pk, {it: [TODAY] for it in batch}))
    for number in range(80):
        make_member(cafe, f"more-{number}@example.org")
    after = steps(lambda: people.read(ladder, cafe.pk, {it: [TODAY] for it in batch}))
    assert after < 2 * before


def steps(read: Callable[[], Iterable[Any]]) -> int:
    """How much SQLite does for some rows, in tens of its instructions."""
    taken: Counter[str] = Counter()
    connection.connection.set_progress_handler(lambda: taken.update("x"), 10)
    try:
        assert list(read())
    finally:
        connection.connection.set_progress_handler(None, 0)
    return taken["x"]


def test_no_rows_are_no_rows(db):
    assert bulk.fetch("SELECT number FROM {rows}", NUMBERS, []) == []


def test_a_public_id_tells_nothing():
    ids = {new_public_id() for _ in range(1_000)}
    assert len(ids) == 1_000
    assert {len(it) for it in ids} == {LENGTH}
    seen = Counter("".join(ids))
    assert set(seen) == set(ALPHABET)
    assert max(seen.values()) < 2 * min(seen.values())


def test_a_random_text_is_of_its_letters():
    assert random_text("a", 3) == "aaa"
    assert set(random_text("01", 200)) == {"0", "1"}
