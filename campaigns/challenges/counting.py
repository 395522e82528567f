"""How far somebody is. Nothing here reads or writes anything: marks in, progress out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from loyalty.days import period_start
from loyalty.earning import rules
from loyalty.earning.activity import Activity
from loyalty.earning.conditions import Condition, Counted, LineCondition

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One task: something that a rule could ask for, and how often."""

    trigger: str
    times: int
    line_conditions: tuple[LineCondition, ...] = ()
    conditions: tuple[Condition, ...] = ()

    @property
    def all_conditions(self) -> tuple[Condition, ...]:
        return (*self.line_conditions, *self.conditions)

    def counts(self, activity: Activity) -> bool:
        """Whether something that happened counts for it."""
        if activity.kind != self.trigger:
            return False
        basket = Counted(activity.items, activity.counted_minor)
        return rules.counted_by(self, activity, basket) is not None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Goal:
    """A challenge, compiled. See Challenge."""

    id: int
    public_id: str
    name: Any  # Localized
    starts_at: datetime
    ends_at: datetime | None
    steps: tuple[Step, ...]
    days: int | None
    weeks: int | None
    repeats: bool
    is_limited: bool
    prize: dict[str, Any]

    @property
    def source(self) -> str:
        return f"challenge:{self.id}"

    @property
    def trigger(self) -> frozenset[str]:
        return frozenset(step.trigger for step in self.steps)

    def holds(self, at: datetime) -> bool:
        return self.starts_at <= at and (self.ends_at is None or at < self.ends_at)


class Done(NamedTuple):
    """One mark, as far as counting needs it."""

    step: int
    on: date
    key: str = ""


class Reached(NamedTuple):
    """A challenge is done: by these marks, the last of them on this day."""

    marks: tuple[Done, ...]
    through_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Where somebody stands on a day."""

    steps: tuple[int, ...]  # How often each was done: of a streak, this week.
    last_on: date | None = None  # The last day on which what is done still counts.
    weeks: int = 0  # Of a streak: whole weeks in a row, up to this one.

    @property
    def has_begun(self) -> bool:
        return bool(any(self.steps) or self.weeks)


def reached(goal: Goal, marks: Sequence[Done], *, after: date | None = None) -> Reached | None:
    """Whether a challenge is done by the marks that are not spent yet; by the earliest that do.

    ``after`` is the day through which a streak was done before: its weeks are not told twice.
    """
    if goal.weeks is not None:
        return _streak_reached(goal, [it for it in marks if after is None or it.on > after])
    for first in sorted({it.on for it in marks}):
        inside = [it for it in marks if first <= it.on and _fits(goal, first, it.on)]
        if _is_whole(goal, inside):
            used = _first_of_each(goal, inside)
            return Reached(used, max(it.on for it in used))
        if goal.days is None:
            return None
    return None


def progress(
    goal: Goal, marks: Sequence[Done], *, today: date, after: date | None = None
) -> Progress:
    """Where somebody stands: what still counts today."""
    if goal.weeks is not None:
        return _streak(goal, [it for it in marks if after is None or it.on > after], today)
    if goal.days is not None:
        marks = [it for it in marks if it.on > today - timedelta(days=goal.days)]
    counts = _counts(goal, marks)
    last_on = None
    if marks and goal.days is not None:
        last_on = min(it.on for it in marks) + timedelta(days=goal.days - 1)
    return Progress(steps=counts, last_on=last_on)


def _fits(goal: Goal, first: date, on: date) -> bool:
    return goal.days is None or on < first + timedelta(days=goal.days)


def _counts(goal: Goal, marks: Iterable[Done]) -> tuple[int, ...]:
    counted = Counter(it.step for it in marks)
    return tuple(min(counted[number], step.times) for number, step in enumerate(goal.steps))


def _is_whole(goal: Goal, marks: Iterable[Done]) -> bool:
    return _counts(goal, marks) == tuple(step.times for step in goal.steps)


def _first_of_each(goal: Goal, marks: Sequence[Done]) -> tuple[Done, ...]:
    """What a completion is made of; what was done beyond it counts for the next one."""
    taken: Counter[int] = Counter()
    used = []
    for it in sorted(marks, key=lambda it: (it.on, it.key)):
        if taken[it.step] < goal.steps[it.step].times:
            taken[it.step] += 1
            used.append(it)
    return tuple(used)


# --- Streaks: a week is Monday to Sunday ---------------------------------------------------------


def _by_week(marks: Iterable[Done]) -> dict[date, list[Done]]:
    weeks: dict[date, list[Done]] = {}
    for it in marks:
        weeks.setdefault(period_start("week", it.on), []).append(it)
    return weeks


def _streak_reached(goal: Goal, marks: Sequence[Done]) -> Reached | None:
    weeks = _by_week(marks)
    whole = {monday for monday, done in weeks.items() if _is_whole(goal, done)}
    for first in sorted(whole):
        row = [first + number * WEEK for number in range(goal.weeks or 0)]
        if whole.issuperset(row):
            used = tuple(it for monday in row for it in weeks[monday])
            return Reached(used, row[-1] + timedelta(days=6))
    return None


def _streak(goal: Goal, marks: Sequence[Done], today: date) -> Progress:
    weeks = _by_week(marks)
    this = period_start("week", today)
    length, monday = 0, this
    if not _is_whole(goal, weeks.get(this, ())):
        monday = this - WEEK  # This week is not over: the row may still go on.
    while _is_whole(goal, weeks.get(monday, ())):
        length, monday = length + 1, monday - WEEK
    last_on = this + timedelta(days=6)
    if monday + length * WEEK == this:
        last_on += WEEK  # This week is done; the next one is what is due.
    return Progress(steps=_counts(goal, weeks.get(this, ())), weeks=length, last_on=last_on)
