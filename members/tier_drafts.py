"""What a tier and a policy must be before members may climb by them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from loyalty.money import MOST_MINOR
from loyalty.refusal import Refusal
from members.models import Tier, TierPolicy

LONGEST_NAME, LONGEST_BENEFITS = 120, 2_000
TIER_BOUNDS = {
    "threshold": (0, MOST_MINOR),
    "multiplier_percent": (100, 10_000),
    "entry_points": (0, 10**9),
}
POLICY_BOUNDS = {"kept_years": (0, 10), "grace_days": (0, 180), "notice_days": (0, 180)}
POLICY_CHOICES: Mapping[str, Any] = {
    "measure": TierPolicy.Measure,
    "window": TierPolicy.Window,
    "downgrade": TierPolicy.Downgrade,
}


class BadTier(Refusal):
    """It cannot stand like this. ``problems`` in its facts name each wrong field."""

    code = "bad_tier"


class BadPolicy(Refusal):
    code = "bad_tier_policy"


def check_tier(tier: Tier, others: Iterable[Tier]) -> None:
    """Refuse a tier that nobody could reach, or that stands out of order."""
    problems = {**_unordered(tier, others), **_outside(tier, TIER_BOUNDS), **_unnamed(tier)}
    reward = tier.entry_reward
    if reward and reward.program_id != tier.program_id:
        problems["entry_reward"] = _("Choose one of this program's rewards.")
    elif reward and reward.archived_at:
        problems["entry_reward"] = _("This reward is put away. Choose another.")
    if problems:
        raise BadTier(" ".join(dict.fromkeys(problems.values())), problems=problems)


def check_policy(policy: TierPolicy) -> None:
    problems = _outside(policy, POLICY_BOUNDS)
    for name, choices in POLICY_CHOICES.items():
        if getattr(policy, name) not in choices:
            problems[name] = _("Choose one of the list.")
    if problems:
        raise BadPolicy(" ".join(dict.fromkeys(problems.values())), problems=problems)


def tier_facts(tier: Tier) -> dict[str, Any]:
    """What a merchant decides about a tier, as plain values."""
    return {
        "name": dict(tier.name),
        "benefits": dict(tier.benefits),
        "entry_reward": tier.entry_reward.public_id if tier.entry_reward else None,
        **{name: getattr(tier, name) for name in TIER_BOUNDS},
    }


def policy_facts(policy: TierPolicy) -> dict[str, Any]:
    return {name: getattr(policy, name) for name in POLICY_BOUNDS} | {
        name: str(getattr(policy, name)) for name in POLICY_CHOICES
    }


def _outside(row: Tier | TierPolicy, bounds: Mapping[str, tuple[int, int]]) -> dict[str, str]:
    return {
        name: _("Give a number from %(least)s to %(most)s.") % {"least": least, "most": most}
        for name, (least, most) in bounds.items()
        if not least <= getattr(row, name) <= most
    }


def _unnamed(tier: Tier) -> dict[str, str]:
    problems = {}
    if not any(text.strip() for text in tier.name.values()):
        problems["name"] = _("Give the tier a name in one language at least.")
    elif any(len(text) > LONGEST_NAME for text in tier.name.values()):
        problems["name"] = _("A name has up to %(most)s characters.") % {"most": LONGEST_NAME}
    if any(len(text) > LONGEST_BENEFITS for text in tier.benefits.values()):
        problems["benefits"] = _("This has up to %(most)s characters.") % {"most": LONGEST_BENEFITS}
    return problems


def _unordered(tier: Tier, others: Iterable[Tier]) -> dict[str, str]:
    """The base tier is everybody's; each higher rank takes more than the one below it."""
    others = list(others)
    if any(other.threshold == tier.threshold for other in others):
        return {"threshold": _("Another tier is reached at this figure already.")}
    lower = [other for other in others if other.rank < tier.rank]
    if not lower and tier.threshold:
        return {"threshold": _("The lowest tier is everybody's: it is reached at 0.")}
    if any(other.threshold > tier.threshold for other in lower) or any(
        other.threshold < tier.threshold for other in others if other.rank > tier.rank
    ):
        return {"threshold": _("A higher tier takes more than the ones below it.")}
    return {}
