"""What a member's days add up to in a window, and for how long that holds a tier."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from members.ladder import (
    FOREVER,
    Ladder,
    Measure,
    Period,
    Rung,
    closed_window,
    kept_until,
    leaves_on,
    live_windows,
    rung_for,
    window_of,
)

COLUMNS: dict[str, str] = {
    Measure.SPEND: "spend_minor",
    Measure.POINTS: "points",
    Measure.VISITS: "purchases",
}


@dataclass(slots=True)
class Days:
    """A member's qualifying days in one measure: those that matter, and the rest as a sum."""

    ladder: Ladder
    enrolled_on: date
    figures: dict[date, int] = field(default_factory=dict)
    earlier: int = 0  # What all days before these add up to, where what counts counts for good.

    def add(self, on: date, figure: int) -> None:
        self.figures[on] = self.figures.get(on, 0) + figure

    def worth(self, on: date) -> int:
        """What one day counts for. A day with any purchase is one visit."""
        figure = self.figures.get(on, 0)
        return int(figure > 0) if self.ladder.measure == Measure.VISITS else figure

    def measured(self, window: Period) -> int:
        start, end = window
        return self.earlier + sum(self.worth(on) for on in self.figures if start <= on < end)

    def oldest_needed(self, window: Period, threshold: int) -> date:
        """The last day that must stay in a window, so that it reaches a threshold."""
        start, end = window
        total, on = 0, start
        for on in sorted((on for on in self.figures if start <= on < end), reverse=True):
            total += self.worth(on)
            if total >= threshold:
                break
        return on


@dataclass(frozen=True, slots=True)
class Hold:
    """A tier that some window supports, and the first day on which it no longer does."""

    rung: Rung
    until: date | None  # None: for good.

    @property
    def strength(self) -> tuple[int, date]:
        return self.rung.rank, self.until or FOREVER

    def outlasts(self, review_on: date | None) -> bool:
        return (self.until or FOREVER) > (review_on or FOREVER)


def hold_by(days: Days, window: Period, threshold_of: Rung | None = None) -> Hold | None:
    """What a window supports: the best tier it reaches, or the one asked for if it reaches that."""
    measured = days.measured(window)
    rung = threshold_of or rung_for(days.ladder, measured)
    if rung is None or measured < rung.threshold:
        return None
    return Hold(rung, _until(days, window, rung))


def _until(days: Days, window: Period, rung: Rung) -> date | None:
    if rung == days.ladder.base:
        return None
    oldest = days.oldest_needed(window, rung.threshold) if days.ladder.is_rolling else window[0]
    return kept_until(days.ladder, window[0], days.enrolled_on, oldest)


def best_hold(days: Days, today: date) -> Hold | None:
    """The best tier that any window supports on a day. Everybody has the base tier."""
    base = days.ladder.base
    holds = [Hold(base, None)] if base else []
    for window in live_windows(days.ladder, today, days.enrolled_on):
        hold = hold_by(days, window)
        if hold and (hold.until is None or hold.until > today):
            holds.append(hold)
    return max(holds, key=lambda hold: hold.strength, default=None)


def hold_in_grace(days: Days, rung: Rung, grace_ends_on: date) -> Hold | None:
    """The tier that somebody in grace has won back, in the window that the grace holds open."""
    grace = timedelta(days.ladder.grace_days)
    window = closed_window(days.ladder, grace_ends_on - grace, days.enrolled_on)
    if window is None:
        return None
    return hold_longer(days, (window[0], grace_ends_on), rung)


def hold_longer(days: Days, window: Period, rung: Rung) -> Hold | None:
    """What a window supports that was held open for the time of grace."""
    hold = hold_by(days, window, rung)
    if hold and days.ladder.is_rolling:
        oldest = days.oldest_needed(window, rung.threshold)
        return Hold(rung, leaves_on(oldest) + timedelta(days.ladder.grace_days))
    return hold


def open_windows(days: Days, review_on: date, in_grace: bool, today: date) -> list[Period]:
    """The windows that can still be filled before a review, so that it finds a tier supported."""
    ladder, enrolled_on = days.ladder, days.enrolled_on
    if ladder.is_rolling:
        windows = [window_of(ladder, review_on, enrolled_on)]
    else:
        windows = [window_of(ladder, today, enrolled_on)]
    if in_grace:
        grace = timedelta(ladder.grace_days)
        closed = closed_window(ladder, review_on - grace, enrolled_on)
        windows += [(closed[0], review_on)] if closed else []
    return [window for window in windows if _outlives(days, window, review_on)]


def _outlives(days: Days, window: Period, review_on: date) -> bool:
    ladder = days.ladder
    if ladder.is_rolling or ladder.is_for_ever:
        return True
    until = kept_until(ladder, window[0], days.enrolled_on, window[0])
    return until is not None and until > review_on


def window_holding(days: Days, on: date, today: date) -> Period | None:
    """The window that a day counts in. A rolling one is that of the day on which we look."""
    at = max(on, today) if days.ladder.is_rolling else on
    start, end = window_of(days.ladder, at, days.enrolled_on)
    return (start, end) if start <= on < end else None


def windows_touched(days: Days, on: date, today: date) -> list[Period]:
    """The windows that a day counts in, also those that grace may have held open for it."""
    ladder, grace = days.ladder, timedelta(days.ladder.grace_days)
    window = window_of(ladder, max(on, today) if ladder.is_rolling else on, days.enrolled_on)
    windows = [window]
    if grace and ladder.is_rolling:
        windows.append((window[0] - grace, window[1]))
    elif grace and (closed := closed_window(ladder, window[0], days.enrolled_on)):
        windows.append((closed[0], closed[1] + grace))
    return [(start, end) for start, end in windows if start <= on < end]
