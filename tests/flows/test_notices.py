"""Letters about points that are going to expire."""

import pytest

from loyalty.flows import notices
from loyalty.ledger.models import Lot
from loyalty.merchants.models import Program
from loyalty.messaging.models import Message
from tests.flows.a_day import DAY, on
from tests.makers import TODAY, give, make_member, make_program, make_wallet

EXPIRES = TODAY + 30 * DAY


def told() -> list[dict]:
    return [letter.context for letter in Message.objects.order_by("pk")]


def points_told() -> list[list[int]]:
    return [[row["points"] for row in letter["expiring"]] for letter in told()]


def test_points_are_announced_so_many_days_before(ana):
    give(ana, 50, expires_on=EXPIRES)
    on(notices.in_good_time, ana.program, TODAY - DAY)
    assert told() == []
    on(notices.in_good_time, ana.program, TODAY)
    wallet = ana.program.wallets.get().pk
    assert told() == [
        {
            "wallet_id": wallet,
            "expiring": [{"on": EXPIRES.isoformat(), "points": 50}],
            "last_chance": False,
        }
    ]


def test_a_day_is_announced_once(ana):
    give(ana, 50, expires_on=EXPIRES)
    for _time in range(2):
        on(notices.in_good_time, ana.program, TODAY)
        on(notices.at_the_last, ana.program, EXPIRES - 3 * DAY)
    assert [letter["last_chance"] for letter in told()] == [False, True]


def test_what_expires_on_one_day_is_one_sum(ana):
    give(ana, 50, expires_on=EXPIRES)
    give(ana, 20, expires_on=EXPIRES)
    on(notices.in_good_time, ana.program, TODAY)
    assert points_told() == [[70]]


def test_who_buys_every_day_is_not_written_to_every_day(ana):
    for number in range(14):
        give(ana, 10 + number, expires_on=EXPIRES + number * DAY)
    for number in range(14):
        on(notices.in_good_time, ana.program, TODAY + number * DAY)
    first, second = points_told()
    assert first == [10, 11, 12, 13, 14, 15, 16, 17]
    assert second[-6:] == [18, 19, 20, 21, 22, 23]  # Each day has been named in good time.


def test_what_was_spent_is_not_announced(ana):
    give(ana, 50, expires_on=EXPIRES)
    Lot.objects.update(remaining=0)
    on(notices.in_good_time, ana.program, TODAY)
    assert told() == []


def test_each_wallet_has_its_letter_and_status_points_none(cafe, ana):
    make_wallet(cafe, "stamps", kind="stamps")
    make_wallet(cafe, "status", kind="status")
    for wallet in ("points", "stamps", "status"):
        give(ana, 5, wallet=wallet, expires_on=EXPIRES)
    on(notices.in_good_time, cafe, TODAY)
    assert len(told()) == 2


@pytest.mark.parametrize(("days", "letters"), [(0, 0), (2, 1), (3, 1), (4, 2)])
def test_the_merchant_chooses_how_long_before(ana, days, letters):
    Program.objects.update(expiry_notice_days=days)
    give(ana, 50, expires_on=EXPIRES)
    for before in range(5, 0, -1):
        on(notices.in_good_time, ana.program, EXPIRES - before * DAY)
        on(notices.at_the_last, ana.program, EXPIRES - before * DAY)
    assert len(told()) == letters


def test_a_merchant_may_switch_the_letters_off(ana):
    Program.objects.update(silent_letters=["points_expiring"])
    give(ana, 50, expires_on=EXPIRES)
    on(notices.in_good_time, ana.program, TODAY)
    assert told() == []


@pytest.mark.parametrize("fields", [{"letters": False}, {"state": "blocked"}, {"email": ""}])
def test_who_cannot_or_will_not_read_it_gets_none(cafe, fields):
    ana = make_member(cafe, **{"email": "ana@example.org", **fields})
    give(ana, 50, expires_on=EXPIRES)
    on(notices.in_good_time, cafe, TODAY)
    assert told() == []


def test_another_program_is_not_looked_at(ana):
    elsewhere = make_program("elsewhere")
    give(make_member(elsewhere), 50, expires_on=EXPIRES)
    on(notices.in_good_time, ana.program, TODAY)
    assert told() == []


def test_what_has_expired_by_then_is_not_announced_late(ana):
    give(ana, 50, expires_on=TODAY + 3 * DAY)
    on(notices.at_the_last, ana.program, TODAY, late=3 * DAY)
    assert told() == []


def test_balances_are_taken_in_bites(cafe, monkeypatch):
    monkeypatch.setattr(notices, "BITE", 2)
    for number in range(5):
        give(make_member(cafe, f"{number}@example.org"), 5, expires_on=EXPIRES)
    on(notices.in_good_time, cafe, TODAY)
    assert len(told()) == 5
