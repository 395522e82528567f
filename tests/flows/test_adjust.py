"""Points that staff move by hand, and who may undo it."""

import pytest

from loyalty.flows import adjust
from loyalty.flows.own_account import OwnAccount
from loyalty.ledger.models import Entry
from loyalty.merchants.models import Program, Role
from members.models import Member
from tests.makers import NOON, give, make_staff, points


def test_nobody_undoes_what_was_taken_from_themselves(cafe: Program, ana: Member) -> None:
    hers, colleague = make_staff(cafe), make_staff(cafe, Role.MANAGER)
    ana.user = hers.user
    ana.save()
    give(ana, 100)
    wallet = cafe.wallets.get()
    adjust.adjust(ana, wallet, -60, reason="Found out", key="1", now=NOON, by=colleague)
    taken = Entry.objects.get(kind=Entry.Kind.ADJUSTMENT)
    with pytest.raises(OwnAccount):
        adjust.undo(taken, reason="Oh no", now=NOON, by=hers)
    assert points(ana) == 40
    adjust.undo(taken, reason="A mistake", now=NOON, by=colleague)
    assert points(ana) == 100
