"""Changing a program's tiers, and what time does to those who have them.

Every change ends in ``bump``, and in a recount where it moves a step of the ladder.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty.days import local_date
from loyalty.flows import reviewing
from loyalty.flows.settings import bump, one_at_a_time
from loyalty.merchants import trail
from loyalty.merchants.models import ApiKey, JobRun, Program, Staff
from loyalty.messaging import waking
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal
from members.models import Tier, TierPolicy, TierStatus
from members.tier_drafts import (
    POLICY_BOUNDS,
    POLICY_CHOICES,
    TIER_BOUNDS,
    BadTier,
    check_policy,
    check_tier,
    policy_facts,
    tier_facts,
)

EDITABLE = {"name", "benefits", "entry_reward", *TIER_BOUNDS}
# Ranks keep their distance, so that another tier fits in between: rules name ranks for good.
ROOM = 100
MOST_TIERS = 20
RECOUNT = "recount_tiers"
COUNTED_BY = {"measure", "window", "kept_years"}

By = Staff | ApiKey | None


class TierInUse(Refusal):
    code = "tier_in_use"


class TooManyTiers(Refusal):
    code = "too_many_tiers"


@transaction.atomic
def save_tier(
    program: Program,
    tier: Tier | None,
    *,
    by: By,
    now: datetime,
    public_id: str = "",
    **fields: Any,
) -> Tier:
    """Make a tier, or change the fields that are named. Its rank follows from its threshold.

    ``public_id`` makes a new tier once: a second click finds the first one's.
    """
    if unknown := fields.keys() - EDITABLE:
        raise TypeError(f"A tier has no {', '.join(sorted(unknown))}.")
    one_at_a_time(program)
    if tier is None and public_id:
        tier = program.tiers.filter(public_id=public_id).first()
    others = [other for other in program.tiers.kept() if other != tier]
    if tier is None:
        if len(others) >= MOST_TIERS:
            sentence = _("A program has room for %(most)s tiers. Archive one of them.")
            raise TooManyTiers(sentence % {"most": MOST_TIERS})
        tier = Tier(program=program, public_id=public_id or new_public_id(), threshold=0)
        tier.rank = _rank_for(program, others, fields.get("threshold", 0))
    before = tier_facts(tier) if tier.pk else {}
    for name, value in fields.items():
        setattr(tier, name, value)
    check_tier(tier, others)
    if tier_facts(tier) == before:
        return tier
    tier.save()
    TierPolicy.objects.get_or_create(program=program)
    bump(program)
    _record("tier.change" if before else "tier.make", tier, by=by, now=now,
            before=before, after=tier_facts(tier))  # fmt: skip
    if before.get("threshold") != tier.threshold:
        schedule_recount(program, now=now)
    return tier


@transaction.atomic
def archive_tier(tier: Tier, *, by: By, now: datetime) -> None:
    """Put a tier away that nobody has. Who had it once still had it."""
    program = tier.program
    one_at_a_time(program)
    if not program.tiers.kept().filter(rank__lt=tier.rank).exists():
        raise TierInUse(_("Everybody has the lowest tier, so it stays."))
    if having := TierStatus.objects.filter(tier=tier).count():
        raise TierInUse(
            ngettext(
                "%(count)s member has the tier “%(tier)s”. It can be put away once nobody has it.",
                "%(count)s members have the tier “%(tier)s”. "
                "It can be put away once nobody has it.",
                having,
            )
            % {"count": having, "tier": tier},
            members=having,
        )
    if Tier.objects.filter(pk=tier.pk, archived_at=None).update(archived_at=now):
        bump(program)
        _record("tier.archive", tier, by=by, now=now)


@transaction.atomic
def save_policy(program: Program, *, by: By, now: datetime, **fields: Any) -> TierPolicy:
    """Change what is counted, over which time, and how a tier is lost."""
    if unknown := fields.keys() - {*POLICY_BOUNDS, *POLICY_CHOICES}:
        raise TypeError(f"A tier policy has no {', '.join(sorted(unknown))}.")
    one_at_a_time(program)
    policy = TierPolicy.objects.filter(program=program).first()
    before = policy_facts(policy) if policy else {}
    policy = policy or TierPolicy(program=program)
    for name, value in fields.items():
        setattr(policy, name, value)
    check_policy(policy)
    after = policy_facts(policy)
    if after == before:
        return policy
    policy.save()
    bump(program)
    trail.record(
        "tiers.policy", f"program:{program.public_id}", program=program, now=now, by=by,
        before=before, after=after,
    )  # fmt: skip
    if any(before.get(name) != after[name] for name in COUNTED_BY):
        schedule_recount(program, now=now)
    return policy


def schedule_recount(program: Program, *, now: datetime) -> None:
    """Ask for a recount, also where one is done or at work already: it saw the ladder of before."""
    JobRun.objects.update_or_create(
        job=RECOUNT,
        program=program,
        period=local_date(now, program.time_zone),
        defaults={
            "due_at": now, "reached": 0, "finished_at": None, "lease": "", "leased_until": None,
            "attempts": 0, "error": "",
        },
    )  # fmt: skip
    transaction.on_commit(partial(waking.wake, waking.JOBS))


# --- What time does ------------------------------------------------------------------------------


def review(program: Program, today: date, now: datetime, *, letters: bool = True) -> int:
    """Look at every tier that may be lost by a day; say how many were looked at."""
    return sum(reviewing.reviews(program, today, now, letters=letters))


def warn(program: Program, today: date, now: datetime) -> int:
    """Write to those who would lose their tier soon, once a review; say how many were looked at."""
    return sum(reviewing.warnings(program, today, now))


def recount(program: Program, today: date, now: datetime) -> int:
    """Give everybody the tier that the ladder of today gives them; say how many changed.

    Who reaches more rises at once. Nobody falls before the day that they were told, and nothing is
    given on entry: the merchant moved the steps, the members did not climb them.
    """
    return sum(changed for _reached, changed in reviewing.recounts(program, today, now))


# --- What they share -----------------------------------------------------------------------------


def _rank_for(program: Program, others: Sequence[Tier], threshold: int) -> int:
    """The middle between the ranks that are taken around a new tier, archived ones too."""
    below = max((it.rank for it in others if it.threshold < threshold), default=-1)
    above = min((it.rank for it in others if it.threshold > threshold), default=None)
    taken = [rank for rank in program.tiers.values_list("rank", flat=True) if rank > below]
    if above is None:
        return below + 1 if below < 0 and not taken else max([below, *taken]) + ROOM
    gaps = sorted({below, *(rank for rank in taken if rank <= above)})
    low, high = max(
        zip(gaps, gaps[1:], strict=False), key=lambda gap: gap[1] - gap[0], default=(0, 0)
    )
    if high - low < 2:
        raise BadTier(
            _("There is no room for a tier between these two. Archive one of them first."),
            problems={"threshold": _("There is no room here.")},
        )
    return (low + high) // 2


def _record(action: str, tier: Tier, *, by: By, now: datetime, **changes: Any) -> None:
    subject = f"tier:{tier.public_id}"
    trail.record(action, subject, program=tier.program, now=now, by=by, **changes)
