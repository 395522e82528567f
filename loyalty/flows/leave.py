"""How a member leaves a program, and how they come back."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.flows.spending import MemberNotActive
from loyalty.merchants import trail
from loyalty.merchants.models import ApiKey, Staff
from members import finding
from members.models import Member


@transaction.atomic
def leave(member: Member, *, now: datetime, by: Staff | ApiKey | None = None) -> Member:
    """Nothing more is earned, spent or written to them. Their points stay, and expire in time.

    Who is blocked cannot leave by themselves: coming back would unblock them.
    """
    if member.state == Member.State.BLOCKED and by is None:
        raise MemberNotActive(_("The shop has blocked this membership. Ask there to end it."))
    return _step(member, Member.State.ACTIVE, Member.State.LEFT, "member.leave", now=now, by=by)


@transaction.atomic
def come_back(member: Member, *, now: datetime, by: Staff | ApiKey | None = None) -> Member:
    """What has not expired meanwhile can be spent again."""
    return _step(member, Member.State.LEFT, Member.State.ACTIVE, "member.return", now=now, by=by)


def _step(
    member: Member,
    before: str,
    after: str,
    action: str,
    *,
    now: datetime,
    by: Staff | ApiKey | None,
) -> Member:
    """From one state to the other, once."""
    member = finding.locked(member)
    if member.state != before:
        return member
    member.state, member.erase_at = after, None
    member.left_at = now if after == Member.State.LEFT else None
    member.save(update_fields=["state", "left_at", "erase_at"])
    trail.record(
        action, f"member:{member.public_id}", program=member.program, now=now, by=by,
        before={"state": before}, after={"state": after},
    )  # fmt: skip
    return member
