"""How points become a reward, how one is given as a present, and how it is taken back unused."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.flows import spending, vouchers
from loyalty.flows.adjust import NeedsReason
from loyalty.flows.own_account import refuse_own
from loyalty.flows.spending import By
from loyalty.ledger import moving, posting
from loyalty.ledger.book import Book
from loyalty.merchants.models import Program, Staff
from loyalty.refusal import Refusal
from loyalty.rewards import issuing, limits, supply
from loyalty.rewards.issuing import Issue, issue_of
from loyalty.rewards.limits import LimitReached
from loyalty.rewards.models import Redemption, Reward, Voucher
from loyalty.rewards.shelf import Shelved, shelved
from loyalty.rewards.supply import SoldOut
from members.models import Member, Tier


class NotOnOffer(Refusal):
    code = "reward_not_on_offer"

    def __init__(self) -> None:
        super().__init__(_("This reward is not on offer now."))


class TierTooLow(Refusal):
    code = "tier_too_low"


@transaction.atomic
def redeem(
    member: Member, reward: Reward, *, key: str, now: datetime, by: By = None, letters: bool = True
) -> Redemption:
    """Buy a reward with points. The same key buys it once."""
    program = member.program
    book = spending.lock(program, member.account_id, now=now)
    if made := spending.made_before(member.account_id, "redeem", key, reward_id=reward.pk):
        return made
    spending.check_active(member.account_id)
    spending.check_hold(member, by, now=now)
    wanted = _on_offer(program, reward, now)
    _check_tier(program, wanted, member)
    _check_limit(program, wanted, member, now)
    issue = issue_of(
        wanted, member.account_id, key=f"redeem:{key}", now=now, zone=program.time_zone
    )
    spending.charge(book, issue)
    return _hand_out(program, book, issue, action="reward.redeem", by=by, letters=letters)


@transaction.atomic
def gift(
    member: Member,
    reward: Reward,
    *,
    key: str,
    now: datetime,
    by: By = None,
    reason: str = "",
    letters: bool = True,
) -> Redemption:
    """Give a reward without points: a tier's present, or a word of regret. Staff say why."""
    program = member.program
    book = spending.lock(program, member.account_id, now=now)
    if made := spending.made_before(member.account_id, "gift", key, reward_id=reward.pk):
        return made
    if isinstance(by, Staff):
        _check_giver(member, by, reason)
    spending.check_active(member.account_id)
    given = Reward.objects.kept().filter(program=program, pk=reward.pk).first()
    if given is None:
        raise NotOnOffer
    issue = issue_of(
        shelved(given), member.account_id, key=f"gift:{key}", now=now, zone=program.time_zone
    )
    return _hand_out(
        program, book, issue, action="reward.give", by=by, reason=reason, letters=letters
    )


def present(
    member: Member, reward: Reward, *, key: str, now: datetime, letters: bool = True
) -> Redemption | None:
    """A present that nobody waits for, as a tier's is: if there is none left, there is none.

    Nor is there where the same key has given another reward before.
    """
    try:
        return gift(member, reward, key=key, now=now, letters=letters)
    except (NotOnOffer, SoldOut, posting.KeyReused, spending.MemberNotActive):
        return None


@transaction.atomic
def cancel(redemption: Redemption, *, now: datetime, by: By = None, reason: str = "") -> Redemption:
    """Take back a voucher that was not used, and give its points back to the lots they left."""
    program = redemption.program
    paid_by = {redemption.account_id}
    if redemption.entry:
        paid_by.add(redemption.entry.balance.account_id)
    accounts = moving.family(paid_by)
    book = posting.open_book(program.pk, program.time_zone, accounts, now=now)
    made = Redemption.objects.select_related("voucher", "reward", "entry__balance").get(
        pk=redemption.pk
    )
    if made.status == Redemption.Status.CANCELLED:
        return made
    _revoke(made, now)
    if made.entry:
        posting.give_back(
            book, made.entry, key=f"redemption:{made.public_id}/cancelled",
            source=made.entry.source, at=now,
            explanation=[{"step": "cancelled", "reason": reason.strip()}],
        )  # fmt: skip
        posting.write(book)
    if made.reward_id:
        supply.put_back(made.reward_id)
    made.status, made.cancelled_at = Redemption.Status.CANCELLED, now
    made.save(update_fields=["status", "cancelled_at"])
    spending.record("reward.cancel", made, program=program, now=now, by=by, reason=reason)
    return made


def _on_offer(program: Program, reward: Reward, now: datetime) -> Shelved:
    """The reward as it is now, whatever an open page still shows."""
    found = Reward.objects.select_related("wallet").filter(program=program, pk=reward.pk).first()
    if found is None or not found.is_on_offer(now):
        raise NotOnOffer
    if not found.wallet.is_spendable:
        raise posting.NotSpendable(_("What is in this wallet cannot be spent."))
    return shelved(found)


def _check_tier(program: Program, reward: Shelved, member: Member) -> None:
    if not reward.from_rank:
        return
    if spending.ranks_of([member.account_id])[member.account_id] >= reward.from_rank:
        return
    tiers = Tier.objects.kept().filter(program=program, rank__gte=reward.from_rank)
    lowest = tiers.order_by("rank").first()
    raise TierTooLow(
        _("This reward is for members from the tier “%(tier)s” on.") % {"tier": lowest or ""},
        rank=reward.from_rank,
    )


def _check_limit(program: Program, reward: Shelved, member: Member, now: datetime) -> None:
    had = limits.had([reward], [member.account_id], at=now, zone=program.time_zone)
    if limits.left(reward, member.account_id, had) == 0:
        raise LimitReached(reward.member_limit or 0)


def _check_giver(member: Member, by: Staff, reason: str) -> None:
    if not reason.strip():
        raise NeedsReason(_("Say why: your colleagues will read it."))
    refuse_own(member, by, _("Nobody gives presents to an account of their own. Ask a colleague."))


def _hand_out(
    program: Program,
    book: Book,
    issue: Issue,
    *,
    action: str,
    by: By,
    letters: bool,
    reason: str = "",
) -> Redemption:
    """Take one from the shelf and write everything down: all of it, or nothing."""
    assert issue.reward is not None
    issue.code = supply.take(issue.reward, now=book.now)
    if issue.code is None:
        raise SoldOut
    posting.write(book)
    [made] = issuing.write(program.pk, [issue], now=book.now)
    if letters:
        spending.owe_vouchers([made], now=book.now)
    spending.record(
        action, made, program=program, now=book.now, by=by, reason=reason,
        reward=issue.reward.public_id,
    )  # fmt: skip
    return made


def _revoke(made: Redemption, now: datetime) -> None:
    """Make the voucher worthless, unless it was used before or this very moment."""
    ready = Voucher.objects.filter(redemption=made.pk, status=Voucher.Status.READY)
    if made.reward_id:
        ready = ready.usable(now)  # A reward that lapsed is gone; money that waited comes back.
    if not ready.update(status=Voucher.Status.CANCELLED):
        raise vouchers.refusal_for(Voucher.objects.get(redemption=made.pk), now)
    made.voucher.status = Voucher.Status.CANCELLED
