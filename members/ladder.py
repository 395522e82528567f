"""A program's tiers as plain values, and the calendar by which they are reached and lost."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from loyalty.days import add_months, anniversary
from loyalty.kept import Kept
from loyalty.localized import Localized
from loyalty.merchants.models import Program
from members.models import Tier, TierPolicy

DAY = timedelta(1)
BEGINNING, FOREVER = date(1, 1, 1), date.max
Measure, Window, Downgrade = TierPolicy.Measure, TierPolicy.Window, TierPolicy.Downgrade
Period = tuple[date, date]  # Half-open: the end is not in it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Rung:
    """A tier, as the ladder knows it."""

    id: int
    rank: int
    name: Localized
    threshold: int
    multiplier_percent: int = 100
    benefits: Localized = field(default_factory=Localized)
    entry_points: int = 0
    entry_reward_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """A program's tiers and policy, as of one version. Without tiers or policy it has no rungs."""

    program_id: int = 0
    version: int = 0
    measure: str = Measure.SPEND
    window: str = Window.CALENDAR_YEAR
    kept_years: int = 1
    downgrade: str = Downgrade.FITTING
    grace_days: int = 0
    notice_days: int = 30
    rungs: tuple[Rung, ...] = ()  # Ascending by rank, and so by threshold.

    @property
    def base(self) -> Rung | None:
        """The tier that everybody has."""
        return self.rungs[0] if self.rungs else None

    @property
    def is_rolling(self) -> bool:
        return self.window == Window.ROLLING

    @property
    def is_for_ever(self) -> bool:
        """Whether what counts once counts for good."""
        return self.window in (Window.SINCE_JOINING, Window.LIFETIME)

    def rung(self, tier_id: int | None) -> Rung | None:
        """The rung of a tier. Without a tier, or with one that is no more, it is the base."""
        return next((rung for rung in self.rungs if rung.id == tier_id), self.base)

    def above(self, rung: Rung | None) -> Rung | None:
        return next((it for it in self.rungs if rung is None or it.rank > rung.rank), None)

    def below(self, rung: Rung) -> Rung | None:
        return next((it for it in reversed(self.rungs) if it.rank < rung.rank), None)


def ladder_for(program_id: int, version: int) -> Ladder:
    """A program's ladder, at least as new as the version asked for. Kept until a newer is."""
    return _kept.get(program_id, version)


def load(program_id: int) -> Ladder:
    """Read what the database holds now."""
    # The version is read first: tiers that change meanwhile are then newer than it says, never
    # older, and the next one to ask reads them again.
    version = Program.objects.values_list("version", flat=True).get(pk=program_id)
    policy = TierPolicy.objects.filter(program=program_id).first()
    tiers = Tier.objects.kept().filter(program=program_id) if policy else ()
    return build(policy or TierPolicy(), tiers, program_id=program_id, version=version)


def build(
    policy: TierPolicy, tiers: Iterable[Tier], *, program_id: int = 0, version: int = 0
) -> Ladder:
    return Ladder(
        program_id=program_id,
        version=version,
        measure=policy.measure,
        window=policy.window,
        kept_years=policy.kept_years,
        downgrade=policy.downgrade,
        grace_days=policy.grace_days,
        notice_days=policy.notice_days,
        rungs=tuple(map(_rung, sorted(tiers, key=lambda tier: tier.rank))),
    )


def _rung(tier: Tier) -> Rung:
    return Rung(
        id=tier.pk,
        rank=tier.rank,
        name=tier.name,
        threshold=tier.threshold,
        multiplier_percent=tier.multiplier_percent,
        benefits=tier.benefits,
        entry_points=tier.entry_points,
        entry_reward_id=tier.entry_reward_id,
    )


def rung_for(ladder: Ladder, measured: int) -> Rung | None:
    """The highest tier whose threshold is reached. Everybody has the base tier."""
    reached = (rung for rung in reversed(ladder.rungs) if rung.threshold <= measured)
    return next(reached, ladder.base)


def window_of(ladder: Ladder, on: date, enrolled_on: date) -> Period:
    """The days that are counted together with a day: [start, end).

    A day before somebody joined is in no year of membership; the first one is given then, and does
    not hold it.
    """
    if ladder.window == Window.CALENDAR_YEAR:
        return date(on.year, 1, 1), date(on.year + 1, 1, 1)
    if ladder.window == Window.MEMBERSHIP_YEAR:
        year = membership_year(max(on, enrolled_on), enrolled_on)
        return anniversary(enrolled_on, year), anniversary(enrolled_on, year + 1)
    if ladder.window == Window.ROLLING:
        return add_months(on, -12) + DAY, on + DAY
    return (enrolled_on if ladder.window == Window.SINCE_JOINING else BEGINNING), FOREVER


def membership_year(on: date, enrolled_on: date) -> int:
    """The calendar year in which the year of membership that holds a day began."""
    return on.year if anniversary(enrolled_on, on.year) <= on else on.year - 1


def kept_until(ladder: Ladder, on: date, enrolled_on: date, oldest_on: date) -> date | None:
    """The first day on which a tier that was reached on a day may be lost; None: there is none.

    In a rolling window that is the day on which the oldest day that it needs is 12 months old.
    """
    if ladder.is_for_ever:
        return None
    if ladder.is_rolling:
        return leaves_on(oldest_on)
    _start, end = window_of(ladder, on, enrolled_on)
    if ladder.window == Window.CALENDAR_YEAR:
        return end.replace(year=end.year + ladder.kept_years)
    return anniversary(enrolled_on, end.year + ladder.kept_years)


def period_of(ladder: Ladder, on: date, enrolled_on: date) -> str:
    """The name of the time in which what a tier gives on entry is given once."""
    if ladder.is_for_ever:
        return "ever"
    if ladder.is_rolling:
        return anniversary(enrolled_on, membership_year(on, enrolled_on)).isoformat()
    return window_of(ladder, on, enrolled_on)[0].isoformat()


def leaves_on(day: date) -> date:
    """The first day whose last 12 months do not hold a day any more."""
    gone = add_months(day, 12)
    return gone if add_months(gone, -12) >= day else gone + DAY


def live_windows(ladder: Ladder, today: date, enrolled_on: date) -> list[Period]:
    """The windows by which a tier can be held on a day, the newest first."""
    newest = window_of(ladder, today, enrolled_on)
    if ladder.is_rolling or ladder.is_for_ever:
        return [newest]
    windows = [newest]
    for _year in range(ladder.kept_years):
        start = windows[-1][0]
        if ladder.window == Window.MEMBERSHIP_YEAR and start <= enrolled_on:
            break
        windows.append(window_of(ladder, start - DAY, enrolled_on))
    return windows


def closed_window(ladder: Ladder, fell_on: date, enrolled_on: date) -> Period | None:
    """The window that a time of grace holds open, for somebody who would have fallen on a day."""
    if ladder.is_rolling:
        return window_of(ladder, fell_on, enrolled_on)
    if ladder.is_for_ever or not ladder.kept_years:
        return None
    start, end = window_of(ladder, fell_on - DAY, enrolled_on)
    return (start, end) if end == fell_on else None


def _load(program_id: int) -> tuple[int, Ladder]:
    ladder = load(program_id)
    return ladder.version, ladder


_kept = Kept(_load)
