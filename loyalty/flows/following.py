"""The n-th of one thing issues an offer, in the transaction of its purchase; a refund withdraws it.

What was bought is counted from the purchases themselves, by one question for each follow-up that a
basket touches: nothing is counted twice, and what came back counts no more.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

from django.db.models import Count, F, Sum
from django.db.models.functions import Lower

from campaigns.followups.along import companions
from campaigns.followups.book import Pattern, book_for, compiled, folded
from campaigns.followups.models import Followed, FollowUp
from loyalty.flows import redeem
from loyalty.flows.causes import Cause
from loyalty.ledger import moving
from loyalty.purchases.models import LineKind, Purchase, PurchaseLine
from loyalty.rewards.models import Reward, Voucher
from members.models import Member

Whose = tuple[int, str]  # An account and a thing.


class Following:
    """The follow-ups of a batch: ``see`` each purchase, then ``give``."""

    def __init__(self, patterns: tuple[Pattern, ...]) -> None:
        self.patterns = patterns
        self.seen: dict[Pattern, dict[Whose, tuple[str, int]]] = {}

    def see(self, cause: Cause) -> None:
        """Note what of a purchase a follow-up counts, as the shop writes it, and the purchase."""
        if not self.patterns or not cause.is_purchase:
            return
        for pattern in self.patterns:
            if pattern.holds(cause.occurred_at):
                for thing, told in pattern.things(cause.items):
                    noted = self.seen.setdefault(pattern, {})
                    noted[cause.account_id, thing] = told, cause.record_id

    def rewards(self) -> set[int]:
        """What ``give`` may take, to be locked in one order with all others."""
        return {pattern.reward_id for pattern in self.seen}

    def give(self, *, now: datetime, letters: bool) -> None:
        for pattern, noted in self.seen.items():
            self._give(pattern, noted, now=now, letters=letters)

    def _give(
        self,
        pattern: Pattern,
        noted: Mapping[Whose, tuple[str, int]],
        *,
        now: datetime,
        letters: bool,
    ) -> None:
        accounts = {account for account, _thing in noted}
        holders = _holders(accounts)
        counts = counted(pattern, holders, {thing for _account, thing in noted})
        issued = _issued(pattern.id, holders)
        due = {
            whose: number
            for whose in sorted(noted)
            if (number := pattern.due(counts[whose])) > issued[whose]
        }
        if not due:
            return
        reward = Reward.objects.get(pk=pattern.reward_id)
        people = Member.objects.select_related("program").filter(account__in=accounts)
        members = {it.account_id: it for it in people}
        others = self._others(pattern, members, [thing for _account, thing in due])
        for (account, thing), number in due.items():
            told, sale = noted[account, thing]
            digest = blake2b(thing.encode(), digest_size=6).hexdigest()
            made = redeem.present(
                members[account], reward, key=f"{pattern.source}/{sale}/{digest}/{number}",
                now=now, letters=letters,
            )  # fmt: skip
            if made is None:
                continue  # None of the reward is left.
            code = others.get(thing, told)
            Voucher.objects.filter(redemption=made).update(
                good_for=f"{pattern.of}:{code}", good_for_name=_name(reward, pattern, code)
            )
            Followed.objects.create(
                followup_id=pattern.id, account_id=account, thing=thing, number=number,
                redemption=made, given_at=now,
            )  # fmt: skip

    @staticmethod
    def _others(
        pattern: Pattern, members: Mapping[int, Member], things: list[str]
    ) -> dict[str, str]:
        """What each thing's offer is on, where that is another one. Unknown yet: the same."""
        if pattern.on != FollowUp.On.ALONG:
            return {}
        program = next(iter(members.values())).program_id
        return companions(program, pattern.of, things)


def _name(reward: Reward, pattern: Pattern, code: str) -> str:
    """What a product was called when it was sold last; a category is its own name."""
    if pattern.of != FollowUp.Of.PRODUCT:
        return code
    sold = PurchaseLine.objects.filter(purchase__program=reward.program_id, product=code)
    return sold.exclude(name="").order_by("-pk").values_list("name", flat=True).first() or code


def counted(
    pattern: Pattern, holders: Mapping[int, int], things: Collection[str]
) -> defaultdict[Whose, int]:
    """How many of each thing each account has bought since it began, less what came back."""
    lines = PurchaseLine.objects.filter(
        purchase__account__in=list(holders), purchase__made_at__gte=pattern.starts_at,
        kind=LineKind.ITEM, amount_minor__gt=0, refunded_quantity__lt=F("quantity"),
    )  # fmt: skip
    if pattern.ends_at is not None:
        lines = lines.filter(purchase__made_at__lt=pattern.ends_at)
    rows = lines.annotate(thing=Lower(pattern.of)).filter(thing__in=list(things)).values_list(
        "purchase__account", "thing"
    )  # fmt: skip
    measure = (
        Sum(F("quantity") - F("refunded_quantity"))
        if pattern.count == FollowUp.Count.UNITS
        else Count("purchase", distinct=True)
    )
    counts: defaultdict[Whose, int] = defaultdict(int)
    for account, thing, number in rows.annotate(number=measure):
        counts[holders[account], thing] += int(number)
    return counts


def _holders(accounts: Iterable[int]) -> dict[int, int]:
    """Each account, and those that became part of it, by whose they are now."""
    mine = set(accounts)
    return {**moving.parts_of(mine), **{account: account for account in mine}}


def _issued(followup: int, holders: Mapping[int, int]) -> defaultdict[Whose, int]:
    numbers: defaultdict[Whose, int] = defaultdict(int)
    given = Followed.objects.filter(followup=followup, account__in=list(holders), withdrawn_at=None)
    for account, thing, number in given.values_list("account", "thing", "number"):
        whose = holders[account], thing
        numbers[whose] = max(numbers[whose], number)
    return numbers


def withdraw(program_id: int, version: int, sales: Sequence[Purchase], *, now: datetime) -> None:
    """After a refund: offers that are not used yet, and whose count is not there any more, go."""
    if not book_for(program_id, version):
        return
    accounts = {sale.account_id for sale in sales if sale.account_id}
    accounts |= moving.family(accounts)
    waiting = Followed.objects.filter(
        account__in=accounts, withdrawn_at=None, redemption__voucher__in=Voucher.objects.usable(now)
    ).select_related("followup", "redemption__program")  # fmt: skip
    things = _things(sales)
    for it in waiting.order_by("pk"):
        if it.thing in things and _bought(it) < it.number * it.followup.every:
            redeem.cancel(it.redemption, now=now)
            Followed.objects.filter(pk=it.pk).update(withdrawn_at=now)


def _bought(it: Followed) -> int:
    """How many of a thing its owner has bought, with all that they are one with by now."""
    whole = moving.family({it.account_id})
    holders = dict.fromkeys(whole | moving.parts_of(whole).keys(), it.account_id)
    return counted(compiled(it.followup), holders, [it.thing])[it.account_id, it.thing]


def _things(sales: Sequence[Purchase]) -> set[str]:
    lines = PurchaseLine.objects.filter(purchase__in=list(sales))
    return {folded(word) for pair in lines.values_list("product", "category") for word in pair}
