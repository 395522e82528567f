from datetime import timedelta

from loyalty.ledger import statement, sweeps
from tests.laws.test_ledger_laws import give_back, spend, take_back
from tests.makers import LATER, NOON, TODAY, give


def statuses(member) -> list[tuple[str, str]]:
    return [(it.number, it.status) for it in statement.movements(member.account_id)]


def test_a_lot_tells_what_became_of_it(ana):
    give(ana, 10, expires_on=TODAY + timedelta(days=1))
    used = give(ana, 20, expires_on=LATER - timedelta(days=9))
    back = give(ana, 30)
    give(ana, 40, available_at=NOON + timedelta(days=9))
    sweeps.expire_due(ana.program_id, zone="UTC", today=TODAY + timedelta(days=1), now=NOON)
    spend(ana, used.points, key="a tea")
    take_back(ana, back, 30, key="refund")
    assert statuses(ana) == [
        ("points-7", "done"), ("points-6", "done"), ("points-5", "done"), ("points-4", "pending"),
        ("points-3", "reversed"), ("points-2", "used"), ("points-1", "expired"),
    ]  # fmt: skip


def test_a_redemption_that_was_given_back_is_reversed(ana):
    give(ana, 10)
    give_back(ana, spend(ana, 10, key="a tea"), key="cancel")
    assert statuses(ana) == [
        ("points-3", "done"), ("points-2", "reversed"), ("points-1", "available"),
    ]  # fmt: skip


def test_a_line_names_the_lots_that_it_drew_from(ana):
    give(ana, 10)
    give(ana, 10)
    spend(ana, 15, key="a cake")
    line = statement.find(ana.account_id, "points-3")
    assert line is not None
    assert line.draws == [("points-1", 10), ("points-2", 5)]
    assert statement.find(ana.account_id, "points-4") is None
    assert statement.find(ana.account_id, "points-x") is None


def test_holdings_say_what_expires_and_matures_next(ana):
    give(ana, 10)
    give(ana, 5, expires_on=LATER + timedelta(days=1))
    give(ana, 40, available_at=NOON + timedelta(days=9))
    (holding,) = statement.holdings(ana.account_id)
    assert (holding.points, holding.pending) == (15, 40)
    assert holding.next_expiry is not None
    assert holding.next_available == (NOON + timedelta(days=9), 40)
