"""What follows when a person has shown that an e-mail address is theirs."""

from datetime import datetime

from django.db import IntegrityError, transaction

from loyalty.flows import profile
from loyalty.merchants import trail
from loyalty.merchants.models import Program, User
from members.joining import AlreadyMember
from members.models import Member


@transaction.atomic
def email_confirmed(user: User, *, email: str, now: datetime) -> None:
    """All their memberships carry the address, and those that wait under it become theirs."""
    email = email.lower()
    theirs = Member.objects.themselves().filter(user=user).exclude(state=Member.State.LEFT)
    for member in theirs.select_related("program"):
        if _carries(member, email, now):
            profile.verify_email(member, now=now)
    waiting = Member.objects.themselves().filter(email=email, user=None)
    waiting = waiting.exclude(state=Member.State.LEFT)
    for member in waiting.select_related("program"):
        adopt(member, user, now=now)


def language_of(email: str) -> str:
    """The language of whoever signs in with an address, if somebody does."""
    person = User.objects.filter(email=email.lower()).only("language").first()
    return person.language if person else ""


def waiting_for(program: Program, user: User) -> Member | None:
    """A membership that was made at the till or by a shop, for the address of this person."""
    waiting = Member.objects.filter(program=program, email=user.email.lower(), user=None)
    return waiting.select_related("program").first()


@transaction.atomic
def adopt(member: Member, user: User, *, now: datetime) -> Member | None:
    """Let somebody have the membership that carries their address; unless they have one already."""
    try:
        with transaction.atomic():
            if not Member.objects.filter(pk=member.pk, user=None).update(user=user):
                return None
    except IntegrityError:
        return None
    trail.record(
        "member.link", f"member:{member.public_id}", program=member.program, now=now, by=None,
        after={"email": member.email},
    )  # fmt: skip
    return profile.verify_email(member, now=now)


def prefer_language(user: User, language: str) -> None:
    """Speak this language to a person, in whatever program."""
    User.objects.filter(pk=user.pk).update(language=language)
    user.language = language


def _carries(member: Member, email: str, now: datetime) -> bool:
    """Give a membership the address; not where somebody else has joined with it before."""
    if member.email == email:
        return True
    try:
        profile.change(member, now=now, email=email)
    except AlreadyMember:
        return False
    member.refresh_from_db(fields=["email"])
    return True
