"""A team: inviting, joining, changing roles, leaving. An owner is always left."""

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from loyalty.merchants import trail
from loyalty.merchants.access import may_grant
from loyalty.merchants.models import Invitation, Location, Program, Role, Staff, User
from loyalty.messaging import outbox
from loyalty.messaging.outbox import Letter
from loyalty.refusal import Refusal

INVITATION_DAYS = 7


class NotYourRole(Refusal):
    code = "role_not_yours_to_give"


class AlreadyInTeam(Refusal):
    code = "already_in_team"


class LastOwner(Refusal):
    code = "last_owner"


class InvitationOver(Refusal):
    code = "invitation_over"


class InvitedSomebodyElse(Refusal):
    code = "invited_somebody_else"


@transaction.atomic
def invite(
    program: Program,
    *,
    email: str,
    role: str,
    by: Staff,
    now: datetime,
    location: Location | None = None,
) -> Invitation:
    """Send somebody a place in the team. Inviting again sends a new link; the old one ends."""
    email = email.strip().lower()
    _check_grant(by, role)
    if Staff.objects.filter(
        merchant=program.merchant_id, user__email=email, is_active=True
    ).exists():
        raise AlreadyInTeam(
            _("%(email)s is in the team already.") % {"email": email}, field="email"
        )
    _open_invitations(program).filter(email=email).delete()
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        merchant=program.merchant,
        email=email,
        role=role,
        location=location,
        token_hash=_hash(token),
        invited_by=by.user,
        invited_at=now,
        expires_at=now + timedelta(days=INVITATION_DAYS),
    )
    outbox.owe([_letter(program, invitation, token, by)], now=now)
    trail.record(
        "team.invite", f"invitation:{invitation.public_id}", program=program, now=now, by=by,
        after={"email": email, "role": role},
    )  # fmt: skip
    return invitation


@transaction.atomic
def revoke(program: Program, invitation: Invitation, *, by: Staff, now: datetime) -> None:
    """Take back an invitation that nobody has taken yet."""
    _check_grant(by, invitation.role)
    gone, _each = _open_invitations(program).filter(pk=invitation.pk).delete()
    if gone:
        trail.record(
            "team.uninvite", f"invitation:{invitation.public_id}", program=program, now=now, by=by,
            before={"email": invitation.email, "role": invitation.role},
        )  # fmt: skip


def open_invitation(token: str, *, now: datetime) -> Invitation:
    """The invitation behind a link, or a sentence that tells why there is none."""
    invitation = (
        Invitation.objects.select_related("merchant", "invited_by", "location")
        .filter(token_hash=_hash(token), expires_at__gt=now)
        .first()
    )
    if invitation is None:
        raise InvitationOver(
            _("This invitation is not valid any more. Ask for a new one to be sent.")
        )
    return invitation


def is_known(invitation: Invitation) -> bool:
    """Whether the invited signs in here already."""
    return User.objects.filter(email=invitation.email).exists()


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether the address is this person's, and was proved to be."""
    mine = EmailAddress.objects.filter(user=user, email__iexact=invitation.email)
    return mine.filter(verified=True).exists()


@transaction.atomic
def accept(token: str, *, user: User, now: datetime) -> Staff:
    """Take a place in the team. Opening the link again changes nothing."""
    invitation = open_invitation(token, now=now)
    if not is_for(invitation, user):
        raise InvitedSomebodyElse(
            _("This invitation was sent to %(email)s. Sign in with that address to take it.")
            % {"email": invitation.email}
        )
    waiting = Invitation.objects.filter(pk=invitation.pk, accepted_at=None)
    if not waiting.update(accepted_at=now):
        return _taken(invitation, user)
    staff, _is_new = Staff.objects.update_or_create(
        user=user,
        merchant=invitation.merchant,
        defaults={"role": invitation.role, "location": invitation.location, "is_active": True},
        create_defaults={"role": invitation.role, "location": invitation.location, "since": now},
    )
    program = invitation.merchant.programs.order_by("pk")[0]
    trail.record(
        "team.join", _subject(staff), program=program, now=now, by=staff,
        after={"role": staff.role},
    )  # fmt: skip
    return staff


@transaction.atomic
def accept_as_new(token: str, *, name: str, password: str, now: datetime) -> Staff:
    """Take a place as somebody who never signed in here. The link has proved the address."""
    invitation = open_invitation(token, now=now)
    if is_known(invitation):
        raise InvitedSomebodyElse(_("You have a sign-in here already. Sign in to go on."))
    user = User.objects.create_user(invitation.email, password, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return accept(token, user=user, now=now)


@transaction.atomic
def change_role(
    program: Program,
    staff: Staff,
    *,
    role: str,
    by: Staff,
    now: datetime,
    location: Location | None = None,
) -> Staff:
    """Give somebody another role, or another shop to work at."""
    owners = _lock_owners(program)
    staff = _again(staff)
    _check_grant(by, staff.role)
    _check_grant(by, role)
    if role != Role.OWNER:
        _check_owner_left(staff, owners)
    before = _facts(staff)
    staff.role, staff.location = role, location
    if _facts(staff) != before:
        staff.save(update_fields=["role", "location"])
        trail.record(
            "team.change", _subject(staff), program=program, now=now, by=by,
            before=before, after=_facts(staff),
        )  # fmt: skip
    return staff


@transaction.atomic
def deactivate(program: Program, staff: Staff, *, by: Staff, now: datetime) -> None:
    """End somebody's place in the team. What they did stays in the trail under their name."""
    _check_grant(by, staff.role)
    _end(program, staff, action="team.remove", by=by, now=now)


@transaction.atomic
def leave(program: Program, staff: Staff, *, now: datetime) -> None:
    """Give up one's own place."""
    _end(program, staff, action="team.leave", by=staff, now=now)


@transaction.atomic
def reactivate(program: Program, staff: Staff, *, by: Staff, now: datetime) -> None:
    """Give somebody their former place back, as the undo of ``deactivate`` does."""
    _check_grant(by, staff.role)
    if Staff.objects.filter(pk=staff.pk, is_active=False).update(is_active=True):
        trail.record(
            "team.return", _subject(staff), program=program, now=now, by=by,
            after={"role": staff.role},
        )  # fmt: skip


def _end(program: Program, staff: Staff, *, action: str, by: Staff, now: datetime) -> None:
    owners = _lock_owners(program)
    staff = _again(staff)
    _check_owner_left(staff, owners)
    if Staff.objects.filter(pk=staff.pk, is_active=True).update(is_active=False):
        trail.record(
            action, _subject(staff), program=program, now=now, by=by, before={"role": staff.role}
        )


def _lock_owners(program: Program) -> set[int]:
    """Everybody who takes an owner away waits here, so that two cannot take the last two."""
    owners = Staff.objects.select_for_update(no_key=True).order_by("pk")
    return {
        staff.pk
        for staff in owners.filter(
            merchant=program.merchant_id, role=Role.OWNER, is_active=True
        ).only("pk")
    }


def _check_owner_left(staff: Staff, owners: set[int]) -> None:
    if owners == {staff.pk}:
        raise LastOwner(_("Somebody must own the business: make another person an owner first."))


def _check_grant(by: Staff, role: str) -> None:
    if not may_grant(by, role):
        raise NotYourRole(
            _("Your role may not make somebody “%(role)s”, nor change who is.")
            % {"role": Role(role).label},
            field="role",
        )


def _again(staff: Staff) -> Staff:
    """As it stands now that nobody else can change it."""
    return Staff.objects.select_related("user", "location").get(pk=staff.pk)


def _taken(invitation: Invitation, user: User) -> Staff:
    """Who took the invitation before and is still in the team may open its link again."""
    mine = Staff.objects.filter(user=user, merchant=invitation.merchant, is_active=True).first()
    if mine is None:
        raise InvitationOver(_("This invitation was used already. Ask for a new one to be sent."))
    return mine


def _open_invitations(program: Program):  # type: ignore[no-untyped-def]
    return Invitation.objects.filter(merchant=program.merchant_id, accepted_at=None)


def _letter(program: Program, invitation: Invitation, token: str, by: Staff) -> Letter:
    reader = User.objects.filter(email=invitation.email).first()
    link = settings.PUBLIC_URL + reverse("dashboard:join", args=[token])
    return Letter(
        program_id=program.pk,
        key=f"invitation:{invitation.public_id}",
        to=invitation.email,
        template="invitation",
        language=(reader and reader.language) or program.languages[0],
        context={
            "link": link,
            "role": invitation.role,
            "merchant": program.merchant.name,
            "invited_by": str(by.user),
            "days": INVITATION_DAYS,
        },
    )


def _facts(staff: Staff) -> dict[str, str]:
    return {"role": staff.role, "location": staff.location.code if staff.location else ""}


def _subject(staff: Staff) -> str:
    return f"staff:{staff.public_id}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
