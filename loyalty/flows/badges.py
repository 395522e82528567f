"""Making, changing and putting away the badges of a program. Who holds one keeps it."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.flows.settings import bump, one_at_a_time
from loyalty.localized import Localized
from loyalty.merchants import trail
from loyalty.merchants.models import Program, Staff
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal
from members import badges
from members.models import Badge, Member

MOST_BADGES = 200
LONGEST_NAME, LONGEST_ABOUT = 60, 500


class BadgeRefused(Refusal):
    """What was told is no badge; ``problems`` in its facts name each wrong field."""

    code = "bad_badge"


class TooManyBadges(Refusal):
    code = "too_many_badges"


@transaction.atomic
def save(
    program: Program,
    badge: Badge | None,
    *,
    by: Staff | None,
    now: datetime,
    public_id: str = "",
    **fields: Any,
) -> Badge:
    """Make a badge, or change the fields that are named.

    ``public_id`` makes a new one once: a second click finds the first one's.
    """
    one_at_a_time(program)
    known = badge.public_id if badge else public_id
    badge = program.badges.select_for_update(no_key=True).filter(public_id=known).first()
    before = facts(badge) if badge else {}
    if badge is None:
        if program.badges.kept().count() >= MOST_BADGES:
            raise TooManyBadges(
                _("A program has at most %(most)s badges. Archive some first.")
                % {"most": MOST_BADGES}
            )
        badge = Badge(program=program, public_id=public_id or new_public_id(), created_at=now)
    for name, value in fields.items():
        setattr(badge, name, Localized(value) if name in ("name", "about") else value)
    _check(badge)
    after = facts(badge)
    if after == before:
        return badge
    badge.save()
    _tell("badge.change" if before else "badge.make", badge, by=by, now=now,
          before=before, after=after)  # fmt: skip
    return badge


@transaction.atomic
def archive(badge: Badge, *, by: Staff | None, now: datetime) -> None:
    """Put a badge away: nobody is given it any more."""
    if Badge.objects.filter(pk=badge.pk, archived_at=None).update(archived_at=now):
        _tell("badge.archive", badge, by=by, now=now)


@transaction.atomic
def restore(badge: Badge, *, by: Staff | None, now: datetime) -> None:
    if Badge.objects.filter(pk=badge.pk, archived_at__isnull=False).update(archived_at=None):
        _tell("badge.restore", badge, by=by, now=now)


@transaction.atomic
def take_away(member: Member, badge: Badge, *, by: Staff, now: datetime) -> bool:
    """Staff take a badge back that was given by mistake."""
    taken = badges.take_back(member, badge, at=now)
    if taken:
        trail.record(
            "badge.take", f"member:{member.public_id}", program=badge.program, now=now, by=by,
            after={"badge": badge.public_id},
        )  # fmt: skip
    return taken


def facts(badge: Badge) -> dict[str, Any]:
    return {"name": dict(badge.name), "about": dict(badge.about), "icon": badge.icon}


def _check(badge: Badge) -> None:
    problems: dict[str, str] = {}
    languages = {code for code, _language in settings.LANGUAGES}
    for field, most in (("name", LONGEST_NAME), ("about", LONGEST_ABOUT)):
        texts: Localized = getattr(badge, field)
        if not texts.keys() <= languages or any(
            not isinstance(it, str) or len(it) > most for it in texts.values()
        ):
            problems[field] = _("Give a text by language, of at most %(most)s letters.") % {
                "most": most
            }
    if not str(badge.name).strip():
        problems["name"] = _("Give a name in one language at least.")
    if badge.icon not in badges.ICONS:
        problems["icon"] = _("Choose one of the drawings.")
    if problems:
        raise BadgeRefused(" ".join(problems.values()), problems=problems)


def _tell(action: str, badge: Badge, *, by: Staff | None, now: datetime, **changes: Any) -> None:
    bump(badge.program)
    subject = f"badge:{badge.public_id}"
    trail.record(action, subject, program=badge.program, now=now, by=by, **changes)
