"""Giving a badge once, taking it back, and who holds what."""

from datetime import datetime

from loyalty import bulk
from members.models import Badge, BadgeHeld, BadgeHeldQuerySet, Member

# What a badge may look like: names of lucide's drawings.
ICONS = (
    "award", "medal", "trophy", "crown", "star", "sparkles", "heart", "gem", "flame", "rocket",
    "coffee", "cup-soda", "croissant", "utensils", "leaf", "sprout", "sun", "paw-print",
    "book-open", "camera", "music", "palette", "dumbbell", "bike", "map-pin", "globe", "handshake",
    "megaphone",
    "message-circle-heart", "cake", "shopping-bag", "ticket", "target", "zap", "shield-check",
    "hand-heart",
)  # fmt: skip


_GIVE = """
INSERT INTO members_badgeheld (member_id, badge_id, key, given_at)
SELECT member_id, badge_id, key, given_at FROM {rows} WHERE true
ON CONFLICT (member_id, badge_id) DO UPDATE
    SET key = excluded.key, given_at = excluded.given_at, taken_at = NULL
    WHERE members_badgeheld.taken_at IS NOT NULL AND members_badgeheld.key <> excluded.key
RETURNING id
"""
_GIVEN = {"member_id": "bigint", "badge_id": "bigint", "key": "text", "given_at": "timestamptz"}


def give(member: Member, badge: Badge, *, key: str, at: datetime) -> bool:
    """Let a member hold a badge; whether they did not hold it before.

    What was taken back does not return by the request that had given it, however often it comes.
    """
    return bool(bulk.fetch(_GIVE, _GIVEN, [(member.pk, badge.pk, key, at)]))


def take_back(member: Member, badge: Badge, *, at: datetime, key: str = "") -> bool:
    """They hold it no more; with a key, only if it was given under that."""
    held = BadgeHeld.objects.held().filter(member=member, badge=badge)
    if key:
        held = held.filter(key=key)
    return bool(held.update(taken_at=at))


def held_by(member: Member) -> list[BadgeHeld]:
    """What a member shows, the newest first."""
    return list(member.badges.held().select_related("badge").order_by("-given_at", "-pk"))


def holders(badge: Badge) -> BadgeHeldQuerySet:
    """Who holds a badge, the newest first, each person once."""
    held = badge.held.held().exclude(member__state=Member.State.MERGED)
    return held.select_related("member").order_by("-given_at", "-pk")


def share(kept: Member, merged: Member) -> None:
    """Who becomes one holds what either held."""
    for it in merged.badges.held().select_related("badge"):
        give(kept, it.badge, key=f"merge:{merged.pk}", at=it.given_at)


def unshare(kept: Member, merged: Member, *, at: datetime) -> None:
    kept.badges.held().filter(key=f"merge:{merged.pk}").update(taken_at=at)
