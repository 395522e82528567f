"""Changing the catalog. What members hold already stays as they got it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.flows.settings import bump, one_at_a_time
from loyalty.localized import Localized
from loyalty.merchants import trail
from loyalty.merchants.models import ApiKey, Program, Staff
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal
from loyalty.rewards import pool
from loyalty.rewards.drafts import BOUNDS, check, facts
from loyalty.rewards.models import Reward
from loyalty.rewards.pool import Upload
from members.models import Tier

EDITABLE = {
    "name", "description", "kind", "product", "wallet", "is_automatic", "member_limit_period",
    "uses_pool", "starts_at", "ends_at", "is_active", *BOUNDS,
}  # fmt: skip
MOST_REWARDS = 500

By = Staff | ApiKey | None


class RewardInUse(Refusal):
    code = "reward_in_use"


class TooManyRewards(Refusal):
    code = "too_many_rewards"


class NoPool(Refusal):
    code = "reward_has_no_pool"


@transaction.atomic
def save_reward(
    program: Program,
    reward: Reward | None,
    *,
    by: By,
    now: datetime,
    public_id: str = "",
    **fields: Any,
) -> Reward:
    """Make a reward, or change the fields that are named, and no other: stock is sold meanwhile.

    ``public_id`` makes a new reward once: a second click finds the first one's.
    """
    if unknown := fields.keys() - EDITABLE:
        raise TypeError(f"A reward has no {', '.join(sorted(unknown))}.")
    for name in fields.keys() & {"name", "description"}:
        fields[name] = Localized(fields[name])
    one_at_a_time(program)
    if reward is None and public_id:
        reward = program.rewards.filter(public_id=public_id).first()
    if reward is None:
        return _make(program, public_id or new_public_id(), fields, by=by, now=now)
    # Under a lock, or what is sold meanwhile would not be in the trail.
    reward = Reward.objects.select_for_update().get(pk=reward.pk)
    before = facts(reward)
    for name, value in fields.items():
        setattr(reward, name, value)
    check(reward)
    if facts(reward) != before:
        reward.save(update_fields=list(fields))
        bump(program)
        _record("reward.change", reward, by=by, now=now, before=before, after=facts(reward))
    return reward


@transaction.atomic
def set_reward_active(reward: Reward, active: bool, *, by: By, now: datetime) -> None:
    """Put a reward on the shelf, or take it off for a while."""
    changed = Reward.objects.filter(pk=reward.pk).exclude(is_active=active)
    if changed.update(is_active=active):
        _changed("reward.start" if active else "reward.pause", reward, by=by, now=now)


@transaction.atomic
def archive_reward(reward: Reward, *, by: By, now: datetime) -> None:
    """Put a reward away for good. Vouchers that are out stay good."""
    if tier := Tier.objects.kept().filter(entry_reward=reward.pk).first():
        raise RewardInUse(
            _("The tier “%(tier)s” welcomes its members with this reward.") % {"tier": tier},
            tier=tier.public_id,
        )
    if Reward.objects.filter(pk=reward.pk, archived_at=None).update(archived_at=now):
        _changed("reward.archive", reward, by=by, now=now)


@transaction.atomic
def restore_reward(reward: Reward, *, by: By, now: datetime) -> None:
    """Bring a reward back that was put away."""
    archived = Reward.objects.filter(pk=reward.pk, archived_at__isnull=False)
    if archived.update(archived_at=None):
        _changed("reward.restore", reward, by=by, now=now)


@transaction.atomic
def upload_codes(reward: Reward, lines: Iterable[str], *, by: By, now: datetime) -> Upload:
    """Keep a partner's codes, one a line, for members to get."""
    if not reward.uses_pool:
        raise NoPool(_("This reward makes its own codes. Let it use a partner's list first."))
    one_at_a_time(reward.program)
    upload = pool.add(reward, lines)
    if upload.added:
        bump(reward.program)
        _record("reward.codes", reward, by=by, now=now, after={"added": upload.added})
    return upload


def _make(
    program: Program, public_id: str, fields: dict[str, Any], *, by: By, now: datetime
) -> Reward:
    if program.rewards.kept().count() >= MOST_REWARDS:
        raise TooManyRewards(
            _("A catalog has room for %(most)s rewards. Archive one of them.")
            % {"most": MOST_REWARDS}
        )
    last = program.rewards.order_by("-position").values_list("position", flat=True).first()
    fields = {"position": 0 if last is None else last + 1} | fields
    reward = Reward(program=program, public_id=public_id, created_at=now, **fields)
    check(reward)
    reward.save()
    bump(program)
    _record("reward.make", reward, by=by, now=now, after=facts(reward))
    return reward


def _changed(action: str, reward: Reward, *, by: By, now: datetime) -> None:
    bump(reward.program)
    _record(action, reward, by=by, now=now)


def _record(action: str, reward: Reward, *, by: By, now: datetime, **changes: Any) -> None:
    subject = f"reward:{reward.public_id}"
    trail.record(action, subject, program=reward.program, now=now, by=by, **changes)
