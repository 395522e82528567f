"""The members of a batch under lock: what they add towards their tiers, and how they rise by it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from loyalty import bulk
from loyalty.bulk import Answer, Statement
from loyalty.earning.activity import Who
from members import people
from members.counting import (
    COLUMNS,
    Days,
    Hold,
    hold_by,
    hold_in_grace,
    window_holding,
    windows_touched,
)
from members.judging import Held
from members.ladder import DAY, FOREVER, Ladder, Rung, period_of
from members.people import Person

_DAYS = {
    "account_id": "bigint", "day_on": "date",
    "spend_minor": "bigint", "points": "bigint", "purchases": "int",
}  # fmt: skip
_ADD_DAYS = """
INSERT INTO members_qualifyingday (account_id, "on", spend_minor, points, purchases)
SELECT account_id, day_on, spend_minor, points, purchases FROM {rows} WHERE true
ON CONFLICT (account_id, "on") DO UPDATE
SET spend_minor = members_qualifyingday.spend_minor + excluded.spend_minor,
    points = members_qualifyingday.points + excluded.points,
    purchases = members_qualifyingday.purchases + excluded.purchases
"""
_STATUSES = {
    "account_id": "bigint", "tier_id": "bigint", "since_on": "date", "review_on": "date",
    "in_grace": "boolean", "is_in_doubt": "boolean",
}  # fmt: skip
_SET_STATUSES = """
INSERT INTO members_tierstatus (account_id, tier_id, since_on, review_on, in_grace, is_in_doubt)
SELECT account_id, tier_id, since_on, review_on, in_grace, is_in_doubt FROM {rows} WHERE true
ON CONFLICT (account_id) DO UPDATE
SET tier_id = excluded.tier_id, since_on = excluded.since_on, review_on = excluded.review_on,
    in_grace = excluded.in_grace, is_in_doubt = excluded.is_in_doubt
"""
_CHANGES = {
    "account_id": "bigint", "before_id": "bigint", "after_id": "bigint", "changed_on": "date",
    "reason": "text", "recorded_at": "timestamptz",
}  # fmt: skip
_INSERT_CHANGES = """
INSERT INTO members_tierchange (account_id, before_id, after_id, "on", reason, recorded_at)
SELECT account_id, before_id, after_id, changed_on, reason, recorded_at FROM {rows}
"""


class ProgramFacts(Protocol):
    @property
    def program_id(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A step up or down. The reason names its cause: "purchase:8412"."""

    account_id: int
    before: Rung | None
    after: Rung
    on: date
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion(Change):
    """A step up by something that a member did."""

    review_on: date | None  # The first day on which it may be lost.
    period: str  # Names the time of qualification: what a tier gives on entry, it gives once in it.

    @property
    def last_day(self) -> date | None:
        return self.review_on - DAY if self.review_on else None


class Standings:
    """The members of a batch under the lock of their accounts: read once, written once."""

    def __init__(self, ladder: Ladder, today: date | None = None) -> None:
        self.ladder = ladder
        self.today = today
        self._people: dict[int, Person] = {}
        self._days: dict[int, Days] = {}
        self._added: dict[tuple[int, date], list[int]] = {}
        self._touched: set[int] = set()
        self._changes: list[Change] = []

    @classmethod
    def load(
        cls,
        ladder: Ladder,
        program: ProgramFacts,
        when: Mapping[int, Sequence[date]],
        *,
        today: date | None = None,
    ) -> "Standings":
        """Read members with the days around those on which something happened, in one statement.

        ``today`` is the day on which all of it is told: a tier that would have ended by then is not
        given. Without it each thing is taken as told on its own day, as when history is replayed.
        """
        return cls.of(ladder, people.ask(ladder, program.program_id, when), today=today)

    @classmethod
    def of(cls, ladder: Ladder, asked: Answer, *, today: date | None = None) -> "Standings":
        """Of members that were asked for by ``people.ask``."""
        standings = cls(ladder, today)
        for person, days in people.told(ladder, asked):
            standings._people[person.account_id] = person
            standings._days[person.account_id] = days
        return standings

    def __contains__(self, account_id: int) -> bool:
        return account_id in self._people

    def person(self, account_id: int) -> Person:
        return self._people[account_id]

    def days(self, account_id: int) -> Days:
        return self._days[account_id]

    def who(self, account_id: int, **counts: Any) -> Who:
        """The member as rules may know them now."""
        person = self._people[account_id]
        facts: dict[str, Any] = {
            "enrolled_on": person.enrolled_on,
            "birthday": person.birthday,
            "birthday_set_on": person.birthday_set_on,
        }
        if person.rung:
            facts |= {
                "tier_rank": person.rung.rank,
                "tier_name": person.rung.name,
                "multiplier_percent": person.rung.multiplier_percent,
            }
        return Who(**facts, **counts)

    def qualify(
        self,
        account_id: int,
        on: date,
        *,
        spend_minor: int,
        points: int,
        purchases: int,
        reason: str = "",
    ) -> Promotion | None:
        """Count something towards the tier of its own day; whoever reaches one rises at once."""
        if not self.ladder.rungs or not (spend_minor or points or purchases):
            return None
        self._add(account_id, on, spend_minor, points, purchases)
        person = self._people[account_id]
        hold = self._best_for(person, on)
        if hold is None:
            return None
        if hold.rung.rank > person.held.rung.rank:
            promotion = Promotion(
                account_id=account_id, before=person.rung, after=hold.rung, on=on,
                review_on=hold.until, period=period_of(self.ladder, on, person.enrolled_on),
                reason=reason,
            )  # fmt: skip
            self.change(account_id, Held(rung=hold.rung, review_on=hold.until), promotion)
            return promotion
        if hold.rung == person.rung and hold.outlasts(person.review_on):
            self.change(account_id, Held(rung=hold.rung, review_on=hold.until))
        return None

    def unqualify(
        self,
        account_id: int,
        on: date,
        *,
        spend_minor: int,
        points: int,
        purchases: int,
        today: date,
    ) -> None:
        """Take back from the day of the purchase. A tier that this undoes is looked at tonight."""
        if not self.ladder.rungs:
            return
        person, days = self._people[account_id], self._days[account_id]
        windows = windows_touched(days, on, today)
        before = [days.measured(window) for window in windows]
        self._add(account_id, on, -spend_minor, -points, -purchases)
        if person.rung is None or person.rung == self.ladder.base:
            return
        after = [days.measured(window) for window in windows]
        threshold = person.rung.threshold
        if any(was >= threshold > left for was, left in zip(before, after, strict=True)):
            person.review_on = min(person.review_on or today, today)
            person.is_in_doubt = True
            self._touched.add(account_id)

    def change(self, account_id: int, held: Held, change: Change | None = None) -> None:
        """Let a member hold a tier from now on."""
        person = self._people[account_id]
        person.rung, person.review_on = held.rung, held.review_on
        person.in_grace, person.is_in_doubt = held.in_grace, held.is_in_doubt
        self._touched.add(account_id)
        if change:
            person.since_on = change.on
            self._changes.append(change)

    def write(self, now: datetime) -> None:
        """Write what was counted, and the tiers that changed by it."""
        for statement in self.take_statements(now):
            bulk.execute(*statement)

    def take_statements(self, now: datetime) -> list[Statement]:
        """What ``write`` would do, for somebody who does it together with something else."""
        taken = []
        if self._added:
            rows: list[Any] = [(*key, *figures) for key, figures in self._added.items()]
            taken.append(Statement(_ADD_DAYS, _DAYS, rows))
        if self._touched:
            rows = [self._status(account_id) for account_id in sorted(self._touched)]
            taken.append(Statement(_SET_STATUSES, _STATUSES, rows))
        if self._changes:
            rows = [
                (it.account_id, it.before and it.before.id, it.after.id, it.on, it.reason, now)
                for it in self._changes
            ]
            taken.append(Statement(_INSERT_CHANGES, _CHANGES, rows))
        self._added, self._touched, self._changes = {}, set(), []
        return taken

    def _add(self, account_id: int, on: date, *figures: int) -> None:
        added = self._added.setdefault((account_id, on), [0, 0, 0])
        for place, figure in enumerate(figures):
            added[place] += figure
        by_measure = dict(zip(COLUMNS, figures, strict=True))
        self._days[account_id].add(on, by_measure[self.ladder.measure])

    def _best_for(self, person: Person, on: date) -> Hold | None:
        """The best tier that is supported by a window that holds a day, and has not ended since."""
        days = self._days[person.account_id]
        today = max(on, self.today or max(days.figures))
        window = window_holding(days, on, today)
        holds = [hold_by(days, window) if window else None]
        if person.in_grace and person.rung and person.review_on and on < person.review_on:
            holds.append(hold_in_grace(days, person.rung, person.review_on))
        live = [hold for hold in holds if hold and (hold.until or FOREVER) > today]
        return max(live, key=lambda hold: hold.strength, default=None)

    def _status(self, account_id: int) -> tuple[Any, ...]:
        it = self._people[account_id]
        assert it.rung is not None
        return account_id, it.rung.id, it.since_on, it.review_on, it.in_grace, it.is_in_doubt
