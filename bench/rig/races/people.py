"""Races of people: joining, leaving, points by hand, keys of machines."""

import json
from types import SimpleNamespace
from typing import Any

from django.test import Client
from django.utils import timezone

from bench.rig.races.form import DONE, Race, count, facts
from bench.rig.races.selling import bring_back, cafe_with_rule, sold, tell
from bench.rig.races.spending import buy_reward, crowd_of, member_of
from loyalty.flows import adjust, enroll, erase, keys, leave, merge, proposals, redeem
from loyalty.ledger.models import Account, Balance, Entry
from loyalty.merchants.keys import SCOPES
from loyalty.merchants.models import ApiKey, Program, Role, Staff
from loyalty.purchases.models import Purchase
from loyalty.rewards.models import Redemption, Reward
from members.models import Member, Proposal
from tests.makers import (
    NOON,
    balance,
    buy,
    give,
    make_member,
    make_program,
    make_reward,
    make_rule,
    make_staff,
    points,
)


def redeem_for(member: Member, reward_id: int, key: str) -> Redemption:
    return redeem.redeem(member, Reward.objects.get(pk=reward_id), key=key, now=NOON)


class JoiningByEmail(Race):
    """One person joins once by their e-mail, and has what joining gives once."""

    contact: dict[str, Any] = {"email": "ana@example.org"}
    otherwise = "already_member"

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        make_rule(program, trigger="sign_up", effect={"kind": "fixed", "points": 20})
        return facts(program=program.pk)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        program = Program.objects.get(pk=it.program)
        return enroll.enroll(program, now=NOON, name=f"Ana {number}", **self.contact).pk

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        ana, *others = Member.objects.filter(program=it.program)
        assert not others
        assert count(told) == {ana.pk: 1, self.otherwise: len(told) - 1}
        assert points(ana) == 20
        assert Account.objects.filter(program=it.program).count() == 1


class JoiningByPhone(JoiningByEmail):
    """One person joins once by their phone number, however it is written."""

    contact = {"phone": "081 234 5678"}


class JoiningByOwnNumber(JoiningByEmail):
    """Whoever has a number of the merchant's own is that member, for everybody who asks."""

    contact = {"external_id": "A-1"}

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        [ana] = Member.objects.filter(program=it.program)
        assert count(told) == {ana.pk: len(told)}
        assert points(ana) == 20


class LeavesAgainstSpending(Race):
    """Who leaves earns and spends nothing from then on; what they did before stands."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(cafe_with_rule())
        give(ana, 100)
        return facts(
            program=ana.program_id, member=ana.pk, account=ana.account_id,
            reward=make_reward(ana.program, 1).pk,
        )  # fmt: skip

    def act(self, it: SimpleNamespace, number: int) -> Any:
        if number % 8 == 0:
            return leave.leave(member_of(it.member), now=NOON).state
        if number % 2:
            return buy_reward(it.member, it.reward, str(number)) and "bought"
        return tell(it.program, sold(10_00, f"s-{number}", account_id=it.account))[0]

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        kinds = Entry.objects.filter(balance__account=it.account).exclude(source="test")
        assert kinds.filter(kind="redemption").count() == told.count("bought")
        before = kinds.count()
        assert tell(it.program, sold(10_00, "late", account_id=it.account)) == ["earned"]
        assert kinds.count() == before, "nothing is posted for who has left"


class AdjustmentLimit(Race):
    """Who may give 200 points a month by hand gives 200, to however many members at once."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program(adjustment_limits={"reviewer": 200})
        return facts(
            members=crowd_of(program, crowd), staff=make_staff(program, Role.REVIEWER).pk,
            wallet=program.wallets.get().pk,
        )  # fmt: skip

    def act(self, it: SimpleNamespace, number: int) -> Any:
        member = member_of(it.members[number])
        adjust.adjust(
            member, member.program.wallets.get(), 60, reason="A cold coffee.", key=str(number),
            now=NOON, by=Staff.objects.get(pk=it.staff),
        )  # fmt: skip
        return DONE

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert count(told) == {DONE: 3, "above_limit": len(told) - 3}
        assert sum(points(member_of(pk)) for pk in it.members) == 180


class SameAdjustment(Race):
    """A gift by hand that is clicked many times is given once."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program())
        return facts(member=ana.pk, staff=make_staff(ana.program).pk)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        member = member_of(it.member)
        given = adjust.adjust(
            member, member.program.wallets.get(), 60, reason="A cold coffee.", key="one click",
            now=NOON, by=Staff.objects.get(pk=it.staff),
        )  # fmt: skip
        return given.id

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert len(set(told)) == 1
        assert points(member_of(it.member)) == 60


class UndoneTwice(Race):
    """An adjustment that many undo at once is undone once."""

    points_given = 60

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program())
        give(ana, 100)
        staff = make_staff(ana.program)
        made = adjust.adjust(
            ana, ana.program.wallets.get(), self.points_given, reason="A cold coffee.", key="1",
            now=NOON, by=staff,
        )  # fmt: skip
        return facts(member=ana.pk, staff=staff.pk, entry=made.id)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        entry = Entry.objects.select_related("balance__wallet__program").get(pk=it.entry)
        staff = Staff.objects.get(pk=it.staff)
        return adjust.undo(entry, reason="A slip.", now=NOON, by=staff).id

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert len(set(told)) == 1
        assert Entry.objects.filter(reverses=it.entry).count() == 1
        assert points(member_of(it.member)) == 100


class DeductionUndoneTwice(UndoneTwice):
    """Points that were taken by hand come back once, however many undo it."""

    points_given = -60


class UndoAgainstSpending(Race):
    """A gift by hand that is undone while it is spent becomes a debt, to the point."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program())
        staff = make_staff(ana.program)
        made = adjust.adjust(
            ana, ana.program.wallets.get(), 60, reason="A cold coffee.", key="1", now=NOON,
            by=staff,
        )  # fmt: skip
        reward = make_reward(ana.program, 10)
        return facts(member=ana.pk, staff=staff.pk, entry=made.id, reward=reward.pk)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        if number % 2:
            return buy_reward(it.member, it.reward, str(number)) and DONE
        entry = Entry.objects.select_related("balance__wallet__program").get(pk=it.entry)
        staff = Staff.objects.get(pk=it.staff)
        return adjust.undo(entry, reason="A slip.", now=NOON, by=staff) and "undone"

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        held = balance(member_of(it.member))
        assert told.count("undone") == len(told) // 2
        assert (held.points, held.owed) == (0, 10 * told.count(DONE))


class ProposalDecidedTwice(Race):
    """What waits for a second person is decided once, and given once if somebody said yes."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(make_program())
        asks = make_staff(ana.program, Role.REVIEWER)
        wanted = proposals.propose(
            ana, ana.program.wallets.get(), 500, reason="A cold coffee.", key="1", now=NOON, by=asks
        )
        staff = [make_staff(ana.program).pk for _number in range(4)]
        return facts(member=ana.pk, proposal=wanted.pk, staff=staff)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        wanted = Proposal.objects.get(pk=it.proposal)
        by = Staff.objects.get(pk=it.staff[number % 4])
        if number % 2:
            proposals.decline(wanted, now=NOON, by=by)
            return "declined"
        return proposals.approve(wanted, now=NOON, by=by) and "approved"

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert told.count("already_decided") == len(told) - 1
        given = 500 if "approved" in told else 0
        assert points(member_of(it.member)) == given


class ForgottenAgainstSales(Race):
    """Who is forgotten while tills and pages are at work leaves an account with nothing in it."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(cafe_with_rule())
        give(ana, 100)
        return facts(
            program=ana.program_id, member=ana.pk, account=ana.account_id,
            reward=make_reward(ana.program, 1).pk,
        )  # fmt: skip

    def act(self, it: SimpleNamespace, number: int) -> Any:
        try:
            member = member_of(it.member)
            if number % 4 == 0:
                return erase.erase(member, now=NOON) and "forgotten"
            if number % 4 == 1:
                return redeem_for(member, it.reward, str(number)) and "bought"
        except Member.DoesNotExist:
            return "gone"
        return tell(it.program, sold(10_00, f"s-{number}", account_id=it.account))[0]

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert told.count("forgotten") == 1
        assert not Member.objects.filter(pk=it.member).exists()
        for held in Balance.objects.filter(account=it.account):
            assert (held.points, held.pending, held.owed) == (0, 0, 0)


class MergedAgainstSales(Race):
    """While two memberships become one, no sale loses its points, and none is given twice."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(cafe_with_rule())
        twin = make_member(ana.program, "ana@example.com")
        for member in (ana, twin):
            give(member, 100)
        return facts(
            program=ana.program_id, kept=ana.pk, merged=twin.pk, staff=make_staff(ana.program).pk,
            accounts=[ana.account_id, twin.account_id], reward=make_reward(ana.program, 1).pk,
            sale=buy(twin, crowd * 1_00).id, had=200 + crowd,
        )  # fmt: skip

    def act(self, it: SimpleNamespace, number: int) -> Any:
        if number % 8 == 0:
            staff = Staff.objects.get(pk=it.staff)
            merge.merge(
                member_of(it.kept), member_of(it.merged), reason="One person.", now=NOON, by=staff
            )
            return "merged"
        if number % 4 == 1:
            return buy_reward(it.merged, it.reward, str(number)) and "bought"
        if number % 4 == 2:
            return bring_back(it.program, it.sale, f"back-{number}", 1_00)
        return tell(it.program, sold(10_00, f"s-{number}", account_id=it.accounts[number % 8 > 3]))[
            0
        ]

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert set(told) <= {"merged", "bought", "member_not_active", "refunded", "earned"}, told
        both = [Balance.objects.get(account=account) for account in it.accounts]
        earned = 10 * told.count("earned") - told.count("refunded") - told.count("bought")
        assert both[0].net == it.had + earned
        assert both[1].net == 0, "all of it is carried over"


def machine(program: Program) -> tuple[int, str]:
    key, token = keys.create(program, name="Till", scopes=SCOPES, by=None, now=NOON)
    return key.pk, token


def post(token: str, path: str, body: dict[str, Any], key: str = "") -> tuple[int, Any]:
    """Call the API as a till does; its status, and its code or id."""
    headers = {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})
    answer = Client().generic(
        "POST", f"/api/v1/{path}", json.dumps(body), content_type="application/json",
        headers=headers,
    )  # fmt: skip
    told = answer.json()
    return answer.status_code, told.get("code") or told.get("id")


class SameIdempotencyKey(Race):
    """A request with one key does its work once; a retry sees its answer, or is told to wait."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        return facts(program=program.pk, token=machine(program)[1])

    def act(self, it: SimpleNamespace, number: int) -> Any:
        return post(it.token, "members", {"email": "nok@example.org"}, key="k-1")

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        [nok] = Member.objects.filter(program=it.program)
        assert set(told) <= {(201, nok.public_id), (409, "still_running")}, count(told)
        assert (201, nok.public_id) in told


class KeyWithOtherBodies(Race):
    """Of different requests with one key one is done, and nobody gets the answer of another."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        return facts(program=program.pk, token=machine(program)[1])

    def act(self, it: SimpleNamespace, number: int) -> Any:
        email = f"nok-{number}@example.org"
        return email, *post(it.token, "members", {"email": email}, key="k-1")

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        [nok] = Member.objects.filter(program=it.program)
        done = [email for email, status, _said in told if status == 201]
        assert done == [nok.email]
        refused = {said for _email, status, said in told if status != 201}
        assert refused <= {"key_with_other_body", "still_running"}, refused


class RevokedKey(Race):
    """A key that is revoked does nothing from then on; what it did before is there."""

    def stage(self, crowd: int) -> SimpleNamespace:
        ana = make_member(cafe_with_rule())
        pk, token = machine(ana.program)
        return facts(
            program=ana.program_id, key=pk, token=token, member=ana.pk, public_id=ana.public_id
        )

    def act(self, it: SimpleNamespace, number: int) -> Any:
        if number == 0:
            keys.revoke(ApiKey.objects.get(pk=it.key), by=None, now=timezone.now())
        sale = {"source": "pos", "reference": f"s-{number}", "made_at": NOON.isoformat(),
                "member": it.public_id, "total": "10.00"}  # fmt: skip
        return post(it.token, "purchases", sale)[0]

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        assert told[0] == 401, "who revoked it sees at once that it is"
        assert set(told) <= {201, 401}, count(told)
        assert Purchase.objects.filter(program=it.program).count() == told.count(201)
        assert points(member_of(it.member)) == 10 * told.count(201)
