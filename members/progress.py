"""How far a member is: to the next tier, and to keeping the one they have."""

from dataclasses import dataclass
from datetime import date

from members import judging, people
from members.counting import Days
from members.ladder import DAY, Ladder, Rung, ladder_for, window_of
from members.models import Member
from members.people import Person, days_to_judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a member has, what is missing to the next tier, and what to keeping this one."""

    measure: str  # "spend" (in minor units), "points" or "visits".
    rungs: tuple[Rung, ...]
    rung: Rung
    next_rung: Rung | None
    measured: int  # In the window of today.
    missing: int  # To the next tier; 0: there is none.
    window_end: date | None  # The first day that no longer counts with today; None: there is none.
    since_on: date | None
    review_on: date | None  # The first day on which the tier may be lost; None: never.
    in_grace: bool
    # 0: it is kept already. None: it is kept for good, or nothing that is bought now can keep it.
    to_keep_missing: int | None

    @property
    def last_day(self) -> date | None:
        """The last day that counts with today."""
        return self.window_end - DAY if self.window_end else None

    @property
    def kept_to(self) -> date | None:
        """The last day on which the tier is sure."""
        return self.review_on - DAY if self.review_on else None

    @property
    def percent(self) -> int:
        """How much of the next threshold is done, in whole percents, rounded down."""
        if self.next_rung is None:
            return 100
        return max(0, min(100, self.measured * 100 // self.next_rung.threshold))


def progress(member: Member, today: date) -> Progress | None:
    """Where a member stands on a day; None where the program has no tiers."""
    program = member.program
    ladder = ladder_for(program.pk, program.version)
    if not ladder.rungs:
        return None
    when = {member.account_id: days_to_judge(ladder, today)}
    [(person, days)] = people.read(ladder, program.pk, when)
    held = person.held
    above = ladder.above(held.rung)
    start, end = window_of(ladder, today, person.enrolled_on)
    measured = days.measured((start, end))
    return Progress(
        measure=ladder.measure,
        rungs=ladder.rungs,
        rung=held.rung,
        next_rung=above,
        measured=measured,
        missing=max(above.threshold - measured, 0) if above else 0,
        window_end=None if ladder.is_rolling or ladder.is_for_ever else end,
        since_on=person.since_on,
        review_on=held.review_on,
        in_grace=held.in_grace,
        to_keep_missing=_to_keep(ladder, person, days, today),
    )


def _to_keep(ladder: Ladder, person: Person, days: Days, today: date) -> int | None:
    held = person.held
    if held.review_on is None or held.rung == ladder.base:
        return None
    if judging.outlook(days, held, max(held.review_on, today)).is_kept:
        return 0
    return judging.missing_to_keep(days, held, today)
