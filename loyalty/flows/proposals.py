"""Adjustments above somebody's limit: they wait until a second person has looked at them."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.flows import adjust as adjusting
from loyalty.flows.outcomes import Earned
from loyalty.flows.own_account import refuse_own
from loyalty.ledger.models import Entry, Wallet
from loyalty.merchants import trail
from loyalty.merchants.models import Staff
from loyalty.refusal import Refusal
from members.models import Member, Proposal

DAYS = 7  # Then nobody remembers why, and it is asked for anew.


class NeedsSecondPerson(Refusal):
    code = "needs_second_person"


class AlreadyDecided(Refusal):
    code = "already_decided"


@transaction.atomic
def adjust_or_propose(
    member: Member, wallet: Wallet, points: int, *, reason: str, key: str, now: datetime, by: Staff
) -> Earned | Proposal:
    """Adjust within one's limit; above it, ask a second person."""
    left = adjusting.left_this_month(member.program, by, now=now)
    done = Entry.objects.filter(balance__account=member.account_id, key=f"adjust:{key}")
    if left is None or abs(points) <= left or done.exists():
        return adjusting.adjust(member, wallet, points, reason=reason, key=key, now=now, by=by)
    return propose(member, wallet, points, reason=reason, key=key, now=now, by=by)


@transaction.atomic
def propose(
    member: Member, wallet: Wallet, points: int, *, reason: str, key: str, now: datetime, by: Staff
) -> Proposal:
    """Ask for an adjustment that one may not make alone. The same key asks once."""
    reason = adjusting.checked(points, reason)
    refuse_own(member, by, _("Nobody adjusts an account of their own. Ask a colleague."))
    proposal, is_new = Proposal.objects.get_or_create(
        account_id=member.account_id,
        key=key,
        defaults={
            "program": member.program,
            "wallet": wallet,
            "points": points,
            "reason": reason,
            "proposed_by": by,
            "proposed_at": now,
            "expires_at": now + timedelta(days=DAYS),
        },
    )
    if is_new:
        _record("points.propose", proposal, member, now=now, by=by, reason=reason)
    return proposal


@transaction.atomic
def approve(proposal: Proposal, *, now: datetime, by: Staff) -> Earned:
    """Make the adjustment, within the limit of who approves it: it counts as theirs."""
    member = _decide(proposal, Proposal.Status.APPROVED, now=now, by=by)
    _record("points.approve", proposal, member, now=now, by=by)
    return adjusting.adjust(
        member, proposal.wallet, proposal.points, reason=proposal.reason,
        key=f"proposal:{proposal.public_id}", now=now, by=by,
    )  # fmt: skip


@transaction.atomic
def decline(proposal: Proposal, *, now: datetime, by: Staff) -> None:
    """Let it be."""
    member = _decide(proposal, Proposal.Status.DECLINED, now=now, by=by)
    _record("points.decline", proposal, member, now=now, by=by)


def _decide(proposal: Proposal, status: str, *, now: datetime, by: Staff) -> Member:
    """Only the first decision finds the proposal waiting."""
    if by.pk == proposal.proposed_by_id:
        raise NeedsSecondPerson(_("You asked for it yourself: a colleague decides."))
    member = Member.objects.select_related("program").get(account=proposal.account_id)
    for person in (by, proposal.proposed_by):
        refuse_own(member, person, _("Nobody adjusts an account of their own. Ask a colleague."))
    waiting = Proposal.objects.waiting(now).filter(pk=proposal.pk)
    if not waiting.update(status=status, decided_by=by, decided_at=now):
        raise AlreadyDecided(_("Somebody has decided already, or it has waited for too long."))
    return member


def _record(
    action: str, proposal: Proposal, member: Member, *, now: datetime, by: Staff, reason: str = ""
) -> None:
    trail.record(
        action, f"member:{member.public_id}", program=member.program, now=now, by=by,
        after={
            "points": proposal.points, "wallet": proposal.wallet.code,
            "proposed_by": str(proposal.proposed_by.user),
        },
        reason=reason,
    )  # fmt: skip
