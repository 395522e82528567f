"""Challenges, wheels and follow-ups, made in one line."""

from typing import Any

from campaigns.challenges.models import Challenge
from campaigns.followups.models import FollowUp
from campaigns.wheel.models import Wheel
from loyalty.flows import challenges, followups, running, wheels
from loyalty.merchants.models import Program
from loyalty.rewards.models import Reward
from tests.makers import NOON

BUY = {"trigger": "purchase", "times": 3, "conditions": []}
REVIEW = {"trigger": "review", "times": 1, "conditions": []}
LATTE = {"kind": "product", "codes": ["latte"]}


def points(program: Program, number: int = 50) -> dict[str, Any]:
    return {"kind": "points", "wallet": program.wallets.get(code="points").pk, "points": number}


def make_challenge(program: Program, *steps: dict[str, Any], **told: Any) -> Challenge:
    """One that is open since NOON: to buy three times and to review once, for 50 points."""
    told.setdefault("prize", points(program))
    told = {
        "name": {"en": "Regular"}, "kind": "steps", "starts_at": NOON,
        "steps": list(steps) or [BUY, REVIEW], **told,
    }  # fmt: skip
    made = challenges.save(program, None, by=None, now=NOON, **told)
    running.open_up(made, by=None, now=NOON)
    program.refresh_from_db()
    return made


def segment(name: str, share: int, prize: dict[str, Any] | None = None, **told: Any) -> dict:
    return {"name": {"en": name}, "share": share, "prize": prize, **told}


def make_wheel(program: Program, *segments: dict[str, Any], **told: Any) -> Wheel:
    """One that is open since NOON: 1 % of a prize of which there is one, 20 points, or nothing."""
    parts = list(segments) or [
        segment("Jackpot", 100, points(program, 1_000), stock=1),
        segment("Twenty", 1_900, points(program, 20)),
        segment("Nothing", 8_000, is_consolation=True),
    ]
    told = {
        "name": {"en": "Wheel"}, "starts_at": NOON, "wallet": "points", "price": 10,
        "free_daily": False, "segments": parts, **told,
    }  # fmt: skip
    made = wheels.save(program, None, by=None, now=NOON, **told)
    running.open_up(made, by=None, now=NOON)
    program.refresh_from_db()
    return made


def make_followup(program: Program, reward: Reward, **told: Any) -> FollowUp:
    """One that is open since NOON: after each fourth piece of a product, the reward on the same."""
    told = {
        "name": {"en": "The fifth one"}, "starts_at": NOON, "of": "product", "codes": [],
        "count": "units", "every": 4, "repeats": True, "on": "same",
        "reward": reward.public_id, **told,
    }  # fmt: skip
    made = followups.save(program, None, by=None, now=NOON, **told)
    followups.open_up(made, by=None, now=NOON)
    program.refresh_from_db()
    return made
