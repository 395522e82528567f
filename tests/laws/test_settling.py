"""What is over is over at once, also in the posting that brings it."""

from datetime import date, timedelta

import pytest
from django.db import transaction

from loyalty.flows import earn
from loyalty.ledger import audit, posting
from loyalty.ledger.models import Entry, Lot, Wallet
from tests.laws.test_ledger_laws import held, open_book
from tests.makers import (
    LATER,
    NOON,
    TODAY,
    balance,
    give,
    make_member,
    make_program,
    make_reward,
    make_rule,
    make_wallet,
    points,
    sale,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@transaction.atomic
def twice(member, today: date) -> None:
    book = open_book(member)
    for _time in range(2):
        posting.settle(book, held(book, member), at=NOON, today=today)
    posting.write(book)


def test_settling_twice_in_one_posting_expires_once(ana) -> None:
    give(ana, 10)
    give(ana, 5, expires_on=LATER + DAY)
    twice(ana, LATER)
    assert list(Entry.objects.filter(kind="expiry").values_list("points", flat=True)) == [-10]
    assert points(ana) == 5
    assert audit.breaches() == []


def test_a_stamp_of_long_ago_does_not_fill_a_card() -> None:
    cafe = make_program("cafe", claim_days=400)
    make_wallet(cafe, "stamps", kind=Wallet.Kind.STAMPS, expiry_count=1)
    make_rule(cafe, wallet="stamps", effect={"kind": "fixed", "points": 1})
    make_reward(cafe, 2, wallet="stamps", is_automatic=True)
    ana = make_member(cafe)
    give(ana, 1, wallet="stamps")
    old = sale(10_00, member=ana, made_at=NOON - 60 * DAY)
    earn.from_purchase(cafe, old, now=NOON)
    assert not Entry.objects.filter(kind="redemption").exists()
    assert Lot.objects.filter(remaining__gt=0, expires_on__lte=TODAY).count() == 0
    assert balance(ana, "stamps").points == 1
    assert audit.breaches() == []
