"""Each night the books of a program are held against their entries, and put under seal."""

import logging

import pytest
from django.db import connection

from loyalty.flows import books, clock
from loyalty.ledger import audit, triggers
from loyalty.ledger.models import Audit, Balance, Seal
from tests.flows.a_day import on
from tests.makers import NOON, TODAY, buy, give, make_member, make_program


def test_books_that_add_up_say_so(cafe, ana):
    buy(ana)
    on(books.audit, cafe, TODAY)
    assert Audit.objects.get().breaches == []
    assert Audit.objects.get().finished_at


def test_each_night_seals_what_is_new(cafe, ana):
    buy(ana)
    clock.keep(clock=lambda: NOON)
    assert Seal.objects.get().program == cafe


def test_books_that_do_not_add_up_are_told_of_once(cafe, ana, caplog):
    give(ana, 10)
    Balance.objects.update(points=11)
    with caplog.at_level(logging.ERROR):
        on(books.audit, cafe, TODAY)
        on(books.audit, cafe, TODAY)
    assert {told.split(":")[0] for told in Audit.objects.get().breaches} == {
        "a balance is the sum of its entries",
        "open lots hold what can be spent and what is pending",
    }
    assert len(caplog.records) == 2
    assert "The books of cafe do not add up" in caplog.text


def test_other_programs_are_no_business_of_ours(cafe, ana):
    cha = make_member(make_program("tea"), "cha@example.org")
    give(ana, 10)
    give(cha, 10)
    Balance.objects.filter(account=cha.account_id).update(points=11)
    on(books.audit, cafe, TODAY)
    assert Audit.objects.get().breaches == []


def test_an_audit_goes_on_where_it_was(cafe, ana, ben, monkeypatch):
    monkeypatch.setattr(audit, "BITE", 1)
    for member in (ana, ben):
        give(member, 10)
    reached = [it for it, _ in audit.breaches_of(cafe.pk)]
    assert len(reached) == 3
    assert [it for it, _ in audit.breaches_of(cafe.pk, after=reached[0])] == reached[1:]


BREAKING = {
    "a balance is the sum of its entries": "UPDATE ledger_balance SET points = points + 1",
    "each entry carries the sum so far": "UPDATE ledger_entry SET balance_after = 9",
    "open lots hold what can be spent and what is pending": "UPDATE ledger_lot SET remaining = 9",
    "debts hold what is owed": (
        "INSERT INTO ledger_debt (entry_id, balance_id, granted, remaining, absorbed) "
        "SELECT id, balance_id, 1, 1, 0 FROM ledger_entry"
    ),
    "a lot holds what it was granted less its draws": "UPDATE ledger_lot SET remaining = 9",
    "every accrual has its lot": "DELETE FROM ledger_lot",
    "every debit names the lots it drew from, or is owed": (
        "UPDATE ledger_entry SET points = 3, kind = 'reversal'; DELETE FROM ledger_lot"
    ),
    "no more is reversed than was posted": "UPDATE ledger_entry SET reverses_id = id",
    "a balance and its wallet belong to one program": (
        "UPDATE ledger_account SET program_id = (SELECT MAX(id) FROM merchants_program)"
    ),
    "days add up to the entries": "UPDATE ledger_tally SET amount = amount + 1",
}


@pytest.mark.parametrize("law", [law for law in (*audit.LAWS, *audit.TOTALS) if law in BREAKING])
def test_each_law_is_asked_of_each_balance(cafe, ana, law, without_triggers):
    """Of everybody at once, and of one program bite by bite: both see the same."""
    give(ana, 10)
    make_program("tea")
    for change in BREAKING[law].split("; "):
        without_triggers(change)
    at_once = {breach.law for breach in audit.breaches()}
    in_bites = {breach.law for _, found in audit.breaches_of(cafe.pk) for breach in found}
    assert law in at_once
    assert in_bites == at_once


def test_every_law_was_broken_here_but_what_a_constraint_holds():
    assert {*audit.LAWS, *audit.TOTALS} - set(BREAKING) == {"who owes has nothing"}


@pytest.fixture
def without_triggers():
    """What somebody does who has the database and no scruples."""

    def change(sql: str) -> None:
        with connection.cursor() as cursor:
            triggers.remove(connection)
            cursor.execute(sql)
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        triggers.install(connection)

    return change
