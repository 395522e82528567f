"""Any history that hypothesis can think of ends as the plain model of the ledger says."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.ledger import audit, sweeps
from loyalty.ledger.models import Entry
from loyalty.refusal import Refusal
from tests.laws.model import ModelLedger
from tests.laws.test_ledger_laws import give_back, spend, take_back
from tests.makers import NOON, TODAY, balance, give

AMOUNT = st.integers(1, 60)
WAITS, LASTS = st.sampled_from([0, 0, 3, 30]), st.sampled_from([5, 20, 400])  # Days.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("accrue"), AMOUNT, WAITS, LASTS),
        st.tuples(st.just("redeem"), AMOUNT),
        st.tuples(st.just("take_back"), st.integers(0, 30), AMOUNT),
        st.tuples(st.just("give_back"), st.integers(0, 30)),
        st.tuples(st.just("sleep"), st.integers(1, 25)),
    ),
    max_size=25,
)  # fmt: skip


class Books:
    """The real ledger, told the same steps as the model."""

    def __init__(self, member: Any) -> None:
        self.member, self.day, self.number = member, 0, 0

    @property
    def now(self) -> Any:
        return NOON + timedelta(days=self.day)

    @property
    def today(self) -> date:
        return TODAY + timedelta(days=self.day)

    def step(self, act: str, *told: int) -> bool:
        self.number += 1
        try:
            with transaction.atomic():
                getattr(self, act)(f"step:{self.number}", *told)
        except Refusal:
            return False
        return True

    def accrue(self, key: str, points: int, waits: int, lasts: int) -> None:
        give(
            self.member, points, key=key, now=self.now,
            available_at=self.now + timedelta(days=waits),
            expires_on=self.today + timedelta(days=lasts),
        )  # fmt: skip

    def redeem(self, key: str, points: int) -> None:
        spend(self.member, points, key=key, now=self.now, today=self.today)

    def take_back(self, key: str, number: int, total: int) -> None:
        take_back(self.member, self._of("accrual")[number], total, key=key, now=self.now)

    def give_back(self, key: str, number: int) -> None:
        give_back(self.member, self._of("redemption")[number], key=key, now=self.now)

    def sleep(self, key: str, days: int) -> None:
        self.day += days
        program = self.member.program_id
        sweeps.mature_due(program, at=self.now)
        sweeps.expire_due(program, zone="UTC", today=self.today, now=self.now)

    def _of(self, kind: str) -> list[Entry]:
        return list(Entry.objects.filter(kind=kind).order_by("pk").select_related("balance"))


@given(steps=STEPS)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_history_ends_as_the_model_says(ana, steps):
    with transaction.atomic():
        books, model = Books(ana), ModelLedger(TODAY)
        for act, *told in steps:
            if act in ("take_back", "give_back"):
                there = model.lots if act == "take_back" else model.spendings
                if not there:
                    continue
                told[0] %= len(there)
            allowed = books.step(act, *told)
            expected = getattr(model, act)(*told)
            assert act not in ("redeem", "give_back") or expected == allowed, (act, told)
            held = balance(ana)
            assert (held.points, held.pending, held.owed) == (
                model.points, model.pending, model.owed,
            ), (act, told)  # fmt: skip
        assert audit.breaches() == []
        transaction.set_rollback(True)
