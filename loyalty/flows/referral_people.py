"""What becomes of referrals when somebody is forgotten, or when two memberships become one."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from campaigns.referrals import reasons
from campaigns.referrals.models import Referral, ReferralCode
from loyalty.merchants import trail
from loyalty.merchants.models import Program
from loyalty.purchases.models import PurchaseTrace
from members.models import Member

State, Gift = Referral.State, Referral.Gift
# What moving a referral changes, and parting the two brings back.
_KEPT = ("state", "reason", "is_held", "due_at")


def forget(program: Program, account_id: int, *, now: datetime) -> None:
    """Take away what tells of a person. A friend who is gone before it cleared counts no more."""
    theirs = Referral.objects.filter(Q(friend=account_id) | Q(advocate=account_id))
    trail.forget(program, [f"referral:{it}" for it in theirs.values_list("public_id", flat=True)])
    theirs.exclude(signals=[]).update(signals=[])
    as_friend = Referral.objects.filter(friend=account_id)
    as_friend.exclude(network="").update(network="")
    as_friend.open().update(state=State.REFUSED, reason=reasons.GONE, is_held=False, due_at=None)
    ReferralCode.objects.filter(account=account_id).delete()
    PurchaseTrace.objects.filter(purchase__account=account_id).delete()


def carry(kept: Member, merged: Member, *, now: datetime) -> dict[str, Any]:
    """Friends of one become friends of the other; what is needed to part them again.

    Who invited themselves has no friend. Who was invited twice was invited by the first.
    """
    mine, other = kept.account_id, merged.account_id
    selves = Referral.objects.filter(
        Q(advocate=mine, friend=other) | Q(advocate=other, friend=mine)
    )
    before: dict[str, Any] = {"selves": {it.public_id: _values(it) for it in selves}}
    given = Q(friend_gift=Gift.GIVEN) | Q(advocate_gift=Gift.GIVEN)
    for it in selves.exclude(state=State.REFUSED):
        is_given = Referral.objects.filter(given, pk=it.pk).exists()
        Referral.objects.filter(pk=it.pk).update(
            state=State.REFUSED, reason=reasons.SAME, is_held=False,
            due_at=now if is_given else None,
        )  # fmt: skip
    own = {it.pk for it in selves}
    moved = Referral.objects.filter(advocate=other).exclude(pk__in=own)
    before["friends"] = list(moved.values_list("public_id", flat=True))
    moved.update(advocate=mine)
    invited = Referral.objects.filter(friend=other).exclude(pk__in=own)
    invited = invited.exclude(advocate=mine)
    if Referral.objects.filter(friend=mine).exists():
        before["invited"] = []
    else:
        before["invited"] = list(invited.values_list("public_id", flat=True))
        invited.update(friend=mine)
    return before


def bring_back(kept: Member, merged: Member, before: dict[str, Any], *, now: datetime) -> None:
    """Each has their own friends again; who had invited themselves had invited the other."""
    program = kept.program
    found = Referral.objects.filter(program=program)
    found.filter(public_id__in=before.get("friends", ())).update(advocate=merged.account_id)
    found.filter(public_id__in=before.get("invited", ())).update(friend=merged.account_id)
    for public_id, values in before.get("selves", {}).items():
        same = found.filter(public_id=public_id, state=State.REFUSED, reason=reasons.SAME)
        if values["state"] == State.CLEARED:
            continue  # What was given was taken back: the team may take it up again.
        same.update(**values | {"due_at": now if values["due_at"] else None})


def _values(it: Referral) -> dict[str, Any]:
    told = {name: getattr(it, name) for name in _KEPT}
    return told | {"due_at": it.due_at and it.due_at.isoformat()}
