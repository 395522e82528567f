"""How a member's data change, by their own hand, by staff or by a machine."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from loyalty.days import local_date
from loyalty.earning.activity import PROFILE_COMPLETE
from loyalty.flows import claim, consent
from loyalty.flows.announcing import letter_to
from loyalty.flows.enroll import give_once
from loyalty.flows.own_account import refuse_own
from loyalty.merchants import trail
from loyalty.merchants.models import ApiKey, Staff
from loyalty.messaging import outbox
from loyalty.messaging.outbox import Letter
from loyalty.signin import changes
from members import finding, joining
from members.consents import Choices
from members.joining import AlreadyMember
from members.models import Member

CHANGEABLE = (
    "name", "email", "phone", "birthday", "language", "external_id", "note",
)  # fmt: skip
BIRTHDAY_REST = timedelta(days=365)  # A birthday is not moved about from year to year.


class BirthdaySet(joining.BadContact):
    code = "birthday_set"


@transaction.atomic
def change(
    member: Member,
    *,
    now: datetime,
    by: Staff | ApiKey | None = None,
    choices: Choices | None = None,
    how: str = "page",
    **fields: Any,
) -> Member:
    """Change some of a member's data. A new e-mail or phone number is unverified at first.

    ``choices`` is what they want to be written about, and ``how`` they told us.
    """
    member = finding.locked(member)
    before = _shown(member)
    for name, value in _cleaned(member, fields, now=now, by=by).items():
        setattr(member, name, value)
    if member.email != before["email"]:
        refuse_own(member, by, _("Nobody gives a member an address of their own."))
    try:
        with transaction.atomic():
            member.save()
    except IntegrityError as error:
        raise AlreadyMember(
            _("Another member has this e-mail, phone number or id already.")
        ) from error
    _tell_old_address(member, str(before["email"]), now=now)
    if before["phone"] and before["phone"] != member.phone:
        _note_other_phone(member, str(before["email"]), now=now)
    if by:
        trail.record(
            "member.change", f"member:{member.public_id}", program=member.program, now=now, by=by,
            before=before, after=_shown(member),
        )  # fmt: skip
    if choices:
        consent.choose(member, choices, how=how, now=now, by=by)
    if joining.is_complete(member):
        give_once(member, PROFILE_COMPLETE, now=now)
    return member


@transaction.atomic
def verify_email(member: Member, *, now: datetime) -> Member:
    """The member has shown that the address is theirs: what waits under it is claimed.

    The address as it was read: another that has taken its place meanwhile is not verified.
    """
    unverified = Member.objects.filter(pk=member.pk, email=member.email, email_verified_at=None)
    unverified.update(email_verified_at=now)
    member.refresh_from_db()
    claim.claim(member, now=now)
    return member


@transaction.atomic
def verify_phone(member: Member, *, now: datetime) -> Member:
    unverified = Member.objects.filter(pk=member.pk, phone=member.phone, phone_verified_at=None)
    unverified.update(phone_verified_at=now)
    member.refresh_from_db()
    claim.claim(member, now=now)
    return member


@transaction.atomic
def set_state(member: Member, state: str, *, now: datetime, by: Staff, reason: str) -> Member:
    """Block a member, or let them in again."""
    refuse_own(member, by, _("Nobody blocks or lets in an account of their own. Ask a colleague."))
    before = member.state
    Member.objects.filter(pk=member.pk).update(state=state, left_at=None, erase_at=None)
    member = finding.locked(member)
    trail.record(
        f"member.{state}", f"member:{member.public_id}", program=member.program, now=now, by=by,
        before={"state": before}, after={"state": state}, reason=reason,
    )  # fmt: skip
    return member


def _cleaned(
    member: Member, fields: dict[str, Any], *, now: datetime, by: Staff | ApiKey | None
) -> dict[str, Any]:
    unknown = set(fields) - set(CHANGEABLE)
    if unknown:
        raise TypeError(f"A member has no {', '.join(sorted(unknown))} to change.")
    changed = {name: value for name, value in fields.items() if value != getattr(member, name)}
    today = local_date(now, member.program.time_zone)
    if "email" in changed:
        changed["email"] = joining.clean_email(changed["email"])
        if changed["email"] != member.email:
            changed["email_verified_at"] = None
    if "phone" in changed:
        changed["phone"] = joining.clean_phone(changed["phone"], member.program.currency)
        if changed["phone"] != member.phone:
            changed["phone_verified_at"] = None
    if "birthday" in changed:
        refuse_own(member, by, _("Nobody changes a birthday of their own here. Ask a colleague."))
        joining.check_birthday(changed["birthday"], today=today)
        if not by and member.birthday_set_on and today - member.birthday_set_on < BIRTHDAY_REST:
            raise BirthdaySet(
                _("A birthday can be changed once a year. Ask the shop if it is wrong."),
                field="birthday",
            )
        changed["birthday_set_on"] = today
    return changed


def _tell_old_address(member: Member, old: str, *, now: datetime) -> None:
    """Whoever reads the old inbox learns of it: it may be them whose card is taken over."""
    if not (old and member.email) or old == member.email:
        return
    letter = Letter(
        program_id=member.program_id, key=f"email:{member.account_id}:{now.isoformat()}", to=old,
        template="email_changed", language=member.language, account_id=member.account_id,
        context={"new_email": member.email, "changed_at": now.isoformat()},
    )  # fmt: skip
    outbox.owe([letter], now=now)


def _note_other_phone(member: Member, email: str, *, now: datetime) -> None:
    """A number is a way to be found at the till: its owner hears of it, and spending waits."""
    if member.user:
        changes.note(member.user, "phone", now=now)
    letter = letter_to(
        member, "phone_changed", key=f"phone:{member.account_id}:{now.isoformat()}", to=email,
        changed_at=now.isoformat(),
    )  # fmt: skip
    outbox.owe([letter], now=now)


def _shown(member: Member) -> dict[str, Any]:
    shown = {name: getattr(member, name) for name in CHANGEABLE}
    return shown | {"birthday": member.birthday and member.birthday.isoformat()}
