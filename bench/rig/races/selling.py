"""Races for sales: told twice, told otherwise, adopted, capped, refunded."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from bench.rig.races.form import DONE, Race, count, facts
from bench.rig.races.spending import buy_reward, crowd_of, member_of
from loyalty.flows import claim, earn, refund, rules
from loyalty.ledger import sweeps
from loyalty.ledger.models import Entry
from loyalty.merchants.models import Program
from loyalty.purchases.models import Purchase, Refund
from loyalty.purchases.sale import Return, Sale, SaleLine
from members.models import Member
from tests.makers import (
    LATER,
    NOON,
    balance,
    buy,
    make_member,
    make_program,
    make_reward,
    make_rule,
    points,
)

DAY = timedelta(days=1)


def cafe_with_rule(**rule: Any) -> Program:
    program = make_program()
    make_rule(program, **rule)
    return program


def sold(amount_minor: int, reference: str, **fields: Any) -> Sale:
    return Sale(
        source="pos", reference=reference, made_at=NOON,
        lines=(SaleLine(amount_minor=amount_minor),), **fields,
    )  # fmt: skip


def tell(program_id: int, *sales: Sale) -> list[str]:
    told = earn.from_purchases(Program.objects.get(pk=program_id), sales, now=NOON)
    return [it.problem.code if it.problem else it.status for it in told]


def bring_back(program_id: int, purchase_id: int, reference: str, amount_minor: int) -> str:
    ret = Return(
        source="pos", reference=reference, made_at=NOON, purchase_id=purchase_id,
        amount_minor=amount_minor,
    )  # fmt: skip
    return refund.refund(Program.objects.get(pk=program_id), ret, now=NOON).status


class SameReference(Race):
    """A sale that many tell at once earns once."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(cafe_with_rule())
        return facts(program=ana.program_id, member=ana.pk, account=ana.account_id)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return tell(it.program, sold(10_00, "till-1", account_id=it.account))[0]

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert count(told) == {"earned": 1, "repeated": len(told) - 1}
        assert points(member_of(it.member)) == 10


class SameReferenceOtherBody(Race):
    """Of two sales with one reference one is kept, and the other's teller is told so."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(cafe_with_rule())
        return facts(program=ana.program_id, member=ana.pk, account=ana.account_id)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        amount = 10_00 + number % 2
        return amount, tell(it.program, sold(amount, "till-1", account_id=it.account))[0]

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        [kept] = [amount for amount, status in told if status == "earned"]
        for amount, status in told:
            allowed = ("earned", "repeated") if amount == kept else ("reference_reused",)
            assert status in allowed, (amount, status)
        assert Purchase.objects.get(program=it.program).total_minor == kept
        assert points(member_of(it.member)) == 10


class BatchesInAnyOrder(Race):
    """Batches that tell of the same sales in different orders earn each once, and none is stuck."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = cafe_with_rule()
        members = [make_member(program, f"m{number}@example.org") for number in range(12)]
        accounts = [member.account_id for member in members]
        return facts(program=program.pk, accounts=accounts, members=[it.pk for it in members])

    def act(self, it: SimpleNamespace, number: int) -> Any:
        sales = [sold(10_00, f"s-{n}", account_id=a) for n, a in enumerate(it.accounts)]
        turned = sales[number % 12 :] + sales[: number % 12]
        return tell(it.program, *(turned if number % 2 else turned[::-1])).count("earned")

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert sum(told) == 12
        assert {points(member_of(pk)) for pk in it.members} == {10}


class KeptSalesAdopted(Race):
    """Sales that were nobody's, told again for two members in any order, earn once each."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = cafe_with_rule()
        tell(program.pk, *(sold(10_00, f"kept-{number}") for number in range(12)))
        both = [make_member(program, f"m{number}@example.org") for number in range(2)]
        accounts = [member.account_id for member in both]
        return facts(program=program.pk, members=[it.pk for it in both], accounts=accounts)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        sales = [sold(10_00, f"kept-{n}", account_id=it.accounts[number % 2]) for n in range(12)]
        turned = sales[number % 12 :] + sales[: number % 12]
        return tell(it.program, *(turned if number % 4 < 2 else turned[::-1])).count("earned")

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert sum(told) == 12
        assert sum(points(member_of(pk)) for pk in it.members) == 120


class KeptSaleForTwo(Race):
    """A sale that was nobody's and is told again for two members becomes one's; the other hears."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = cafe_with_rule()
        tell(program.pk, sold(10_00, "kept"))
        members = [make_member(program, f"m{number}@example.org") for number in range(2)]
        accounts = [member.account_id for member in members]
        return facts(program=program.pk, accounts=accounts, members=[it.pk for it in members])

    def act(self, it: SimpleNamespace, number: int) -> Any:
        whose = number % 2
        return whose, tell(it.program, sold(10_00, "kept", account_id=it.accounts[whose]))[0]

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        [owner] = [whose for whose, status in told if status == "earned"]
        for whose, status in told:
            allowed = ("earned", "repeated") if whose == owner else ("reference_reused",)
            assert status in allowed, (whose, status)
        assert points(member_of(it.members[owner])) == 10
        assert points(member_of(it.members[1 - owner])) == 0


class KeptSaleClaimedByTwo(Race):
    """Kept sales that the e-mail of one and the phone of another claim are paid once each."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = cafe_with_rule()
        tell(program.pk, *(
            sold(10_00, f"kept-{n}", contact_email="ana@example.org", contact_phone="+66812345678")
            for n in range(12)
        ))  # fmt: skip
        ana = make_member(program, email_verified_at=NOON)
        ben = make_member(program, "", phone="+66812345678", phone_verified_at=NOON)
        return facts(members=[ana.pk, ben.pk])

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return len(claim.claim(member_of(it.members[number % 2]), now=NOON))

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert sum(told) == 12
        assert sum(points(member_of(pk)) for pk in it.members) == 120


class KeptSaleRefundedAndClaimed(Race):
    """A kept sale that is brought back while it is claimed leaves no points."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = cafe_with_rule()
        [kept] = earn.from_purchases(program, [sold(crowd * 1_00, "kept")], now=NOON)
        ana = make_member(program)
        return facts(
            program=program.pk, sale=kept.id, member=ana.pk, account=ana.account_id,
            amount=crowd * 1_00,
        )  # fmt: skip

    def act(self, it: SimpleNamespace, number: int) -> Any:
        status = bring_back(it.program, it.sale, f"back-{number}", 1_00)
        tell(it.program, sold(it.amount, "kept", account_id=it.account))
        return status

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert count(told) == {"refunded": len(told)}
        assert balance(member_of(it.member)).net == 0


class CapOfMember(Race):
    """Fifty points a day are fifty points, in however many sales at once."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(cafe_with_rule(caps=[{"period": "day", "limit": 50}]))
        return facts(program=ana.program_id, member=ana.pk, account=ana.account_id)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return tell(it.program, sold(20_00, f"s-{number}", account_id=it.account))[0]

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert count(told) == {"earned": len(told)}
        assert points(member_of(it.member)) == 50


class CapOfAll(Race):
    """What all members together may get a day, they get to the point and not beyond."""

    limit = {"period": "day", "limit": 75, "scope": "total"}

    def stage(self, crowd: int) -> SimpleNamespace:
        program = cafe_with_rule(caps=[self.limit])
        members = crowd_of(program, crowd)
        accounts = list(Member.objects.in_bulk(members).values())
        return facts(
            program=program.pk, members=members, accounts=[it.account_id for it in accounts]
        )

    def act(self, it: SimpleNamespace, number: int) -> Any:
        sale = sold(20_00, f"s-{number}", account_id=it.accounts[number])
        return tell(it.program, sale)[0]

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert count(told) == {"earned": len(told)}
        assert sum(points(member_of(pk)) for pk in it.members) == 75


class Budget(CapOfAll):
    """The budget of a rule, for all members and all time, is spent to the point and not beyond."""

    limit = {"period": "ever", "limit": 75, "scope": "total"}


class SameRefund(Race):
    """A return that many tell at once takes back once."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(cafe_with_rule())
        return facts(program=ana.program_id, member=ana.pk, sale=buy(ana, 100_00).id)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return bring_back(it.program, it.sale, "back-1", 30_00)

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert sorted(told) == ["refunded"] + ["repeated"] * (len(told) - 1)
        assert points(member_of(it.member)) == 70


class RefundsOfOneLine(Race):
    """Returns of one line take back no more than was sold, and the rest are refused."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(cafe_with_rule())
        return facts(program=ana.program_id, member=ana.pk, sale=buy(ana, 100_00).id)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return bring_back(it.program, it.sale, f"back-{number}", 30_00)

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert told.count("refunded") == 3
        assert len(set(told)) == 2, set(told)
        assert Purchase.objects.get(pk=it.sale).refunded_minor == 90_00
        assert Refund.objects.filter(purchase=it.sale).count() == 3
        assert points(member_of(it.member)) == 10


class RefundAgainstRedemption(Race):
    """Points of a sale that is undone while they are spent are owed, not lost and not given."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(cafe_with_rule())
        return facts(
            program=ana.program_id, member=ana.pk, sale=buy(ana, 100_00).id,
            reward=make_reward(ana.program, 10).pk,
        )  # fmt: skip

    def act(self, it: SimpleNamespace, number: int) -> Any:
        if number % 4 == 0:
            return bring_back(it.program, it.sale, f"back-{number}", 100_00 * 4 // it.crowd)
        return buy_reward(it.member, it.reward, str(number)) and DONE

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert told.count("refunded") == len(told) // 4
        held, spent = balance(member_of(it.member)), 10 * told.count(DONE)
        assert held.net == -spent
        assert (held.points, held.owed) == (0, spent)


class MaturingAgainstRefund(Race):
    """Points that mature while their sale is brought back are neither kept nor taken twice."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program(pending_days=14)
        make_rule(program)
        ana = make_member(program)
        return facts(program=program.pk, member=ana.pk, sale=buy(ana, 100_00).id)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        if number % 2:
            return bring_back(it.program, it.sale, f"back-{number}", 50_00 * 2 // it.crowd)
        return sweeps.mature_due(it.program, at=NOON + 15 * DAY) and DONE

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert told.count("refunded") == len(told) // 2
        held = balance(member_of(it.member))
        assert (held.points, held.pending, held.owed) == (50, 0, 0)


class ExpiryAgainstRefund(Race):
    """Points that expire while their sale is brought back go once, and leave no debt."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(cafe_with_rule())
        return facts(program=ana.program_id, member=ana.pk, sale=buy(ana, 100_00).id)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        if number % 2:
            return bring_back(it.program, it.sale, f"back-{number}", 100_00 * 2 // it.crowd)
        midnight = NOON.replace(year=LATER.year, day=1, hour=17)
        return sweeps.expire_due(it.program, zone="Asia/Bangkok", today=LATER, now=midnight)

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        held = balance(member_of(it.member))
        assert (held.points, held.pending, held.owed) == (0, 0, 0)


class RuleChangedAgainstSales(Race):
    """While a rule changes, each sale earns by the old promise or by the new one, never a mix."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = cafe_with_rule(effect={"kind": "fixed", "points": 10})
        rule = program.earning_rules.get()
        accounts = [member_of(pk).account_id for pk in crowd_of(program, crowd)]
        return facts(program=program.pk, rule=rule.pk, accounts=accounts)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        program = Program.objects.get(pk=it.program)
        if number % 8 == 0:
            rule = program.earning_rules.get(pk=it.rule)
            rules.save_rule(
                program, rule, by=None, now=NOON, effect={"kind": "fixed", "points": 25}
            )  # fmt: skip
            return DONE
        told = earn.from_purchase(
            program, sold(10_00, f"s-{number}", account_id=it.accounts[number]), now=NOON
        )
        return told.id

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        entries = Entry.objects.filter(balance__wallet__program=it.program)
        assert entries.count() == len(told) - told.count(DONE)
        for points_given, steps in entries.values_list("points", "explanation"):
            assert points_given in (10, 25)
            assert str(points_given) in str(steps), steps
        late = tell(it.program, sold(10_00, "late", account_id=it.accounts[0]))
        assert late == ["earned"]
        assert entries.order_by("pk").last().points == 25
