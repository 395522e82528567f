"""The challenges that a program has opened, compiled once: plain values, ready to count by."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from campaigns.challenges.counting import Goal, Step
from campaigns.challenges.models import Challenge
from loyalty.earning.activity import Activity
from loyalty.earning.conditions import LineCondition, condition_from_json
from loyalty.earning.parts import BadRule
from loyalty.kept import Kept
from loyalty.merchants.models import Program

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeBook:
    """A program's open challenges as of one version, in the order in which they are won."""

    goals: tuple[Goal, ...] = ()
    counts_purchases: frozenset[str] = frozenset()
    counts_activities: frozenset[str] = frozenset()
    needs_last_purchase: frozenset[str] = frozenset()

    def for_activity(self, activity: Activity) -> Sequence[Goal]:
        return [
            it
            for it in self.goals
            if activity.kind in it.trigger and it.holds(activity.occurred_at)
        ]


def book_for(program_id: int, version: int) -> ChallengeBook:
    """A program's challenges, at least as new as the version asked for."""
    return _kept.get(program_id, version)


def compile_book(challenges: Iterable[Challenge]) -> ChallengeBook:
    goals = tuple(it for it in map(_compiled_or_none, challenges) if it is not None)
    steps = [step for goal in goals for step in goal.steps]
    return ChallengeBook(
        goals=goals,
        counts_purchases=_asking(steps, "purchases"),
        counts_activities=_asking(steps, "activities"),
        needs_last_purchase=_asking(steps, "last_purchase"),
    )


def compile_challenge(challenge: Challenge) -> Goal:
    """A stored challenge as it is counted by; BadRule if it cannot be read."""
    return Goal(
        id=challenge.pk,
        public_id=challenge.public_id,
        name=challenge.name,
        starts_at=challenge.starts_at,
        ends_at=challenge.ends_at,
        steps=tuple(compile_step(it) for it in challenge.steps),
        days=challenge.days,
        weeks=challenge.weeks,
        repeats=challenge.repeats,
        is_limited=challenge.winners is not None,
        prize=challenge.prize,
    )


def compile_step(told: dict[str, object]) -> Step:
    listed = told.get("conditions") or []
    assert isinstance(listed, list)
    conditions = [condition_from_json(it) for it in listed]
    return Step(
        trigger=str(told["trigger"]),
        times=int(str(told["times"])),
        line_conditions=tuple(it for it in conditions if isinstance(it, LineCondition)),
        conditions=tuple(it for it in conditions if not isinstance(it, LineCondition)),
    )


def _asking(steps: Iterable[Step], history: str) -> frozenset[str]:
    return frozenset(
        step.trigger for step in steps if any(one.asks == history for one in step.conditions)
    )


def _compiled_or_none(challenge: Challenge) -> Goal | None:
    try:
        return compile_challenge(challenge)
    except BadRule as bad:
        log.error("Challenge %s counts nothing: %s", challenge.public_id, bad)
        return None


def _load(program_id: int) -> tuple[int, ChallengeBook]:
    # The version first: challenges that change meanwhile are then newer than it says.
    version = Program.objects.values_list("version", flat=True).get(pk=program_id)
    opened = Challenge.objects.open().filter(program=program_id).order_by("pk")
    return version, compile_book(opened)


_kept = Kept(_load)
