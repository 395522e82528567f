"""What a reward must be before it may stand in the catalog."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from loyalty.days import PERIODS
from loyalty.money import MOST_MINOR
from loyalty.refusal import Refusal
from loyalty.rewards.models import Reward

MOST = 2**31 - 1  # What the narrower of the two databases can hold.
BOUNDS = {
    "price": (1, MOST),
    "stock": (0, MOST),
    "member_limit": (1, 30_000),
    "from_rank": (0, 30_000),
    "voucher_days": (0, 3_650),
    "position": (0, 30_000),
    "amount_minor": (1, MOST_MINOR),
    "percent": (1, 100),
}
LONGEST_NAME, LONGEST_DESCRIPTION = 120, 2_000
Kind = Reward.Kind


class BadReward(Refusal):
    """It cannot stand like this. ``problems`` in its facts name each wrong field."""

    code = "bad_reward"


def check(reward: Reward) -> None:
    """Refuse a reward that no member could have, or that says nothing of what it is."""
    problems = {**_outside(reward), **_incomplete(reward)}
    for name, sentence in _malformed(reward).items():
        problems.setdefault(name, sentence)
    if problems:
        raise BadReward(" ".join(dict.fromkeys(problems.values())), problems=problems)


def facts(reward: Reward) -> dict[str, Any]:
    """What a merchant decides about a reward, as plain values."""
    return {
        "name": dict(reward.name),
        "description": dict(reward.description),
        "kind": str(reward.kind),
        "wallet": reward.wallet.code,
        "starts_at": reward.starts_at.isoformat() if reward.starts_at else None,
        "ends_at": reward.ends_at.isoformat() if reward.ends_at else None,
        **{name: getattr(reward, name) for name in BOUNDS},
        **{name: getattr(reward, name) for name in ("product", "member_limit_period")},
        **{name: getattr(reward, name) for name in ("is_automatic", "uses_pool", "is_active")},
    }


def _outside(reward: Reward) -> dict[str, str]:
    problems = {}
    for name, (least, most) in BOUNDS.items():
        value = getattr(reward, name)
        if value is not None and not least <= value <= most:
            limits = {"least": least, "most": most}
            problems[name] = _("Give a number from %(least)s to %(most)s.") % limits
    return problems


def _incomplete(reward: Reward) -> dict[str, str]:
    problems = {}
    if not any(text.strip() for text in reward.name.values()):
        problems["name"] = _("Give the reward a name.")
    if reward.kind in (Kind.AMOUNT_OFF, Kind.STORE_CREDIT) and not reward.amount_minor:
        problems["amount_minor"] = _("Say how much money it is worth.")
    if reward.kind == Kind.PERCENT_OFF and not reward.percent:
        problems["percent"] = _("Say how many percent it takes off.")
    if not reward.wallet.is_spendable or reward.wallet.program_id != reward.program_id:
        problems["wallet"] = _("Choose a wallet of this program that members can spend from.")
    if reward.member_limit_period not in PERIODS:
        problems["member_limit_period"] = _("Choose one of: %s.") % ", ".join(PERIODS)
    if reward.starts_at and reward.ends_at and reward.ends_at <= reward.starts_at:
        problems["ends_at"] = _("The end lies before the start.")
    return problems


def _malformed(reward: Reward) -> dict[str, str]:
    """What the columns themselves do not take."""
    problems = {}
    for name, longest in (("name", LONGEST_NAME), ("description", LONGEST_DESCRIPTION)):
        if any(len(text) > longest for text in getattr(reward, name).values()):
            problems[name] = _("This is too long: %(longest)s letters at most.") % {
                "longest": longest
            }
    try:
        reward.clean_fields(exclude=["program", "wallet", "name", "description"])
    except ValidationError as error:
        problems.update({name: " ".join(texts) for name, texts in error.message_dict.items()})
    return problems
