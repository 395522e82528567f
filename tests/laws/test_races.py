"""The races of the rig, run by eight threads: ``python -m bench.rig.races`` runs them by 64."""

import pytest
from django.db import connection

from bench.rig.races.known import RACES
from loyalty.ledger import audit
from loyalty.purchases import audit as purchase_audit
from tests.at_once import times

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 8


@pytest.mark.parametrize("name", RACES)
def test_a_race_leaves_what_it_promises(name: str) -> None:
    race = RACES[name]
    if connection.vendor not in race.on:
        pytest.skip(f"not on {connection.vendor}")
    it = race.stage(CROWD)
    it.crowd = CROWD
    race.check(it, times(CROWD, lambda number: race.act(it, number)))
    assert [*audit.breaches(), *purchase_audit.breaches()] == []
