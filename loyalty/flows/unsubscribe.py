"""Asking for no more letters, by the link at the end of one. The link is the proof, for ever."""

from datetime import datetime

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from loyalty.flows import consent
from members.consents import EVERY, MAIL, PURPOSES
from members.models import Member

_signer = Signer(salt="loyalty.unsubscribe")


def link_for(member: Member, purpose: str = "") -> str:
    """A link that ends letters of one kind, or all that can be ended."""
    token = _signer.sign(member.public_id)
    link = settings.PUBLIC_URL + reverse("unsubscribe", args=[member.program.slug, token])
    return f"{link}?about={purpose}" if purpose else link


def member_of(slug: str, token: str) -> Member | None:
    """Whose link this is; None if it is not one of ours."""
    try:
        public_id = _signer.unsign(token)
    except BadSignature:
        return None
    members = Member.objects.select_related("program")
    return members.filter(public_id=public_id, program__slug=slug).first()


def places_of(purpose: str) -> list[tuple[str, str]]:
    """What a link is about: e-mail for its purpose, or for every one."""
    mail = [(channel, about) for channel, about in EVERY if channel == MAIL]
    return [(MAIL, purpose)] if purpose in PURPOSES else mail


def choose(member: Member, purpose: str, *, wants_letters: bool, now: datetime) -> None:
    choices = dict.fromkeys(places_of(purpose), wants_letters)
    consent.choose(member, choices, how="letter", now=now)
