"""Naming what members can do besides buying, and taking their word for it, once each."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from campaigns.activities.models import ActivityClaim, NamedActivity
from loyalty.earning.activity import RESERVED_KINDS
from loyalty.earning.models import EarningRule
from loyalty.flows import earn, rules
from loyalty.flows.outcomes import Outcome
from loyalty.flows.spending import MemberNotActive
from loyalty.merchants import trail
from loyalty.merchants.models import Program, Staff
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal
from members import finding
from members.models import Member

SOURCE = "portal"
MOST_ACTIVITIES = 100  # That are kept at once.
LONGEST_HANDLE = 80
WORD = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
SUBJECT = re.compile(r"[a-z0-9][a-z0-9_.-]{0,39}", re.ASCII)
_FIELDS = ("kind", "subject", "link", "proof", "position")


class BadActivity(Refusal):
    """``field`` in its facts names what is wrong."""

    code = "bad_activity"


class NotClaimed(Refusal):
    code = "activity_not_claimed"


class HandleTaken(Refusal):
    code = "handle_taken"


@dataclass(frozen=True, slots=True)
class Claimed:
    """What came of a claim; nothing, where it was made before."""

    outcome: Outcome | None = None


@transaction.atomic
def save(
    program: Program,
    activity: NamedActivity | None,
    *,
    by: Staff | None,
    now: datetime,
    public_id: str = "",
    points: int | None = None,
    wallet: str = "points",
    limit: int | None = None,
    period: str = "ever",
    **told: Any,
) -> NamedActivity:
    """Name an activity, or change one; with ``points``, promise them by a rule of its own.

    ``public_id`` makes a new one once: a second click finds the first one's.
    """
    # Of two clicks the second waits here, and finds what the first has made.
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    known = activity.public_id if activity else public_id
    activity = program.named_activities.filter(public_id=known).first() if known else None
    before = _facts(activity) if activity else {}
    if activity is None:
        if program.named_activities.kept().count() >= MOST_ACTIVITIES:
            raise BadActivity(
                _("A program names at most %(most)s activities. Put some away first.")
                % {"most": MOST_ACTIVITIES}
            )
        activity = NamedActivity(
            program=program, public_id=public_id or new_public_id(), created_at=now
        )
    for name, value in told.items():
        setattr(activity, name, value)
    _check(program, activity)
    activity.save()
    after = _facts(activity)
    if after != before:
        action = "activity.change" if before else "activity.make"
        trail.record(
            action, f"activity:{activity.public_id}", program=program, now=now, by=by,
            before=before, after=after,
        )  # fmt: skip
    if points and not before:
        _promise(activity, points, wallet, limit, period, by=by, now=now)
    return activity


@transaction.atomic
def archive(activity: NamedActivity, *, by: Staff | None, now: datetime) -> None:
    """Members see it no more. What was earned by it stays, and so do its rules."""
    if NamedActivity.objects.filter(pk=activity.pk, archived_at=None).update(archived_at=now):
        trail.record(
            "activity.archive", f"activity:{activity.public_id}", program=activity.program,
            now=now, by=by,
        )  # fmt: skip


@transaction.atomic
def restore(activity: NamedActivity, *, by: Staff | None, now: datetime) -> None:
    _check(activity.program, activity)
    away = NamedActivity.objects.filter(pk=activity.pk, archived_at__isnull=False)
    if away.update(archived_at=None):
        trail.record(
            "activity.restore", f"activity:{activity.public_id}", program=activity.program,
            now=now, by=by,
        )  # fmt: skip


@transaction.atomic
def claim(member: Member, activity: NamedActivity, *, now: datetime, handle: str = "") -> Claimed:
    """A member says that they did it. Who has said so before earns nothing more."""
    member = finding.locked(member.survivor)
    if member.state != Member.State.ACTIVE:
        raise MemberNotActive(_("This membership is not active, so nothing can be collected."))
    if activity.archived_at or not activity.is_claimed:
        raise NotClaimed(_("This is not something that members tell of by themselves."))
    if claims_of(member).filter(activity=activity).exists():
        return Claimed()
    named = _handle(activity, handle)
    try:
        with transaction.atomic():
            ActivityClaim.objects.create(
                activity=activity, account_id=member.account_id, handle=named, claimed_at=now
            )
    except IntegrityError as error:
        raise HandleTaken(
            _("Another member has linked this name. If it is yours, ask in the shop."),
            field="handle",
        ) from error
    outcome = earn.from_activity(
        member.program, member.account_id, kind=activity.kind, source=SOURCE,
        reference=f"{activity.public_id}:{member.account_id}", subject=activity.subject,
        occurred_at=now, now=now,
    )  # fmt: skip
    return Claimed(outcome)


def claims_of(member: Member) -> QuerySet[ActivityClaim]:
    """Also of the memberships that are part of theirs: one person does each once."""
    whose = Q(account=member.account_id) | Q(account__member__merged_into=member.pk)
    return ActivityClaim.objects.filter(whose)


def _handle(activity: NamedActivity, handle: str) -> str:
    """A name elsewhere, as it is compared: "@Ana.Cafe" is "ana.cafe"."""
    if activity.proof != NamedActivity.Proof.HANDLE:
        return ""
    named = "".join(handle.split()).removeprefix("@").casefold().rstrip("/")
    named = named.rpartition("/")[2].removeprefix("@") if "/" in named else named
    if not 0 < len(named) <= LONGEST_HANDLE:
        raise BadActivity(_("Say under which name you are there."), field="handle")
    return named


def _promise(  # noqa: PLR0917
    activity: NamedActivity,
    points: int,
    wallet: str,
    limit: int | None,
    period: str,
    *,
    by: Staff | None,
    now: datetime,
) -> EarningRule:
    """The rule that says what it gives. It is changed where all rules are."""
    on_subject = [{"kind": "subject", "codes": [activity.subject]}] if activity.subject else []
    return rules.save_rule(
        activity.program, None, name=dict(activity.name), trigger=activity.kind, wallet=wallet,
        effect={"kind": "fixed", "points": points}, conditions=on_subject,
        caps=[{"period": period, "limit": limit}] if limit else [], by=by, now=now,
    )  # fmt: skip


def _check(program: Program, activity: NamedActivity) -> None:
    others = program.named_activities.kept().exclude(pk=activity.pk)
    is_there = others.filter(kind=activity.kind, subject=activity.subject).exists()
    link = urlsplit(activity.link) if activity.link else None
    problems = [
        (not any(str(text).strip() for text in activity.name.values()), "name",
         _("Give it a name: members read it.")),
        (not WORD.fullmatch(activity.kind), "kind",
         _("A word of up to 40 small letters, digits and _, as in watched_video.")),
        (activity.kind in RESERVED_KINDS, "kind", _("Taem tells of this kind itself.")),
        (bool(activity.subject) and not SUBJECT.fullmatch(activity.subject), "subject",
         _("A word of up to 40 small letters and digits, as in facebook.")),
        (is_there, "subject", _("There is an activity of this kind for the same thing already.")),
        (bool(link and (link.scheme != "https" or not link.hostname)), "link",
         _("Give an address that begins with https://.")),
        (activity.proof not in NamedActivity.Proof.values, "proof",
         _("Say how we know that it was done.")),
    ]  # fmt: skip
    for is_wrong, field, sentence in problems:
        if is_wrong:
            raise BadActivity(sentence, field=field)


def _facts(activity: NamedActivity) -> dict[str, Any]:
    told = {name: getattr(activity, name) for name in _FIELDS}
    return told | {"name": dict(activity.name), "about": dict(activity.about)}
