"""The audit trail: one line for each change that staff or a machine made.

Lines stay for ever, so nothing of a person may be in one. Of what is about a member, or about
something of theirs, the particulars are kept apart: ``forget`` takes them away with the person.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from loyalty.merchants.models import ApiKey, AuditDetail, AuditEntry, Program, Staff, User

By = Staff | ApiKey | None

PERSONAL = ("member:", "purchase:", "referral:")  # How such subjects begin.


def record(
    action: str,
    subject: str,
    *,
    program: Program,
    now: datetime,
    by: By,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write down who changed what. ``before`` and ``after`` keep only what differs."""
    before, after = before or {}, after or {}
    differing = {
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    }
    told: dict[str, Any] = {
        "before": {name: value for name, value in before.items() if name in differing},
        "after": {name: value for name, value in after.items() if name in differing},
        "reason": reason,
    }
    is_personal = subject.startswith(PERSONAL)
    line = AuditEntry.objects.create(
        merchant_id=program.merchant_id,
        program=program,
        user_id=by.user_id if isinstance(by, Staff) else None,
        api_key=by if isinstance(by, ApiKey) else None,
        action=action,
        subject=subject,
        at=now,
        **({} if is_personal else told),
    )
    if is_personal and any(told.values()):
        AuditDetail.objects.create(entry=line, subject=subject, **told)


def person(by: By) -> User | None:
    """Who did it, where a person did."""
    return by.user if isinstance(by, Staff) else None


def forget(program: Program, subjects: Collection[str]) -> None:
    """What was done to these stays in the trail: that, when and by whom, but not what it was."""
    AuditDetail.objects.filter(entry__program=program, subject__in=subjects).delete()
