"""Whatever happens around a merge and its undoing, the laws hold and no point is made or lost."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loyalty.flows import merge, redeem
from loyalty.ledger import audit, sweeps
from loyalty.ledger.models import Balance, Lot
from loyalty.refusal import Refusal
from loyalty.rewards.models import Redemption
from members.models import Member, Merge
from tests.makers import (
    NOON,
    TODAY,
    bring_back,
    buy,
    give,
    make_member,
    make_program,
    make_reward,
    make_rule,
    make_staff,
)

WHO, AMOUNT = st.integers(0, 1), st.integers(1, 40)
WAITS, LASTS = st.sampled_from([0, 0, 3]), st.sampled_from([5, 90])  # Days.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("give"), WHO, AMOUNT, WAITS, LASTS),
        st.tuples(st.just("buy"), WHO, AMOUNT),
        st.tuples(st.just("bring_back"), st.integers(0, 5), AMOUNT),
        st.tuples(st.just("redeem"), WHO, st.integers(0, 2)),
        st.tuples(st.just("cancel"), st.integers(0, 3)),
        st.tuples(st.just("sleep"), st.integers(1, 6)),
        st.just(("merge",)),
        st.just(("part",)),
    ),
    max_size=14,
)  # fmt: skip


class Shop:
    """Ana and her twin, what they buy and spend, and staff who think that they are one."""

    def __init__(self) -> None:
        self.program = make_program()
        make_rule(self.program)
        self.rewards = [make_reward(self.program, price) for price in (5, 20, 60)]
        self.program.refresh_from_db()
        self.owner = make_staff(self.program)
        self.people = [make_member(self.program, f"{name}@example.org") for name in ("ana", "twin")]
        self.sales: list[tuple[Member, Any]] = []
        self.day, self.number = 0, 0

    @property
    def now(self) -> Any:
        return NOON + timedelta(days=self.day)

    @property
    def today(self) -> date:
        return TODAY + timedelta(days=self.day)

    def step(self, act: str, *told: int) -> None:
        self.number += 1
        try:
            with transaction.atomic():
                getattr(self, act)(*told)
        except Refusal:
            return

    def give(self, who: int, points: int, waits: int, lasts: int) -> None:
        if self._person(who).state != Member.State.MERGED:
            give(
                self._person(who), points, now=self.now, key=f"step:{self.number}",
                available_at=self.now + timedelta(days=waits),
                expires_on=self.today + timedelta(days=lasts),
            )  # fmt: skip

    def buy(self, who: int, amount: int) -> None:
        person = self._person(who)
        if person.state != Member.State.MERGED:
            bought = buy(person, amount * 100, reference=f"{self.number}", made_at=self.now)
            self.sales.append((person, bought))

    def bring_back(self, number: int, amount: int) -> None:
        if self.sales:
            person, bought = self.sales[number % len(self.sales)]
            reference = f"back-{self.number}"
            bring_back(person, bought, amount * 100, reference=reference, made_at=self.now)

    def redeem(self, who: int, number: int) -> None:
        redeem.redeem(self._person(who), self.rewards[number], key=str(self.number), now=self.now)

    def cancel(self, number: int) -> None:
        if made := list(Redemption.objects.order_by("pk")):
            redeem.cancel(made[number % len(made)], now=self.now)

    def sleep(self, days: int) -> None:
        self.day += days
        sweeps.mature_due(self.program.pk, at=self.now)
        sweeps.expire_due(self.program.pk, zone="Asia/Bangkok", today=self.today, now=self.now)

    def merge(self) -> None:
        merge.merge(*self.people, reason="The same", now=self.now, by=self.owner)

    def part(self) -> None:
        if done := Merge.objects.filter(undone_at=None).first():
            merge.part(done, reason="Two", now=self.now, by=self.owner)

    def total(self) -> int:
        held = Balance.objects.filter(account__in=[it.account_id for it in self.people])
        return held.aggregate(sum=Sum(F("points") + F("pending") - F("owed")))["sum"]

    def lots(self) -> list[tuple[int, int, date | None]]:
        open_lots = Lot.objects.filter(remaining__gt=0, balance__account__program=self.program)
        told = open_lots.values_list("balance__account", "remaining", "expires_on")
        return sorted(told, key=str)

    def _person(self, who: int) -> Member:
        return Member.objects.select_related("program").get(pk=self.people[who].pk)


@given(steps=STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_laws_hold_around_a_merge(db: None, steps: list[Any]) -> None:
    with transaction.atomic():
        shop = Shop()
        for act, *told in steps:
            settled_before = act in {"merge", "part"}
            if settled_before:
                shop.sleep(0)  # Both settle what is due by now, as a night does.
            before = shop.total()
            shop.step(act, *told)
            assert audit.breaches() == [], (act, told)
            if settled_before:
                assert shop.total() == before, act
            for merged in Member.objects.filter(state=Member.State.MERGED):
                held = Balance.objects.get(account=merged.account_id)
                assert (held.points, held.pending, held.owed) == (0, 0, 0), act
        transaction.set_rollback(True)


@given(steps=STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_undone_at_once_every_lot_is_as_before(db: None, steps: list[Any]) -> None:
    with transaction.atomic():
        shop = Shop()
        for act, *told in steps:
            if act not in {"merge", "part"}:
                shop.step(act, *told)
        shop.sleep(0)
        before = shop.total(), shop.lots()
        shop.merge()
        shop.part()
        held = Balance.objects.filter(account__program=shop.program)
        if not held.filter(owed__gt=0).exists():
            assert (shop.total(), shop.lots()) == before
        assert shop.total() == before[0]
        assert audit.breaches() == []
        transaction.set_rollback(True)
