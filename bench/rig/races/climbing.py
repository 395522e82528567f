"""Races up the ladder: tiers, their presents, full cards, and rewards taken in several orders."""

from types import SimpleNamespace
from typing import Any

from bench.rig.races.form import DONE, Race, count, facts
from bench.rig.races.selling import sold, tell
from bench.rig.races.spending import crowd_of, member_of
from loyalty.flows import earn, enroll, tiers
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program
from loyalty.messaging.models import Message
from loyalty.purchases.sale import Sale
from loyalty.rewards.models import Redemption, Reward
from members.models import Member, Tier, TierChange
from tests.makers import (
    NOON,
    balance,
    make_member,
    make_program,
    make_reward,
    make_rule,
    make_tiers,
    make_wallet,
    points,
)


def give_on_entry(tier: Tier, **gives: Any) -> None:
    tiers.save_tier(tier.program, tier, by=None, now=NOON, **gives)


class TierReachedTogether(Race):
    """A tier that many sales reach together is reached once, with one present and one letter."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        make_rule(program)
        silver = make_tiers(program, 0, 100_00, percents=[100, 100])[1]
        reward = make_reward(program, 5, stock=crowd)
        give_on_entry(silver, entry_points=50, entry_reward=reward)
        ana = make_member(program)
        return facts(program=program.pk, member=ana.pk, account=ana.account_id, reward=reward.pk)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return tell(it.program, sold(30_00, f"s-{number}", account_id=it.account))[0]

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        crowd = len(told)
        assert count(told) == {"earned": crowd}
        assert TierChange.objects.filter(account=it.account).count() == 1
        assert Message.objects.filter(account_id=it.account, template="tier_reached").count() == 1
        assert Redemption.objects.filter(account=it.account).count() == 1
        assert Reward.objects.get(pk=it.reward).stock == crowd - 1
        assert points(member_of(it.member)) == 30 * crowd + 50


class PresentsInAnyOrder(Race):
    """Batches in which members reach the tiers in different orders do not block each other."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        silver, gold = make_tiers(program, 0, 100_00, 500_00)[1:]
        first, second = make_reward(program, stock=crowd), make_reward(program, stock=crowd)
        give_on_entry(silver, entry_reward=first)
        give_on_entry(gold, entry_reward=second)
        members = Member.objects.in_bulk(crowd_of(program, 2 * crowd)).values()
        return facts(
            program=program.pk, accounts=[it.account_id for it in members],
            rewards=[first.pk, second.pk],
        )  # fmt: skip

    def act(self, it: SimpleNamespace, number: int) -> Any:
        amounts = [100_00, 500_00] if number % 2 else [500_00, 100_00]
        mine = it.accounts[2 * number : 2 * number + 2]
        sales = [
            sold(amount, f"s-{account}", account_id=account)
            for amount, account in zip(amounts, mine, strict=True)
        ]
        return tell(it.program, *sales).count("earned")

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert sum(told) == 2 * len(told)
        assert {Reward.objects.get(pk=pk).stock for pk in it.rewards} == {0}


class CardsAndPresents(Race):
    """Sales that fill a card and reach a tier take two rewards in any order, and none is stuck."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        make_wallet(program, "stamps", kind=Wallet.Kind.STAMPS)
        fixed = {"kind": "fixed", "points": 1}
        make_rule(program, wallet="points", effect=fixed)
        large = [{"kind": "minimum_spend", "minor": 500_00}]
        make_rule(program, wallet="stamps", effect=fixed, conditions=large)
        # Small sales take the second one, and then the first; large ones the other way round.
        first = make_reward(program, 1, wallet="stamps", is_automatic=True, stock=2 * crowd)
        second = make_reward(program, 1, wallet="points", is_automatic=True, stock=2 * crowd)
        silver, gold = make_tiers(program, 0, 100_00, 500_00)[1:]
        give_on_entry(silver, entry_reward=first)
        give_on_entry(gold, entry_reward=second)
        members = Member.objects.in_bulk(crowd_of(program, crowd)).values()
        return facts(
            program=program.pk, accounts=[it.account_id for it in members],
            rewards=[first.pk, second.pk],
        )  # fmt: skip

    def act(self, it: SimpleNamespace, number: int) -> Any:
        amount = 100_00 if number % 2 else 500_00
        return tell(it.program, sold(amount, f"s-{number}", account_id=it.accounts[number]))[0]

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        crowd = len(told)
        assert count(told) == {"earned": crowd}
        given = [Redemption.objects.filter(reward=pk).count() for pk in it.rewards]
        # Of the first, half as presents and half for cards; of the second, one for each, and half.
        assert given == [crowd, crowd + crowd // 2]


class FullCards(Race):
    """Of one card that many stamp at once, each full row of eight gives one drink."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        make_wallet(program, "stamps", kind=Wallet.Kind.STAMPS)
        make_rule(program, wallet="stamps", effect={"kind": "fixed", "points": 1})
        reward = make_reward(program, 8, wallet="stamps", is_automatic=True)
        ana = make_member(program)
        return facts(program=program.pk, member=ana.pk, account=ana.account_id, reward=reward.pk)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return tell(it.program, sold(10_00, f"s-{number}", account_id=it.account))[0]

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert count(told) == {"earned": len(told)}
        assert Redemption.objects.filter(reward=it.reward).count() == len(told) // 8
        assert balance(member_of(it.member), "stamps").points == len(told) % 8


class JoiningWithKeptSales(Race):
    """People who join with kept sales, gifts and budgets do not block those who only buy."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        budget = [{"period": "ever", "limit": 10**6, "scope": "total"}]
        make_rule(program, caps=budget)
        fixed = {"kind": "fixed", "points": 5}
        for trigger in ("sign_up", "profile_complete"):
            make_rule(program, trigger=trigger, effect=fixed, caps=budget)
        reward = make_reward(program, 5, is_automatic=True, stock=100 * crowd)
        for number in range(crowd):
            email = f"n{number}@example.org"
            told = sold(1_00, f"kept-{number}", contact_email=email)
            earn.from_purchase(program, told, now=NOON)
        regulars = Member.objects.in_bulk(crowd_of(program, crowd)).values()
        return facts(
            program=program.pk, accounts=[it.account_id for it in regulars], reward=reward.pk
        )

    def act(self, it: SimpleNamespace, number: int) -> Any:
        program = Program.objects.get(pk=it.program)
        if number % 2:
            sale: Sale = sold(5_00, f"s-{number}", account_id=it.accounts[number])
            return earn.from_purchase(program, sale, now=NOON).status
        enroll.enroll(
            program, now=NOON, name="Nok", email=f"n{number}@example.org", email_verified=True,
            birthday=NOON.date().replace(year=1990),
        )  # fmt: skip
        return DONE

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        half = len(told) // 2
        assert count(told) == {DONE: half, "earned": half}
        assert Redemption.objects.filter(reward=it.reward).count() == half + 2 * half
