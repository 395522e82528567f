"""The café of ``shop_model``, told the same to the real flows, and histories that try both."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from loyalty.flows import adjust, claim, earn, lapse, leave, pay, redeem, refund, settings, vouchers
from loyalty.ledger import audit, sweeps
from loyalty.ledger.models import Balance, Entry, Wallet
from loyalty.merchants.models import Program
from loyalty.purchases import audit as purchase_audit
from loyalty.purchases.sale import Return, ReturnLine, SaleLine
from loyalty.refusal import Refusal
from loyalty.rewards.codes import code_of
from loyalty.rewards.models import Redemption
from members.models import Member
from tests.laws.shop_model import (
    BAHT,
    BAHT_OF_A_POINT,
    CAP_A_DAY,
    CARD,
    LASTS_MONTHS,
    REWARD,
    STAMP_FROM,
    STAMPS,
    TEA_BUDGET,
    TEA_TIMES,
    ModelShop,
)
from tests.makers import (
    NOON,
    TODAY,
    make_member,
    make_program,
    make_reward,
    make_rule,
    make_staff,
    make_wallet,
    sale,
)

MEMBERS = 3
Step = tuple[str, tuple[Any, ...]]


class Shop:
    """The real one. Its acts are those of the model."""

    def __init__(self, pending_days: int) -> None:
        program = make_program(
            pending_days=pending_days, pay_points=1, pay_minor=BAHT_OF_A_POINT, claim_days=10_000
        )
        make_wallet(program, STAMPS, kind=Wallet.Kind.STAMPS)
        program.wallets.update(expiry=Wallet.Expiry.MONTHS, expiry_count=LASTS_MONTHS)
        make_rule(program, caps=[{"period": "day", "limit": CAP_A_DAY}], position=0)
        make_rule(
            program, position=1, conditions=[{"kind": "product", "codes": ["tea"]}],
            effect={"kind": "per_spend", "points": TEA_TIMES, "per_minor": BAHT},
            caps=[{"period": "ever", "limit": TEA_BUDGET, "scope": "total"}],
        )  # fmt: skip
        make_rule(
            program, position=2, wallet=STAMPS, effect={"kind": "fixed", "points": 1},
            conditions=[{"kind": "minimum_spend", "minor": STAMP_FROM}],
        )  # fmt: skip
        make_reward(program, CARD, wallet=STAMPS, is_automatic=True, voucher_days=None)
        self.reward = make_reward(program, REWARD, voucher_days=None)
        self.staff = make_staff(program)
        self.pk, self.day, self.number = program.pk, 0, 0
        self.members = [
            make_member(program, f"m{place}@example.org", email_verified_at=NOON)
            for place in range(MEMBERS)
        ]
        self.accounts = [member.account_id for member in self.members]
        self.sales: list[tuple[int, Any]] = []
        self.gifts: list[int] = []

    @property
    def now(self) -> datetime:
        return NOON + timedelta(days=self.day)

    @property
    def program(self) -> Program:
        return Program.objects.get(pk=self.pk)

    @property
    def key(self) -> str:
        self.number += 1
        return str(self.number)

    def member(self, whose: int) -> Member:
        return Member.objects.select_related("program").get(pk=self.members[whose].pk)

    def do(self, act: str, *told: Any) -> str:
        """Nothing, or the code of a refusal."""
        try:
            getattr(self, act)(*told)
        except Refusal as refusal:
            return refusal.code
        return ""

    def figures(self) -> list[tuple[int, int, int]]:
        rows = Balance.objects.filter(account__in=self.accounts).order_by("account", "wallet")
        return list(rows.values_list("points", "pending", "owed"))

    def sell(
        self, lines: list[tuple[str, int]], ago: int, whose: int | None, contact: int | None
    ) -> None:
        told = sale(
            0, *(SaleLine(product=product, amount_minor=amount) for product, amount in lines),
            made_at=self.now - timedelta(ago), reference=self.key,
            contact_email="" if contact is None else self.members[contact].email,
        )  # fmt: skip
        owned = told if whose is None else told.owned_by(self.accounts[whose])
        self.sales.append((earn.from_purchase(self.program, owned, now=self.now).id, told))

    def tell_again(self, number: int, whose: int | None) -> None:
        told = self.sales[number][1]
        owned = told if whose is None else told.owned_by(self.accounts[whose])
        earn.from_purchase(self.program, owned, now=self.now)

    def claim(self, whose: int) -> None:
        claim.claim(self.member(whose), now=self.now)

    def bring_back(self, number: int, place: int, amount: int) -> None:
        ret = Return(
            source="pos", reference=self.key, made_at=self.now, purchase_id=self.sales[number][0],
            lines=(ReturnLine(number=place + 1, amount_minor=amount),),
        )  # fmt: skip
        refund.refund(self.program, ret, now=self.now)

    def redeem(self, whose: int) -> None:
        redeem.redeem(self.member(whose), self.reward, key=self.key, now=self.now)

    def pay(self, whose: int, amount: int, at_the_till: bool) -> None:
        by = self.staff if at_the_till else None
        pay.pay(self.member(whose), amount_minor=amount, key=self.key, now=self.now, by=by)

    def use(self, number: int) -> None:
        vouchers.use(self.program, code_of(self._made(number).voucher), now=self.now)

    def cancel(self, number: int) -> None:
        redeem.cancel(self._made(number), now=self.now)

    def _made(self, number: int) -> Redemption:
        made = Redemption.objects.filter(program=self.pk).select_related("voucher", "program")
        return made.order_by("pk")[number]

    def adjust(self, whose: int, points: int) -> None:
        member = self.member(whose)
        made = adjust.adjust(
            member, member.program.wallets.get(code="points"), points, reason="A cold coffee.",
            key=self.key, now=self.now, by=self.staff,
        )  # fmt: skip
        self.gifts.append(made.id)

    def undo(self, number: int) -> None:
        entry = Entry.objects.select_related("balance__wallet__program").get(pk=self.gifts[number])
        adjust.undo(entry, reason="A slip.", now=self.now, by=self.staff)

    def leave(self, whose: int) -> None:
        leave.leave(self.member(whose), now=self.now)

    def come_back(self, whose: int) -> None:
        leave.come_back(self.member(whose), now=self.now)

    def absorb(self, does: bool) -> None:
        shortfall = Program.Shortfall.ABSORB if does else Program.Shortfall.OWE
        settings.change(self.program, by=None, now=self.now, shortfall=shortfall)

    def dawn(self, days: int) -> None:
        self.day += days

    def night(self, days: int) -> None:
        self.day += days
        sweeps.mature_due(self.pk, at=self.now)
        lapse.lapse_due(now=self.now)
        today = TODAY + timedelta(self.day)
        sweeps.expire_due(self.pk, zone="Asia/Bangkok", today=today, now=self.now)


class Difference(AssertionError):
    """The café and its model do not agree, and after which step."""


def history(seed: int, steps: int) -> Iterator[Step]:
    """Live a history in both, and give each step that they agreed on."""
    luck = Random(seed)
    pending_days = luck.choice([0, 0, 3])
    shop, model = Shop(pending_days), ModelShop(TODAY, MEMBERS, pending_days)
    for number in range(steps):
        act, told = _next(luck, model)
        said, expected = shop.do(act, *told), getattr(model, act)(*told)
        if said != expected:
            raise Difference(f"step {number} of history {seed}: {act}{told} said {said!r}, "
                             f"and the model {expected!r}")  # fmt: skip
        if (found := shop.figures()) != model.figures():
            raise Difference(f"step {number} of history {seed}: after {act}{told} there is "
                             f"{found}, and the model has {model.figures()}")  # fmt: skip
        yield act, told
    if breaches := [*audit.breaches(), *purchase_audit.breaches()]:
        raise Difference(f"the end of history {seed}: {breaches[0]}")


def _next(luck: Random, model: ModelShop) -> Step:
    """Something that can be done now."""
    whose = luck.randrange(MEMBERS)
    amount = luck.choice([1_00, 5_00, 7_77, 20_00, 49_99, 60_00])
    acts: list[Step] = [("sell", _sale(luck, whose))] * 5 + [
        ("redeem", (whose,)), ("redeem", (whose,)),
        ("pay", (whose, luck.choice([1, 50, 3_33, 10_00]), luck.random() < 0.5)),
        ("adjust", (whose, luck.choice([-40, -5, 1, 25, 60]))),
        ("claim", (whose,)),
        ("dawn", (luck.randint(1, 4),)), ("night", (luck.randint(1, 4),)),
        ("night", (luck.randint(5, 20),)) if luck.random() < 0.3 else ("night", (0,)),
    ]  # fmt: skip
    if luck.random() < 0.2:
        acts += [("leave", (whose,)), ("come_back", (whose,)), ("come_back", (whose,))]
        acts.append(("absorb", (luck.random() < 0.5,)))
    if model.sales:
        number = luck.randrange(len(model.sales))
        place = luck.randrange(len(model.sales[number].lines))
        left = model.sales[number].lines[place].left
        part = luck.choice([left, left // 2, left // 3, amount]) or 1
        acts += [("bring_back", (number, place, part))] * 4
        acts.append(("tell_again", (number, luck.choice([None, whose]))))
    if model.spendings:
        number = luck.randrange(len(model.spendings))
        acts += [("cancel", (number,)), ("cancel", (number,)), ("use", (number,))]
    if model.gifts:
        acts.append(("undo", (luck.randrange(len(model.gifts)),)))
    return luck.choice(acts)


def _sale(luck: Random, whose: int) -> tuple[Any, ...]:
    amounts = [0, 1_00, 5_00, 7_77, 20_00, 49_99, 60_00]
    lines = [(luck.choice(["tea", "cup"]), luck.choice(amounts)) for _ in range(luck.randint(1, 3))]
    is_kept = luck.random() < 0.25
    contact = luck.choice([None, whose]) if is_kept else None
    return lines, luck.choice([0, 0, 1, 2]), None if is_kept else whose, contact
