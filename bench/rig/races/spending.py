"""Races for what there is only so much of: points, rewards, codes, vouchers."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from bench.rig.races.form import DONE, Race, count, facts
from loyalty.flows import pay, redeem, vouchers
from loyalty.ledger import sweeps
from loyalty.ledger.models import Entry
from loyalty.merchants.models import Program
from loyalty.rewards import pool
from loyalty.rewards.codes import code_of
from loyalty.rewards.models import PoolCode, Redemption, Reward, Voucher
from members.models import Member
from tests.makers import LATER, NOON, give, make_member, make_program, make_reward, points


def member_of(pk: int) -> Member:
    return Member.objects.select_related("program").get(pk=pk)


def crowd_of(program: Program, crowd: int, *, each: int = 0) -> list[int]:
    """Members, each with so many points."""
    members = [make_member(program, f"m{number}@example.org") for number in range(crowd)]
    for member in members:
        if each:
            give(member, each)
    return [member.pk for member in members]


def buy_reward(member_id: int, reward_id: int, key: str) -> Redemption:
    return redeem.redeem(member_of(member_id), Reward.objects.get(pk=reward_id), key=key, now=NOON)


class DoubleRedemption(Race):
    """Points for one coffee buy one coffee, however many times it is asked for at once."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program())
        give(ana, 19)
        return facts(member=ana.pk, reward=make_reward(ana.program, 10).pk)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return buy_reward(it.member, it.reward, str(number)) and DONE

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert count(told) == {DONE: 1, "insufficient_points": len(told) - 1}
        assert points(member_of(it.member)) == 9
        assert Redemption.objects.filter(reward=it.reward).count() == 1


class SameRedemptionKey(Race):
    """A click that arrives many times buys once, and everybody is shown the same voucher."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program())
        give(ana, 10 * crowd)
        return facts(member=ana.pk, reward=make_reward(ana.program, 10).pk, had=10 * crowd)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return buy_reward(it.member, it.reward, "one click").public_id

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert len(set(told)) == 1
        assert points(member_of(it.member)) == it.had - 10


class LastItem(Race):
    """Of the last item in stock one member gets one, and nobody else loses a point."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        return facts(
            members=crowd_of(program, crowd, each=10), reward=make_reward(program, 10, stock=1).pk
        )

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return buy_reward(it.members[number], it.reward, "click") and DONE

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert count(told) == {DONE: 1, "sold_out": len(told) - 1}
        assert Reward.objects.get(pk=it.reward).stock == 0
        assert sum(points(member_of(pk)) for pk in it.members) == 10 * (len(told) - 1)


class LastCodes(Race):
    """A partner's codes are given out once each, and to nobody when they are gone."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        reward = make_reward(program, 10, uses_pool=True)
        pool.add(reward, [f"PARTNER-{number}" for number in range(crowd // 2)])
        return facts(members=crowd_of(program, crowd, each=10), reward=reward.pk)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return code_of(buy_reward(it.members[number], it.reward, "click").voucher)

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        codes = [code for code in told if code != "sold_out"]
        assert len(codes) == len(set(codes)) == len(told) // 2
        assert not PoolCode.objects.filter(reward=it.reward, taken_at=None).exists()


class MemberLimit(Race):
    """A reward that a member may have twice a day is had twice."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program())
        give(ana, 10 * crowd)
        reward = make_reward(ana.program, 10, member_limit=2, member_limit_period="day")
        return facts(member=ana.pk, reward=reward.pk)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return buy_reward(it.member, it.reward, str(number)) and DONE

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert count(told) == {DONE: 2, "member_limit_reached": len(told) - 2}


class PayBeyondBalance(Race):
    """Ten points pay three times three, and not a fourth time."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program(pay_points=1, pay_minor=100))
        give(ana, 10)
        return facts(member=ana.pk)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        member = member_of(it.member)
        return pay.pay(member, amount_minor=3_00, key=str(number), now=NOON) and DONE

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert count(told) == {DONE: 3, "insufficient_points": len(told) - 3}
        assert points(member_of(it.member)) == 1


class VoucherTwice(Race):
    """A voucher shown at many tills at once is taken at one of them."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program())
        give(ana, 10)
        made = redeem.redeem(ana, make_reward(ana.program, 10), key="click", now=NOON)
        return facts(program=ana.program_id, code=code_of(made.voucher), voucher=made.voucher.pk)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        program = Program.objects.get(pk=it.program)
        used = vouchers.use(program, it.code, now=NOON, reference=f"till-{number}")
        return used.used_reference

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert told.count("voucher_used") == len(told) - 1
        assert Voucher.objects.get(pk=it.voucher).used_reference in told


class VoucherUsedOrCancelled(Race):
    """A voucher is used or cancelled: points come back only for one that nobody took."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program())
        give(ana, 10)
        made = redeem.redeem(ana, make_reward(ana.program, 10, stock=5), key="click", now=NOON)
        return facts(
            program=ana.program_id, code=code_of(made.voucher), redemption=made.pk, member=ana.pk,
            reward=made.reward_id,
        )  # fmt: skip

    def act(self, it: SimpleNamespace, number: int) -> Any:
        if number % 2:
            vouchers.use(Program.objects.get(pk=it.program), it.code, now=NOON)
            return "used"
        made = Redemption.objects.select_related("program").get(pk=it.redemption)
        redeem.cancel(made, now=NOON)
        return "cancelled"

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        half, left = len(told) // 2, points(member_of(it.member))
        stock = Reward.objects.get(pk=it.reward).stock
        if "used" in told:
            assert count(told) == {"used": 1, "voucher_used": len(told) - 1}
            assert (left, stock) == (0, 4)
        else:
            assert count(told) == {"cancelled": half, "voucher_cancelled": half}
            assert (left, stock) == (10, 5)


class CancelledTwice(Race):
    """A redemption that many cancel at once gives its points and its item back once."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program())
        give(ana, 10)
        made = redeem.redeem(ana, make_reward(ana.program, 10, stock=1), key="click", now=NOON)
        return facts(redemption=made.pk, member=ana.pk, reward=made.reward_id)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        made = Redemption.objects.select_related("program").get(pk=it.redemption)
        return redeem.cancel(made, now=NOON) and DONE

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert count(told) == {DONE: len(told)}
        assert points(member_of(it.member)) == 10
        assert Reward.objects.get(pk=it.reward).stock == 1


class ExpiryAgainstRedemption(Race):
    """On the night they expire, points are spent or gone, never both and never neither."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program())
        for _number in range(crowd):
            give(ana, 10)
        return facts(
            program=ana.program_id, member=ana.pk, reward=make_reward(ana.program, 10).pk,
            had=10 * crowd,
        )  # fmt: skip

    def act(self, it: SimpleNamespace, number: int) -> Any:
        midnight = NOON.replace(year=LATER.year, day=1, hour=17)  # Of the first day without them.
        if number % 4 == 0:
            sweeps.expire_due(it.program, zone="Asia/Bangkok", today=LATER, now=midnight)
            return "expired"
        reward, last = Reward.objects.get(pk=it.reward), midnight - timedelta(seconds=1)
        return redeem.redeem(member_of(it.member), reward, key=str(number), now=last) and DONE

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        entries = Entry.objects.filter(balance__account__member=it.member)
        over = -sum(entries.filter(kind="expiry").values_list("points", flat=True))
        assert over + 10 * told.count(DONE) == it.had
        assert entries.filter(kind="expiry").count() == 1
        assert points(member_of(it.member)) == 0
