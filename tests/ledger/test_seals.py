"""Entries under seal: whoever changes one, triggers or not, is found out."""

import hashlib
import json
import time
from datetime import UTC, datetime
from threading import Event, Timer

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from loyalty.ledger import seals, triggers
from loyalty.ledger.models import Entry, Seal
from tests.at_once import at_once
from tests.makers import NOON, give, make_member, make_program

BROKEN = ["a seal fits its entries: 1"]


def seal(program) -> list[Seal]:
    return list(seals.seal(program.pk, now=NOON))


def broken() -> list[str]:
    return [str(breach).split(" (")[0] for breach in seals.breaches()]


def by_hand(sql: str) -> None:
    """What somebody does who has the database and no scruples."""
    triggers.remove(connection)
    with connection.cursor() as cursor:
        cursor.execute(sql)
    triggers.install(connection)


def told(entry: Entry) -> list[object]:
    """An entry as plain Python would tell it."""
    instants = [
        str(at.astimezone(UTC).replace(tzinfo=None)) for at in (entry.occurred_at, entry.posted_at)
    ]
    return [
        entry.pk, entry.balance_id, entry.seq, entry.kind, entry.points, entry.balance_after,
        entry.key, entry.source, *instants, entry.reverses_id, entry.explanation,
    ]  # fmt: skip


def hash_of(before: str, *entries: Entry) -> str:
    lines = [
        json.dumps(told(entry), ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"
        for entry in entries
    ]
    return hashlib.sha256((before + "".join(lines)).encode()).hexdigest()


def test_a_seal_adds_up_the_entries_since_the_one_before(cafe, ana, ben):
    first, second = give(ana, 10), give(ben, 5)
    (one,) = seal(cafe)
    assert (one.number, one.last_entry, one.count, one.points) == (1, second.pk, 2, 15)
    assert one.hash == hash_of("", first, second)
    third = give(ana, 1)
    (two,) = seal(cafe)
    assert (two.number, two.count, two.points) == (2, 1, 1)
    assert two.hash == hash_of(one.hash, third)
    assert broken() == []


def test_nothing_new_needs_no_seal(cafe, ana):
    give(ana, 10)
    assert len(seal(cafe)) == 1
    assert seal(cafe) == []


def test_each_program_has_seals_of_its_own(cafe, ana):
    tea = make_program("tea")
    cha = make_member(tea, "cha@example.org")
    give(ana, 10)
    give(cha, 7)
    give(ana, 1)
    assert [one.points for one in seal(cafe)] == [11]
    assert [one.points for one in seal(tea)] == [7]
    assert broken() == []


def test_many_entries_are_sealed_in_parts(cafe, ana, monkeypatch):
    monkeypatch.setattr(seals, "MOST", 2)
    for _ in range(5):
        give(ana, 1)
    assert [(one.number, one.count) for one in seal(cafe)] == [(1, 2), (2, 2), (3, 1)]
    assert broken() == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entry SET points = 9",
        "UPDATE ledger_entry SET source = 'staff:7'",
        "UPDATE ledger_entry SET explanation = '[\"a present\"]'",
        "UPDATE ledger_entry SET occurred_at = '2026-06-03 05:00:00+00'",
        "UPDATE ledger_entry SET key = 'another'",
    ],
)
def test_a_changed_entry_is_found_though_the_triggers_are_back(cafe, ana, change):
    given = give(ana, 10)
    seal(cafe)
    give(ana, 1)
    seal(cafe)
    assert broken() == []
    by_hand(f"{change} WHERE id = {given.pk}")
    assert broken() == BROKEN
    with pytest.raises(SystemExit):
        call_command("audit_ledger")


@pytest.mark.parametrize(
    "change", [lambda seals: seals.update(points=1), lambda seals: seals._raw_delete("default")]
)
def test_a_seal_cannot_be_changed_or_deleted(cafe, ana, change):
    give(ana, 10)
    seal(cafe)
    with pytest.raises(DatabaseError, match="immutable"), transaction.atomic():
        change(Seal.objects.all())


def test_an_entry_that_is_gone_is_found(cafe, ana):
    give(ana, 10)
    given = give(ana, 1)
    seal(cafe)
    by_hand(f"DELETE FROM ledger_lot WHERE entry_id = {given.pk}")
    by_hand(f"DELETE FROM ledger_entry WHERE id = {given.pk}")
    assert broken() == BROKEN


def test_an_entry_that_was_slipped_in_is_found(cafe, ana, ben):
    give(ana, 10)
    given = give(ana, 1)
    seal(cafe)
    columns = "balance_id, kind, points, balance_after, source, occurred_at, posted_at, explanation"
    by_hand(
        f"INSERT INTO ledger_entry (id, seq, key, {columns}) "
        f"SELECT -5, 99, 'slipped in', {columns} FROM ledger_entry WHERE id = {given.pk}"
    )
    assert broken() == BROKEN


def test_who_seals_a_changed_entry_anew_is_found_by_the_next_seal(cafe, ana):
    given = give(ana, 10)
    (one,) = seal(cafe)
    give(ana, 1)
    seal(cafe)
    by_hand(f"UPDATE ledger_entry SET source = 'staff:7' WHERE id = {given.pk}")
    forged = hash_of("", Entry.objects.get(pk=given.pk))
    by_hand(f"UPDATE ledger_seal SET hash = '{forged}' WHERE id = {one.pk}")
    assert broken() == BROKEN


def test_the_head_tells_of_sealed_and_later_entries(cafe, ana):
    first = give(ana, 10)
    (one,) = seal(cafe)
    second = give(ana, 5)
    (head,), _ = seals.walk(connection)
    assert (head.last_entry, head.count, head.points) == (second.pk, 2, 15)
    assert head.hash == hash_of(hash_of("", first), second) == hash_of(one.hash, second)


@pytest.mark.parametrize("at", ["2026-06-02 05:00:00", "2026-06-02 05:00:00.000120"])
def test_both_databases_are_read_as_the_same_line(at):
    on_sqlite = (1, 2, 3, "accrual", 4, 4, "k", "s", at, at, None, '[{"b": "ก", "a": 1}]')
    instant = datetime.fromisoformat(at).replace(tzinfo=UTC)
    on_postgres = (*on_sqlite[:8], instant, instant, None, '[{"a":1,"b": "ก"}]')
    assert seals._line(on_sqlite) == seals._line(on_postgres)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time.")
def test_a_seal_waits_for_those_who_are_writing():
    """An older id that commits later would else come under no seal."""
    cafe = make_program("cafe")
    ana, ben = make_member(cafe, "ana@example.org"), make_member(cafe, "ben@example.org")
    give(ana, 1)
    has_written, may_commit = Event(), Event()

    def write_slowly() -> None:
        with transaction.atomic():
            give(ana, 10)
            has_written.set()
            may_commit.wait(10)

    def write_meanwhile() -> None:
        has_written.wait(10)
        give(ben, 5)

    def seal_meanwhile() -> list[Seal]:
        has_written.wait(10)
        while not Entry.objects.filter(points=5).exists():
            time.sleep(0.01)
        Timer(0.3, may_commit.set).start()
        return seal(cafe)

    _, _, (one,) = at_once(write_slowly, write_meanwhile, seal_meanwhile)
    assert (one.count, one.points) == (3, 16)
    assert broken() == []
