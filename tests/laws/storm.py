"""Random business on a few accounts, from as many threads and processes as are let loose on them.

As a script, ``python -m tests.laws.storm SEED STEPS``, it storms the database of DATABASE_URL.
"""

import random
import sys
from contextlib import suppress
from datetime import timedelta

import django
from django.db import transaction

if __name__ == "__main__":
    django.setup()

from loyalty.flows import earn, refund
from loyalty.ledger import posting, sweeps
from loyalty.ledger.models import Entry
from loyalty.merchants.models import Program
from loyalty.purchases.models import Purchase
from loyalty.purchases.sale import Return, Sale, SaleLine
from loyalty.refusal import Refusal
from members.models import Member
from tests.makers import NOON


class Storm:
    """One actor. Keys come from a small set, so that actors retry what others have done."""

    def __init__(self, seed: int) -> None:
        self.luck = random.Random(seed)
        self.program = Program.objects.get(slug="cafe")
        self.members = list(Member.objects.filter(program=self.program).order_by("pk"))
        self.at = NOON

    def rage(self, steps: int) -> None:
        acts = [self.buy, self.buy, self.buy, self.batch, self.spend, self.spend, self.bring_back,
                self.cancel, self.sleep]  # fmt: skip
        for _ in range(steps):
            with suppress(Refusal):
                self.luck.choice(acts)()

    def sale(self) -> Sale:
        number = self.luck.randint(1, 60)
        return Sale(
            source="pos", reference=f"sale-{number}", made_at=NOON,
            account_id=self.members[number % len(self.members)].account_id,
            lines=(SaleLine(amount_minor=number * 100, product=f"p{number % 3}"),),
        )  # fmt: skip

    def buy(self) -> None:
        earn.from_purchase(self.program, self.sale(), now=self.at)

    def batch(self) -> None:
        earn.from_purchases(self.program, [self.sale() for _ in range(8)], now=self.at)

    @transaction.atomic
    def spend(self) -> None:
        member, key = self.luck.choice(self.members), self.luck.randint(1, 40)
        book = self._open(member)
        held = next(iter(book.balances.values()))
        posting.redeem(
            book, held, 1 + key % 17, key=f"spend:{key}", source="storm", at=self.at,
            today=self.at.date(),
        )  # fmt: skip
        posting.write(book)

    def bring_back(self) -> None:
        sales = list(Purchase.objects.filter(program=self.program).values_list("pk", flat=True))
        if sales:
            number = self.luck.randint(1, 30)
            refund.refund(
                self.program,
                Return(
                    source="pos", reference=f"back-{number}", made_at=NOON,
                    purchase_id=sales[number % len(sales)], amount_minor=number * 50,
                ),
                now=self.at,
            )  # fmt: skip

    @transaction.atomic
    def cancel(self) -> None:
        entries = Entry.objects.filter(kind="redemption", balance__wallet__program=self.program)
        if entry := entries.select_related("balance").order_by("?").first():
            member = Member.objects.get(account=entry.balance.account_id)
            book = self._open(member)
            posting.give_back(book, entry, key=f"cancel:{entry.pk}", source="storm", at=self.at)
            posting.write(book)

    def sleep(self) -> None:
        self.at += timedelta(days=self.luck.randint(0, 40))
        sweeps.mature_due(self.program.pk, at=self.at)
        sweeps.expire_due(self.program.pk, zone="UTC", today=self.at.date(), now=self.at)

    def _open(self, member: Member) -> "posting.Book":
        return posting.open_book(
            self.program.pk, self.program.time_zone, [member.account_id], now=self.at
        )


if __name__ == "__main__":
    Storm(int(sys.argv[1])).rage(int(sys.argv[2]))
