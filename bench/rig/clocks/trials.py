"""What is tried around the edges of days. Each trial asks the product by its flows, and answers by
the oracle; what differs is told in a sentence.
"""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import count

from django.db import transaction

from bench.rig.clocks.oracle import (
    DAY,
    SECOND,
    begins,
    day_at,
    is_there,
    kept_birthday,
    leaves,
    period_of,
)
from loyalty.flows import clock, vouchers
from loyalty.flows.lapse import lapse_due
from loyalty.flows.redeem import redeem
from loyalty.ledger import sweeps
from loyalty.ledger.models import Entry, Lot
from loyalty.ledger.posting import InsufficientPoints
from loyalty.merchants.models import JobRun, Program
from loyalty.refusal import Refusal
from loyalty.rewards.codes import code_of
from loyalty.rewards.models import Voucher
from members.models import Member
from tests.climbing import rank
from tests.makers import (
    balance,
    buy,
    give,
    make_member,
    make_program,
    make_reward,
    make_rule,
    make_tiers,
)

TICK = timedelta(microseconds=1)
HALF = timedelta(hours=12)
_number = count(1)


@dataclass
class Asked:
    """What was asked about one zone, and what was answered wrongly."""

    zone: str
    days: list[date]
    offsets: list[timedelta]
    luck: random.Random
    every: timedelta  # How often clocks tick.
    questions: int = 0
    wrong: list[str] = field(default_factory=list)

    def expect(self, found: object, right: object, what: str, at: datetime) -> None:
        self.questions += 1
        if found != right:
            self.wrong.append(f"{self.zone} {at.isoformat()}: {what}: {found}, not {right}")

    def around(self, at: datetime) -> Iterator[datetime]:
        """Instants around an edge, in their order."""
        for offset in self.offsets:
            yield at + offset


SHORT = [-3600 * SECOND, -SECOND, 0 * SECOND, 1800 * SECOND]
LONG = sorted({
    *(sign * amount for sign in (-1, 1) for amount in (
        TICK, SECOND, 90 * SECOND, *(minutes * 60 * SECOND for minutes in
        (15, 29, 30, 31, 45, 60, 61, 90, 120, 180, 300, 420, 600, 720, 779, 780)),
    )),
    timedelta(0),
})  # fmt: skip


def program_in(zone: str, **fields: object) -> Program:
    return make_program(f"clock-{next(_number)}", time_zone=zone, **fields)


def somebody(program: Program, at: datetime, **fields: object) -> Member:
    """A member who joined long before."""
    return make_member(program, f"m{next(_number)}@example.org", now=at - 800 * DAY, **fields)


@contextmanager
def undone() -> Iterator[None]:
    """The same member is asked at many instants, each time as if it were the first."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def tick(program: Program, at: datetime) -> None:
    """What a clock and a worker do at an instant."""
    clock.keep(clock=lambda: at, seconds=3600)  # However slow the machine is.


def begin_anew(program: Program) -> None:
    """Nothing is made up for of the time between two edges."""
    JobRun.objects.filter(program=program).delete()


# --- Lots and vouchers ---------------------------------------------------------------------------


def lots_are_spent_until_their_day(asked: Asked) -> None:
    """Points can be spent from the instant they are available to the first of the day they end."""
    program = program_in(asked.zone)
    reward = make_reward(program, 10)
    for day in asked.days:
        edge = begins(day, asked.zone)
        ending, coming = somebody(program, edge), somebody(program, edge)
        give(ending, 10, now=edge - 100 * DAY, expires_on=day)
        give(coming, 10, now=edge - 100 * DAY, available_at=edge, expires_on=day + 9 * DAY)
        for at in asked.around(edge):
            asked.expect(_can_buy(ending, reward, at), at < edge, "a lot that ends is spent", at)
            asked.expect(_can_buy(coming, reward, at), at >= edge, "a lot that comes is spent", at)


def _can_buy(member: Member, reward, at: datetime) -> bool:
    with undone():
        try:
            redeem(member, reward, key=f"k{next(_number)}", now=at)
        except InsufficientPoints:
            return False
    return True


def lots_expire_and_mature_once(asked: Asked) -> None:
    """The sweeps take what ended and free what came, at the edge, and once."""
    program = program_in(asked.zone)
    for day in asked.days:
        edge = begins(day, asked.zone)
        begin_anew(program)
        ending, coming = somebody(program, edge), somebody(program, edge)
        give(ending, 10, now=edge - 100 * DAY, expires_on=day)
        give(coming, 10, now=edge - 100 * DAY, available_at=edge, expires_on=day + 900 * DAY)
        for at in asked.around(edge):
            tick(program, at)
            while sweeps.mature_due(program.pk, at=at):
                pass
            left, there = balance(ending).points, balance(coming).points
            asked.expect(left, 10 if at < edge else 0, "left of a lot that ends", at)
            asked.expect(there, 0 if at < edge else 10, "of a lot that comes", at)
        gone = Entry.objects.filter(balance__account=ending.account_id, kind="expiry")
        told = [(entry.points, entry.occurred_at) for entry in gone]
        asked.expect(told, [(-10, edge)], "expiries", edge)


def purchases_wait_out_their_days(asked: Asked) -> None:
    """What is bought on a day is pending for so many whole days, and lasts for so many months."""
    program = program_in(asked.zone, pending_days=2)
    make_rule(program)
    for day in asked.days:
        edge = begins(day, asked.zone)
        for at in asked.around(edge):
            member, bought_on = somebody(program, at), day_at(at, asked.zone)
            buy(member, 10_00, made_at=at)
            lot = Lot.objects.get(balance__account=member.account_id)
            free = begins(bought_on + 2 * DAY, asked.zone)
            asked.expect(lot.available_at, free, "available", at)
            asked.expect(lot.expires_on, _year_after(bought_on), "expires on", at)


def _year_after(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year + 1, 2, 28)
    return day.replace(year=day.year + 1)


def vouchers_are_good_to_the_end_of_a_day(asked: Asked) -> None:
    program = program_in(asked.zone)
    reward = make_reward(program, 10, voucher_days=1)
    for day in asked.days:
        bought_at = begins(day - 2 * DAY, asked.zone) + 5 * 3600 * SECOND
        edge = begins(day_at(bought_at, asked.zone) + 2 * DAY, asked.zone)
        member = somebody(program, bought_at)
        give(member, 10, now=bought_at, expires_on=day + 90 * DAY)
        code = code_of(redeem(member, reward, key=f"k{next(_number)}", now=bought_at).voucher)
        for at in asked.around(edge):
            asked.expect(_can_use(program, code, at), at < edge, "a voucher is used", at)
            with undone():
                lapse_due(now=at)
                states = Voucher.objects.filter(redemption__account=member.account_id)
                lapsed = states.get().status == Voucher.Status.EXPIRED
            asked.expect(lapsed, at >= edge, "a voucher has lapsed", at)


def _can_use(program: Program, code: str, at: datetime) -> bool:
    with undone():
        try:
            vouchers.use(program, code, now=at)
        except Refusal:
            return False
    return True


# --- Limits and tiers ----------------------------------------------------------------------------


def limits_begin_anew(asked: Asked) -> None:
    """A limit a day, week, month or year is one of the place's own days."""
    for period in ("day", "week", "month", "year"):
        program = program_in(asked.zone)
        make_rule(program, caps=[{"limit": 10, "period": period, "scope": "member"}])
        for day in asked.days:
            edge = begins(day, asked.zone)
            member, used = somebody(program, edge), set()
            for at in asked.around(edge):
                key = period_of(day_at(at, asked.zone), period)
                gained = sum(e.points for e in buy(member, 10_00, made_at=at).entries)
                asked.expect(gained, 0 if key in used else 10, f"gained of 10 a {period}", at)
                used.add(key)


def tiers_are_lost_on_their_day(asked: Asked) -> None:
    """What was spent counts on its local day, and no longer than the window of the tier."""
    rolling, yearly = program_in(asked.zone), program_in(asked.zone)
    make_tiers(rolling, 0, 100_00, window="rolling")
    make_tiers(yearly, 0, 100_00, window="calendar_year", kept_years=0)
    for day in asked.days:
        for spent_at in (begins(day, asked.zone) - SECOND, begins(day, asked.zone)):
            on = day_at(spent_at, asked.zone)
            for program, lost_on in ((rolling, leaves(on)), (yearly, date(on.year + 1, 1, 1))):
                member = somebody(program, spent_at)
                buy(member, 100_00, made_at=spent_at)
                asked.expect(rank(member), 1, "tier after spending", spent_at)
                edge = begins(lost_on, asked.zone)
                begin_anew(program)
                for at in (edge - SECOND, edge):
                    tick(program, at)
                    told = f"tier of {program.tier_policy.window} spent on {on}"
                    asked.expect(rank(member), 1 if at < edge else 0, told, at)


# --- Days ----------------------------------------------------------------------------------------

BORN = [(2, 28), (2, 29), (3, 1), (12, 31), (1, 1)]


def birthdays_come_once_a_year(asked: Asked) -> None:
    """At the merchant's hour of the day that is kept, in leap years and in others."""
    program = program_in(asked.zone, letter_hour=9)
    make_rule(program, trigger="birthday", effect={"kind": "fixed", "points": 10})
    clocks_change = [(day.month, day.day) for day in asked.days if day.year == 2026]
    born = sorted({*BORN, *clocks_change})
    start = begins(date(2027, 1, 1), asked.zone)
    people = {it: somebody(program, start, birthday=date(1988, *it)) for it in born}
    seen = start  # The latest instant that a clock has shown: the next edge may lie before it.
    for year in (2027, 2028, 2029):
        kept = {it: begins(kept_birthday(it, year), asked.zone, 9) for it in born}
        for edge in sorted(set(kept.values())):
            begin_anew(program)
            for at in (edge - SECOND, edge, edge + SECOND, edge + DAY):
                tick(program, at)
                seen = max(seen, at)
                for it, member in people.items():
                    years = range(2027, seen.year + 2)
                    due = sum(begins(kept_birthday(it, y), asked.zone, 9) <= seen for y in years)
                    asked.expect(_presents(member), due, f"presents of one born on {it}", at)


def _presents(member: Member) -> int:
    return Entry.objects.filter(balance__account=member.account_id, kind="accrual").count()


def days_have_their_jobs_once_and_in_order(asked: Asked) -> None:
    """Two clocks 90 seconds apart tick through the nights in which clocks are changed."""
    for day in asked.days:
        start, end = begins(day - DAY, asked.zone), begins(day + DAY, asked.zone) + HALF
        ticks, at = [], start
        while at < end:
            ticks += [at, at + 90 * SECOND]
            at += asked.every
        _run_days(asked, ticks, late=asked.every + 90 * SECOND)


def jumping_clocks_repeat_nothing(asked: Asked) -> None:
    """A machine's clock goes back and forth by hours, over the edge of a day and back."""
    for day in asked.days:
        edge = begins(day, asked.zone)
        ticks, at = [edge - 3600 * SECOND], edge - 3600 * SECOND
        for _jump in range(12):
            at += asked.luck.choice([-5, -2, -1, 1, 2, 3, 7]) * 3600 * SECOND
            at = min(max(at, edge - 20 * 3600 * SECOND), edge + 20 * 3600 * SECOND)
            ticks += [at, at + 60 * SECOND]
        _run_days(asked, ticks, late=None)


def _run_days(asked: Asked, ticks: list[datetime], *, late: timedelta | None) -> None:
    """Let clocks tick, and look at the rows: each day once, in order, and not before it began."""
    program = program_in(asked.zone)
    seen: list[datetime] = []
    for at in ticks:
        tick(program, at)
        seen.append(at)
    runs = list(JobRun.objects.filter(program=program).order_by("pk"))
    for job in clock.JOBS:
        ran = [run for run in runs if run.job == job.name]
        days = [run.period for run in ran]
        whole = [days[0] + number * DAY for number in range(len(days))] if days else []
        asked.expect(days, whole, f"days of {job.name}", ticks[0])
        hour = program.letter_hour if job.at_letter_hour else 0
        first = day_at(ticks[0], asked.zone)
        due = [day for day in _days(first, max(seen), asked.zone)
               if any(at >= _due(day, asked.zone, hour) for at in seen)]  # fmt: skip
        asked.expect(days, due, f"days of {job.name}", ticks[-1])
        for run in ran:
            _look_at(asked, run, _due(run.period, asked.zone, hour), late)
    finished = [run.finished_at for run in runs]
    asked.expect(all(finished), True, "every job is done", ticks[-1])


def _due(day: date, zone: str, hour: int) -> datetime:
    """When a day's job is due. Of a day that never was, as Samoa's 30 December 2011, it is made up
    for at that hour of the next: nobody wants a greeting at midnight."""
    never_was = day_at(begins(day, zone), zone) != day
    return begins(day + DAY if never_was and hour else day, zone, hour)


def _days(first: date, until: datetime, zone: str) -> Iterator[date]:
    day = first
    while day <= day_at(until, zone):
        yield day
        day += DAY


def _look_at(asked: Asked, run: JobRun, due: datetime, late: timedelta | None) -> None:
    started = run.started_at or datetime(1970, 1, 1, tzinfo=UTC)
    asked.expect(started >= due, True, f"{run.job} of {run.period} is not early", started)
    # The day that Samoa left out has no hour of its own, and the first day began before we looked.
    if late and is_there(run.period, asked.zone) and run.period > day_at(due - DAY, asked.zone):
        told = f"{run.job} of {run.period} is not late"
        asked.expect(started - due <= late, True, told, started)


TRIALS: dict[str, Callable[[Asked], None]] = {
    trial.__name__: trial
    for trial in (
        lots_are_spent_until_their_day,
        lots_expire_and_mature_once,
        purchases_wait_out_their_days,
        vouchers_are_good_to_the_end_of_a_day,
        limits_begin_anew,
        tiers_are_lost_on_their_day,
        birthdays_come_once_a_year,
        days_have_their_jobs_once_and_in_order,
        jumping_clocks_repeat_nothing,
    )
}
