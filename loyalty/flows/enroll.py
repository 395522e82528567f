"""How somebody joins a program."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from loyalty.days import local_date
from loyalty.earning import telling
from loyalty.earning.activity import PROFILE_COMPLETE, SIGN_UP
from loyalty.earning.rulebook import rulebook_for
from loyalty.earning.telling import Told
from loyalty.flows import claim, consent, earn, outcomes, referrals
from loyalty.flows.announcing import letter_to
from loyalty.flows.causes import of_activity
from loyalty.flows.outcomes import Outcome
from loyalty.ledger import figures
from loyalty.merchants import trail
from loyalty.merchants.models import ApiKey, Program, Staff, User
from loyalty.messaging import outbox
from members import joining
from members.consents import Choices
from members.joining import AlreadyMember
from members.models import Member


def enroll(
    program: Program,
    *,
    now: datetime,
    name: str = "",
    email: str = "",
    phone: str = "",
    external_id: str = "",
    birthday: date | None = None,
    language: str | None = None,
    user: User | None = None,
    email_verified: bool = False,
    phone_verified: bool = False,
    letters: bool = True,
    choices: Choices | None = None,
    how: str = "page",
    by: Staff | ApiKey | None = None,
    referred_by: str = "",
    network: str = "",
) -> Member:
    """Make somebody a member: with an account, the points of joining, and what they bought before.

    ``referred_by`` is the code of the member who invited them, ``network`` where they were then.

    Whoever is a member already, by sign-in or by the merchant's own number, stays that member.
    """
    email, phone = joining.clean_email(email), joining.clean_phone(phone, program.currency)
    if member := _known(program, user=user, external_id=external_id):
        return member
    if not (email or phone or external_id or user):
        raise joining.BadContact(_("Give an e-mail address, a phone number or an id of your own."))
    joining.check_birthday(birthday, today=local_date(now, program.time_zone))
    if referred_by:
        referrals.check_code(program, referred_by)
    try:
        with transaction.atomic():
            member = joining.create(
                program, now=now, name=name.strip(), email=email, phone=phone,
                external_id=external_id, birthday=birthday, user=user,
                language=language or program.languages[0],
                email_verified_at=now if email and email_verified else None,
                phone_verified_at=now if phone and phone_verified else None,
            )  # fmt: skip
            if choices:
                consent.choose(member, choices, how=how, now=now, by=by)
            if by:
                _record(member, now=now, by=by)
            if referred_by:
                referrals.bring(member, referred_by, now=now, network=network, letters=letters)
            _give_what_joining_gives(member, now=now, letters=letters)
    except IntegrityError as error:
        # Somebody was quicker, or the contact is somebody else's: the constraints know.
        if member := _known(program, user=user, external_id=external_id):
            return member
        if _is_taken(program, email=email, phone=phone):
            raise AlreadyMember(
                _("Somebody has joined with this e-mail or phone number.")
            ) from error
        raise
    return member


def _record(member: Member, *, now: datetime, by: Staff | ApiKey) -> None:
    told = {name: getattr(member, name) for name in ("name", "email", "phone", "external_id")}
    trail.record(
        "member.enroll", f"member:{member.public_id}", program=member.program, now=now, by=by,
        after={name: value for name, value in told.items() if value},
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody of whom a merchant's file tells, by the merchant's own number for them."""

    external_id: str
    joined_at: datetime
    email: str = ""
    phone: str = ""


@transaction.atomic
def enroll_all(program: Program, newcomers: Sequence[Newcomer], *, now: datetime) -> dict[str, int]:
    """Make members of those who are not yet, in a few statements; all their accounts by number.

    Nobody gets a letter: the file tells of the past. An e-mail or phone that another member has
    stays with that one.
    """
    numbers = {it.external_id for it in newcomers}
    there = Member.objects.filter(program=program, external_id__in=numbers)
    account = Coalesce("merged_into__account", "account")
    accounts: dict[str, int] = dict(there.values_list("external_id", account))
    new = list({it.external_id: it for it in reversed(newcomers)}.values())[::-1]
    new = _without_taken_contacts(program, [it for it in new if it.external_id not in accounts])
    if not new:
        return accounts
    try:
        with transaction.atomic():
            members = joining.create_all(program, [
                {
                    "now": it.joined_at, "external_id": it.external_id, "email": it.email,
                    "phone": it.phone, "language": program.languages[0],
                }
                for it in new
            ])  # fmt: skip
    except IntegrityError:
        # Somebody else enrolls the same people at this moment: one by one, we find who is there.
        return accounts | {
            it.external_id: enroll(
                program, now=it.joined_at, external_id=it.external_id, letters=False
            ).account_id
            for it in new
        }
    _give_for_joining(program, members, now=now)
    return accounts | {member.external_id: member.account_id for member in members}


def _without_taken_contacts(program: Program, new: Sequence[Newcomer]) -> list[Newcomer]:
    there = Member.objects.filter(program=program)
    emails = {it.email for it in new} - {""}
    phones = {it.phone for it in new} - {""}
    taken = set(there.filter(email__in=emails).values_list("email", flat=True)) if emails else set()
    taken |= (
        set(there.filter(phone__in=phones).values_list("phone", flat=True)) if phones else set()
    )
    free = []
    for it in new:
        email, phone = ("" if contact in taken else contact for contact in (it.email, it.phone))
        taken |= {email, phone} - {""}
        free.append(replace(it, email=email, phone=phone))
    return free


def _give_for_joining(program: Program, members: Sequence[Member], *, now: datetime) -> None:
    figures.tally(
        figures.Counted(program.pk, member.enrolled_on, figures.ENROLMENTS, 1, 0)
        for member in members
    )
    told = [_once(member, SIGN_UP, at=member.enrolled_at) for member in members]
    earn.from_activities(program, told, now=now, letters=False)


def _known(program: Program, *, user: User | None, external_id: str) -> Member | None:
    known = Q()
    if user:
        known |= Q(user=user)
    if external_id:
        known |= Q(external_id=external_id)
    if not known:
        return None
    found = Member.objects.filter(known, program=program).select_related("program").first()
    return found and found.survivor


def _is_taken(program: Program, *, email: str, phone: str) -> bool:
    taken = Q()
    if email:
        taken |= Q(email=email)
    if phone:
        taken |= Q(phone=phone)
    return bool(taken) and Member.objects.filter(taken, program=program).exists()


def _give_what_joining_gives(member: Member, *, now: datetime, letters: bool) -> None:
    """Points for joining, for a complete profile, and for what was bought before: in one batch.

    Limits are locked before rewards, and that order holds within a batch.
    """
    program = member.program
    figures.tally([figures.Counted(program.pk, member.enrolled_on, figures.ENROLMENTS, 1, 0)])
    kinds = [SIGN_UP, PROFILE_COMPLETE] if joining.is_complete(member) else [SIGN_UP]
    done = telling.record(program.pk, [_once(member, kind, at=now) for kind in kinds], now=now)
    sales = claim.take(member, now=now)
    earned = earn.earn(
        rulebook_for(program.pk, program.version),
        [*map(of_activity, done), *claim.causes(sales)],
        now=now, letters=letters, counted=claim.counted(sales),
    )  # fmt: skip
    if letters:
        joined = outcomes.of_activities(done[:1], earned)[0]
        welcome = letter_to(
            member, "welcome", key=f"welcome:{member.account_id}", awards=joined.awards()
        )
        outbox.owe([welcome], now=now)


def give_once(member: Member, kind: str, *, now: datetime, letters: bool = True) -> Outcome:
    """What a member earns once for ever: for joining, for a complete profile."""
    told = _once(member, kind, at=now)
    [given] = earn.from_activities(member.program, [told], now=now, letters=letters)
    return given.unless_refused()


def _once(member: Member, kind: str, *, at: datetime) -> Told:
    return Told(
        account_id=member.account_id, kind=kind, source="member",
        reference=f"{kind}:{member.account_id}", occurred_at=at,
    )  # fmt: skip
