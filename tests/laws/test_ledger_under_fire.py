"""Many at once: threads of one process, and processes of their own, on real transactions."""

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from loyalty.ledger import audit, posting
from loyalty.ledger.models import Entry
from loyalty.purchases import audit as purchase_audit
from loyalty.purchases.models import Purchase
from tests.laws.storm import Storm
from tests.laws.test_ledger_laws import spend
from tests.makers import balance, bring_back, buy, give, make_member, make_rule, points

pytestmark = pytest.mark.django_db(transaction=True)


def together(jobs: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run jobs in threads at once, and return what each returned or raised."""

    def run(job: Callable[[], Any]) -> Any:
        try:
            return job()
        except Exception as error:  # noqa: BLE001
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def all_breaches() -> list[audit.Breach]:
    return [*audit.breaches(), *purchase_audit.breaches()]


def atomically(member: Any, amount: int, key: str) -> Any:
    with transaction.atomic():
        return spend(member, amount, key=key)


def test_a_balance_is_not_spent_twice(ana):
    give(ana, 10)
    results = together([lambda n=n: atomically(ana, 10, f"coffee-{n}") for n in range(8)])
    assert sum(isinstance(it, posting.InsufficientPoints) for it in results) == 7
    assert all_breaches() == []


def test_one_purchase_told_eight_times_earns_once(ana):
    results = together([lambda: buy(ana, reference="till-1")] * 8)
    assert sorted(it.status for it in results) == ["earned"] + ["repeated"] * 7
    assert points(ana) == 10


def test_one_refund_told_eight_times_takes_once(ana):
    bought = buy(ana, 100_00)
    results = together([lambda: bring_back(ana, bought, 30_00, reference="back-1")] * 8)
    assert sorted(it.status for it in results) == ["refunded"] + ["repeated"] * 7
    assert points(ana) == 70


def test_eight_refunds_do_not_take_more_than_the_sale(ana):
    bought = buy(ana, 100_00)
    together([lambda: bring_back(ana, bought, 30_00)] * 8)
    assert Purchase.objects.get().refunded_minor == 90_00
    assert points(ana) == 10
    assert all_breaches() == []


def test_a_cap_holds_under_eight_at_once(cafe, ana):
    cafe.earning_rules.all().delete()
    make_rule(cafe, caps=[{"period": "day", "limit": 50}])
    together([lambda: buy(ana, 20_00)] * 8)
    assert points(ana) == 50


def test_a_cap_for_all_members_together_holds(cafe):
    cafe.earning_rules.all().delete()
    make_rule(cafe, caps=[{"period": "day", "limit": 50, "scope": "total"}])
    members = [make_member(cafe, f"member{n}@example.org") for n in range(8)]
    together([lambda it=it: buy(it, 20_00) for it in members])
    assert sum(points(it) for it in members) == 50


@pytest.mark.parametrize("seed", range(3))
def test_the_laws_hold_in_a_storm_of_threads(cafe, ana, ben, seed):
    storms = [lambda n=n: Storm(seed * 100 + n).rage(40) for n in range(8)]
    assert [it for it in together(storms) if it is not None] == []
    assert Entry.objects.exists()
    assert all_breaches() == []


def test_the_laws_hold_in_a_storm_of_processes(cafe, ana, ben):
    environment = os.environ | {"DATABASE_URL": _url(), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    root = Path(__file__).parents[2]
    storms = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.laws.storm", str(seed), "60"], cwd=root, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        for seed in range(4)
    ]  # fmt: skip
    told = [storm.communicate(timeout=240)[0].decode() for storm in storms]
    assert [storm.returncode for storm in storms] == [0] * 4, told
    assert balance(ana).seq + balance(ben).seq > 0
    assert all_breaches() == []


def _url() -> str:
    """The database of this test, for other processes."""
    it = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{it['NAME']}"
    return (
        f"postgres://{it['USER']}:{it['PASSWORD']}@{it['HOST']}:{it['PORT'] or 5432}/{it['NAME']}"
    )
