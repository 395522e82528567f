"""The second step of a team's sign-in: asked of all, told who has one, and taken away when lost."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.flows.team import NotYourRole
from loyalty.merchants import trail
from loyalty.merchants.access import may, may_grant
from loyalty.merchants.models import Merchant, Program, Staff, User
from loyalty.messaging import outbox
from loyalty.messaging.outbox import Letter
from loyalty.refusal import Refusal
from loyalty.signin import changes, devices

MOST_GRACE_DAYS = 90
IDLE_MINUTES = (15, 30, 60, 120, 240, 480, 720)


class NoSecondStepYourself(Refusal):
    code = "no_second_step_yourself"


class AlsoInAnotherTeam(Refusal):
    code = "also_in_another_team"


class BadSafety(Refusal):
    code = "bad_safety"


# Recovery codes alone are no step: they come with one, and go with it.
_STEPS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def has_one(user: User) -> bool:
    return user.pk in having_one([user.pk])


def having_one(users: Iterable[int]) -> set[int]:
    """Who of some people signs in with a second step."""
    found = Authenticator.objects.filter(user__in=list(users), type__in=_STEPS)
    return set(found.values_list("user_id", flat=True))


def lacks_one(staff: Staff, *, now: datetime) -> bool:
    """Whether somebody gets no further before they have set one up."""
    wanted = staff.merchant.second_step_from
    return wanted is not None and wanted <= now and not has_one(staff.user)


def due_for(staff: Staff) -> datetime | None:
    """Until when somebody has to set one up; None for who has one, or need not."""
    wanted = staff.merchant.second_step_from
    return wanted if wanted and not has_one(staff.user) else None


@transaction.atomic
def require(program: Program, *, grace_days: int, by: Staff, now: datetime) -> Merchant:
    """Ask a second step of the whole team, from so many days on. Who asks has one already."""
    if not 0 <= grace_days <= MOST_GRACE_DAYS:
        raise BadSafety(_("Give the team between 0 and 90 days."), field="grace_days")
    if not has_one(by.user):
        raise NoSecondStepYourself(
            _("Set up your own second step first: else you would lock yourself out.")
        )
    return _change(program, by=by, now=now, second_step_from=now + timedelta(days=grace_days))


def stop_requiring(program: Program, *, by: Staff, now: datetime) -> Merchant:
    """Leave it to each of the team."""
    return _change(program, by=by, now=now, second_step_from=None)


def close_after(program: Program, *, minutes: int, by: Staff, now: datetime) -> Merchant:
    """Let the dashboard close when nobody has touched it for so long."""
    if minutes not in IDLE_MINUTES:
        raise BadSafety(_("Choose one of the times that are offered."), field="idle_minutes")
    return _change(program, by=by, now=now, idle_minutes=minutes)


@transaction.atomic
def reset(program: Program, staff: Staff, *, by: Staff, now: datetime) -> None:
    """Take away a colleague's second step, because their device is lost. They hear of it."""
    if not may(by, "team.secure") or not may_grant(by, staff.role) or by.pk == staff.pk:
        raise NotYourRole(_("Only an owner takes away a colleague's second step."))
    others = Staff.objects.filter(user=staff.user, is_active=True).exclude(pk=staff.pk)
    if others.exists():
        raise AlsoInAnotherTeam(
            _("They work for another business too, whose safety is not yours to lower. "
              "A recovery code helps them.")
        )  # fmt: skip
    if _take_away(staff.user, now=now):
        _tell(program, staff, by=by, now=now)


@transaction.atomic
def reset_by_operator(user: User, *, now: datetime) -> bool:
    """The same for who has no owner above them. Whoever runs the installation answers for it."""
    if not _take_away(user, now=now):
        return False
    for staff in user.posts.filter(is_active=True).select_related("user", "merchant"):
        program = staff.merchant.programs.order_by("pk").first()
        if program:
            _tell(program, staff, by=None, now=now)
    return True


def _take_away(user: User, *, now: datetime) -> bool:
    gone, _each = Authenticator.objects.filter(user=user).delete()
    if gone:
        devices.end_all(user, now=now)
        changes.note(user, "second_step", now=now)
    return bool(gone)


def _tell(program: Program, staff: Staff, *, by: Staff | None, now: datetime) -> None:
    """The trail keeps it, and the person hears of it."""
    trail.record(
        "team.second_step_reset", f"staff:{staff.public_id}", program=program, now=now, by=by
    )
    outbox.owe([_letter(program, staff, by, now)], now=now)


@transaction.atomic
def _change(program: Program, *, by: Staff, now: datetime, **fields: object) -> Merchant:
    if not may(by, "team.secure"):
        raise NotYourRole(_("Only an owner decides how the team signs in."))
    merchant = Merchant.objects.select_for_update(no_key=True).get(pk=program.merchant_id)
    before = _facts(merchant)
    for name, value in fields.items():
        setattr(merchant, name, value)
    if _facts(merchant) != before:
        merchant.save(update_fields=list(fields))
        trail.record(
            "team.safety", f"merchant:{merchant.public_id}", program=program, now=now, by=by,
            before=before, after=_facts(merchant),
        )  # fmt: skip
    return merchant


def _facts(merchant: Merchant) -> dict[str, object]:
    since = merchant.second_step_from
    return {
        "second_step_from": since and since.isoformat(),
        "idle_minutes": merchant.idle_minutes,
    }


def _letter(program: Program, staff: Staff, by: Staff | None, now: datetime) -> Letter:
    return Letter(
        program_id=program.pk,
        key=f"second-step:{staff.public_id}:{now.isoformat()}",
        to=staff.user.email,
        template="second_step_reset",
        language=staff.user.language or program.languages[0],
        context={
            "merchant": program.merchant.name,
            "reset_by": str(by.user) if by else "Taem",
            "reset_at": now.isoformat(),
        },
    )
