"""What rules and campaigns give beside points: rewards and badges, and how a refund undoes them."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from loyalty.days import local_date
from loyalty.earning.activity import Award
from loyalty.earning.rulebook import Rule
from loyalty.flows import prizes
from loyalty.flows.causes import Cause
from loyalty.flows.prizes import REWARD
from loyalty.flows.redeem import NotOnOffer
from loyalty.flows.spending import MemberNotActive
from loyalty.ledger import figures, posting
from loyalty.ledger.book import Book
from loyalty.ledger.figures import Counted
from loyalty.purchases import keeping
from loyalty.purchases.models import PurchaseLine, PurchasePrize
from loyalty.rewards.supply import SoldOut
from members.models import Member


@dataclass(frozen=True, slots=True)
class Promised:
    """A present that a cause has earned. It is given once the points are written."""

    cause: Cause
    rule: Rule
    award: Award
    prize: dict[str, int | str]  # By number.


def promised(program_id: int, cause: Cause, rule: Rule, award: Award) -> Promised | None:
    """None where what the rule names is archived."""
    assert rule.effect.prize is not None
    prize = prizes.resolved(program_id, rule.effect.prize)
    return None if prize is None else Promised(cause, rule, award, prize)


def rewards_of(owed: Iterable[Promised]) -> set[int]:
    """The rewards whose stock will be asked for."""
    return {int(it.prize[REWARD]) for it in owed if it.prize["kind"] == REWARD}


def give(book: Book, owed: Sequence[Promised], *, letters: bool) -> list[Promised]:
    """Give presents; those that could not be given, because none is left, come back."""
    accounts = {it.cause.account_id for it in owed}
    members = {
        it.account_id: it
        for it in Member.objects.select_related("program").filter(account__in=accounts)
    }
    missed, kept, counted = [], [], []
    for it in owed:
        member, source = members[it.cause.account_id], it.rule.source
        try:
            prizes.give(
                member, it.prize, key=key_of(it), source=source, at=book.now,
                reason=it.rule.name, letters=letters,
            )  # fmt: skip
        except (SoldOut, NotOnOffer, MemberNotActive, posting.KeyReused):
            missed.append(it)
            continue
        if measure := figures.campaign(source):
            counted.append(
                Counted(
                    member.program_id, local_date(it.cause.occurred_at, book.zone), measure, 1, 0
                )
            )
        if it.cause.is_purchase:
            kept.append(_row(it))
    figures.tally(counted)
    PurchasePrize.objects.bulk_create(kept)
    return missed


def lost(
    lines_of: Mapping[int, Sequence[PurchaseLine]],
) -> list[PurchasePrize]:
    """What sales had given that is not kept any more, by their lines as they are now."""
    given = PurchasePrize.objects.filter(purchase__in=list(lines_of), taken_at=None)
    found = given.select_related("purchase").order_by("pk")
    return [it for it in found if keeping.is_lost(it, lines_of[it.purchase_id])]


def take_back(book: Book, it: PurchasePrize, account_id: int) -> bool:
    """Withdraw an unused voucher, or take a badge back. What was used was used."""
    if not PurchasePrize.objects.filter(pk=it.pk, taken_at=None).update(taken_at=book.now):
        return False
    member = Member.objects.select_related("program").filter(account=account_id).first()
    if member is None:
        return False
    with suppress(MemberNotActive):
        return prizes.take_back(
            member, it.prize, key=it.key, source=f"purchase:{it.purchase_id}", at=book.now
        )
    return False


def key_of(it: Promised) -> str:
    return f"{it.cause.key}/{it.rule.source}"


def _row(it: Promised) -> PurchasePrize:
    return PurchasePrize(
        purchase_id=it.cause.record_id, source=it.rule.source, key=key_of(it), prize=it.prize,
        value_minor=it.award.value_minor, basis=it.award.basis,
        whole_above_minor=it.award.whole_above_minor,
    )  # fmt: skip
