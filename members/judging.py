"""Whether a tier is kept, lost, or lost unless it is won back: the judgement of a review."""

from dataclasses import dataclass
from datetime import date, timedelta

from members.counting import (
    Days,
    Hold,
    best_hold,
    hold_by,
    hold_in_grace,
    hold_longer,
    open_windows,
)
from members.ladder import FOREVER, Downgrade, Rung, leaves_on, live_windows, window_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A tier as somebody has it."""

    rung: Rung
    review_on: date | None
    in_grace: bool = False
    is_in_doubt: bool = False


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is left of a tier on a day of review, when nothing more is bought and no grace shown."""

    is_kept: bool
    then: Held


def reviewed(days: Days, held: Held, today: date) -> Held:
    """What a review on a day makes of a tier."""
    found = outlook(days, held, today)
    grace_ends_on = (held.review_on or today) + timedelta(days.ladder.grace_days)
    if found.is_kept or held.in_grace or held.is_in_doubt or grace_ends_on <= today:
        return found.then
    return Held(rung=held.rung, review_on=grace_ends_on, in_grace=True)


def outlook(days: Days, held: Held, on: date) -> Outlook:
    """Whether a review on a day keeps a tier, or a better one; and if not, where it falls to."""
    best, step = _supported(days, held, on), days.ladder.below(held.rung)
    is_kept = best.rung.rank >= held.rung.rank
    by_steps = days.ladder.downgrade == Downgrade.ONE_STEP and not held.is_in_doubt
    if not is_kept and by_steps and step and step.rank > best.rung.rank:
        return Outlook(is_kept, Held(rung=step, review_on=_step_ends_on(days, on)))
    return Outlook(is_kept, _held_by(best))


def recounted(days: Days, held: Held, today: date) -> Held:
    """What a change of the ladder makes of a tier that is not due.

    It rises at once. It does not fall before the day that the member was told; where there was
    none, they get the time of a notice.
    """
    best = _supported(days, held, today)
    if best.rung.rank > held.rung.rank:
        return _held_by(best)
    if best.rung == held.rung and (best.outlasts(held.review_on) or held.review_on is None):
        return _held_by(best)
    if best.rung != held.rung and held.review_on is None:
        notice = timedelta(max(days.ladder.notice_days, 1))
        return Held(rung=held.rung, review_on=today + notice)
    return held


def missing_to_keep(days: Days, held: Held, today: date) -> int | None:
    """What must still come in before the review, so that a tier is kept; None: nothing can help."""
    if held.review_on is None:
        return None
    measured = (
        days.measured(window) for window in open_windows(days, held.review_on, held.in_grace, today)
    )
    return min((max(held.rung.threshold - it, 0) for it in measured), default=None)


def _held_by(hold: Hold) -> Held:
    return Held(rung=hold.rung, review_on=hold.until)


def _supported(days: Days, held: Held, today: date) -> Hold:
    """The best tier that some window supports on a day: everybody has the base tier."""
    holds = [best_hold(days, today)]
    if held.in_grace and held.review_on:
        holds.append(hold_in_grace(days, held.rung, held.review_on))
    if held.is_in_doubt and days.ladder.grace_days:
        holds += _held_open(days, held.rung, today)
    live = [hold for hold in holds if hold and (hold.until or FOREVER) > today]
    return max(live, key=lambda hold: hold.strength)


def _held_open(days: Days, rung: Rung, today: date) -> list[Hold | None]:
    """A tier that was won back in a time of grace is supported by the longer window again."""
    grace = timedelta(days.ladder.grace_days)
    windows = live_windows(days.ladder, today, days.enrolled_on)
    if days.ladder.is_rolling:
        return [hold_longer(days, (start - grace, end), rung) for start, end in windows]
    return [hold_by(days, (start, end + grace), rung) for start, end in windows[1:]]


def _step_ends_on(days: Days, today: date) -> date:
    """A step down that nothing supports is kept for one window."""
    if days.ladder.is_rolling or days.ladder.is_for_ever:
        return leaves_on(today)
    return window_of(days.ladder, today, days.enrolled_on)[1]
