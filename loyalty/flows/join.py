"""How a person who signs in becomes a member, or finds the membership that waits for them."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from loyalty.flows import consent, identity, leave, profile
from loyalty.flows.enroll import enroll
from loyalty.merchants.models import Program, User
from members.consents import Choices
from members.models import Member


@transaction.atomic
def join(
    program: Program,
    user: User,
    *,
    now: datetime,
    email_is_verified: bool,
    name: str = "",
    phone: str = "",
    birthday: date | None = None,
    language: str = "",
    choices: Choices | None = None,
    referred_by: str = "",
    network: str = "",
) -> Member:
    """Make somebody a member, once. Who was enrolled at the till, or had left, is that member."""
    told: dict[str, Any] = {"name": name, "phone": phone, "birthday": birthday}
    member = user.memberships.filter(program=program).select_related("program").first()
    if member is None and email_is_verified and (waiting := identity.waiting_for(program, user)):
        member = identity.adopt(waiting, user, now=now)
    if member is not None:
        member = member.survivor
    if member is None:
        return enroll(
            program, now=now, user=user, email=user.email, email_verified=email_is_verified,
            language=language or None, choices=choices, referred_by=referred_by, network=network,
            **told,
        )  # fmt: skip
    if member.state == Member.State.LEFT:
        member = leave.come_back(member, now=now)
        if email_is_verified and member.email == user.email.lower():
            profile.verify_email(member, now=now)
    if choices:
        consent.choose(member, choices, how="page", now=now)
    missing = {
        field: value for field, value in told.items() if value and not getattr(member, field)
    }
    return profile.change(member, now=now, **missing) if missing else member
