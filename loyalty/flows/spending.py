"""What redeeming, paying and giving presents have in common."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from loyalty import formats
from loyalty.days import local_date
from loyalty.ledger import posting
from loyalty.ledger.book import Book
from loyalty.merchants import trail
from loyalty.merchants.models import ApiKey, Program, Staff
from loyalty.messaging import outbox
from loyalty.messaging.outbox import Letter
from loyalty.refusal import Refusal
from loyalty.rewards.issuing import Issue
from loyalty.rewards.models import Redemption, Voucher
from loyalty.signin import changes
from members import finding
from members.models import Member, TierStatus

LONGEST_KEY = 120

By = Staff | ApiKey | None  # None: the member themselves, or the house.


class MemberNotActive(Refusal):
    code = "member_not_active"


class Held(Refusal):
    code = "held_after_change"


def lock(program: Program, account_id: int, *, now: datetime) -> Book:
    """The account's balances, under a lock that everything it spends waits for."""
    return posting.open_book(program.pk, program.time_zone, [account_id], now=now)


def check_active(account_id: int) -> None:
    """Who is blocked or has left can spend nothing, whatever a page that was open still shows."""
    if not Member.objects.filter(account=account_id, state=Member.State.ACTIVE).exists():
        raise MemberNotActive(_("This membership is not active, so nothing can be spent from it."))


def check_hold(member: Member, by: By, *, now: datetime) -> None:
    """After a change of their way in a member spends nothing for a while.

    Staff who have the person before them, and the merchant's machines, answer for what they do.
    """
    if by is not None or (held := hold_of(member, now=now)) is None:
        return
    what, until = held
    era = "be" if formats.language() == "th" else "ce"
    raise Held(
        _("To keep your points safe, nothing can be spent until %(moment)s, because %(change)s.")
        % {"moment": formats.moment(until, zone=member.program.time_zone, era=era), "change": what},
        until=until,
    )


def hold_of(member: Member, *, now: datetime) -> tuple[str, datetime] | None:
    """What was changed of a member's way in, and until when they wait for it."""
    change = changes.latest(member.user_id)
    until = changes.held_until(change, hours=member.program.hold_hours, now=now)
    return (str(changes.CHANGES[change.what]), until) if change and until else None


def ranks_of(accounts: Iterable[int]) -> dict[int, int]:
    """The rank of each account's tier; 0 is what everybody has."""
    accounts = list(accounts)
    held = TierStatus.objects.filter(account__in=accounts).values_list("account", "tier__rank")
    return dict.fromkeys(accounts, 0) | dict(held)


def made_before(account_id: int, verb: str, key: str, **facts: Any) -> Redemption | None:
    """What was made under a key; refused if the key was for something else. Ask under the lock."""
    if not 0 < len(key) <= LONGEST_KEY:
        raise ValueError("A key has 1 to 120 characters.")
    made = Redemption.objects.filter(account=account_id, key=f"{verb}:{key}")
    found = made.select_related("voucher", "reward", "entry").first()
    if found and any(getattr(found, name) != value for name, value in facts.items()):
        raise posting.KeyReused(_("This request was made before, for something else."))
    return found


def charge(book: Book, issue: Issue) -> None:
    """Take a reward's price from its wallet."""
    reward = issue.reward
    assert reward is not None
    issue.line = posting.redeem(
        book, posting.held(book, issue.account_id, reward.wallet_id), reward.price,
        key=issue.cause, source=reward.source, at=book.now, today=local_date(book.now, book.zone),
        explanation=[{"step": "reward", "name": dict(reward.name), "reward": reward.public_id}],
        cause_is_new=True,
    )  # fmt: skip


def owe_vouchers(redemptions: Sequence[Redemption], *, now: datetime) -> None:
    """Each member gets their voucher as a letter too. What it says is read when it is sent."""
    members = Member.objects.filter(account__in={it.account_id for it in redemptions})
    by_account = {member.account_id: member for member in members}
    outbox.owe([_letter(it.voucher, by_account[it.account_id]) for it in redemptions], now=now)


def _letter(voucher: Voucher, member: Member) -> Letter:
    return Letter(
        program_id=member.program_id, key=f"voucher:{voucher.pk}", to=member.email,
        template="voucher", language=member.language, account_id=member.account_id,
        context={"voucher_id": voucher.pk},
    )  # fmt: skip


def record(
    action: str,
    made: Redemption,
    *,
    program: Program,
    now: datetime,
    by: By,
    reason: str = "",
    **after: Any,
) -> None:
    """What staff or a machine did for a member is in the trail; what members do is their own."""
    if by is None:
        return
    member = finding.behind(made.account)
    subject = f"member:{member.public_id}" if member else f"redemption:{made.public_id}"
    trail.record(
        action, subject, program=program, now=now, by=by,
        after={"redemption": made.public_id, **after}, reason=reason.strip(),
    )  # fmt: skip
