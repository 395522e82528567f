"""What members let us write to them about, by which channel, since when, and how we know.

Nothing here is overwritten: a yes and a no are rows, the newest of a channel and purpose holds.
What a member asks for (a voucher) or has to know (a changed address) needs no consent and is not
here. What belongs to a membership is written until somebody declines it; anything more is not
written without a yes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from members.models import Consent, Member

MAIL = "mail"
ACCOUNT, OFFERS = "account", "offers"
# Names the sentences below. Whoever changes one of them changes this too: the rows keep it, so
# that it can be said what somebody agreed to.
WORDING = "2026-11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """Why we would write. ``is_assumed``: as part of a membership, until it is declined."""

    label: Any
    sentence: Any
    is_assumed: bool


PURPOSES: Mapping[str, Purpose] = {
    ACCOUNT: Purpose(
        label=_("Points and tier"),
        sentence=_("Write to me about my points and my tier"),
        is_assumed=True,
    ),
    OFFERS: Purpose(
        label=_("Greetings and offers"),
        sentence=_("Write to me on my birthday, and when there is something new"),
        is_assumed=False,
    ),
}
CHANNELS: Mapping[str, Any] = {MAIL: _("E-mail")}
# How somebody told us.
WAYS: Mapping[str, Any] = {
    "page": _("On their pages"),
    "letter": _("By the link in a letter"),
    "staff": _("To your team"),
    "api": _("By one of your systems"),
    "merge": _("Two memberships became one"),
    "carried": _("Carried over from the switch that there was before"),
}

Choices = Mapping[tuple[str, str], bool]  # By channel and purpose.
EVERY = tuple((channel, purpose) for channel in CHANNELS for purpose in PURPOSES)


def choices_of(members: Iterable[Member]) -> dict[int, dict[tuple[str, str], bool]]:
    """What each member has chosen, or is assumed to want; by the member's id, in one question."""
    found = {member.pk: _assumed() for member in members}
    rows = Consent.objects.filter(member__in=found).order_by("pk")
    for pk, channel, purpose, is_given in rows.values_list(
        "member", "channel", "purpose", "is_given"
    ):
        found[pk][channel, purpose] = is_given
    return found


def chosen_by(member: Member) -> dict[tuple[str, str], bool]:
    return choices_of([member])[member.pk]


def who_agree(members: QuerySet[Member], channel: str, purpose: str) -> QuerySet[Member]:
    """Those among some members who may be written to."""
    newest = Consent.objects.filter(member=OuterRef("pk"), channel=channel, purpose=purpose)
    is_given = Subquery(newest.order_by("-pk").values("is_given")[:1])
    assumed = Value(PURPOSES[purpose].is_assumed)
    return members.alias(agrees=Coalesce(is_given, assumed, output_field=BooleanField())).filter(
        agrees=True
    )


def write_down(
    member: Member, choices: Choices, *, how: str, at: datetime, by: str = ""
) -> dict[tuple[str, str], bool]:
    """Keep what differs from what held, and say what that was. Under the member's lock."""
    if unknown := [place for place in choices if place not in EVERY]:
        raise ValueError(f"Nobody is written to by {unknown[0]}.")
    before = chosen_by(member)
    new = {place: is_given for place, is_given in choices.items() if before[place] != is_given}
    Consent.objects.bulk_create(
        Consent(
            member=member, channel=channel, purpose=purpose, is_given=is_given, how=how,
            by=by, wording=WORDING, at=at,
        )
        for (channel, purpose), is_given in new.items()
    )  # fmt: skip
    return new


def _assumed() -> dict[tuple[str, str], bool]:
    return {(channel, purpose): PURPOSES[purpose].is_assumed for channel, purpose in EVERY}
