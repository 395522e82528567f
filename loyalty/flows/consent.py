"""How members say yes or no to being written to, themselves or by whom they told it to."""

from datetime import datetime

from django.db import transaction

from loyalty.merchants import trail
from loyalty.merchants.models import ApiKey, Staff
from members import consents, finding
from members.consents import Choices
from members.models import Member


@transaction.atomic
def choose(
    member: Member, choices: Choices, *, how: str, now: datetime, by: Staff | ApiKey | None = None
) -> None:
    """Write down what is new. Saying the same again changes nothing."""
    member = finding.locked(member)
    new = consents.write_down(member, choices, how=how, at=now, by=_named(by))
    if new and by:
        told = {f"{channel}/{purpose}": given for (channel, purpose), given in new.items()}
        trail.record(
            "member.consent", f"member:{member.public_id}", program=member.program, now=now, by=by,
            before={name: not given for name, given in told.items()}, after=told,
        )  # fmt: skip


def _named(by: Staff | ApiKey | None) -> str:
    if by is None:
        return ""
    return f"staff:{by.pk}" if isinstance(by, Staff) else f"key:{by.pk}"
