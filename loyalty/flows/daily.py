"""What each day brings to a program: expiry, birthdays, months of membership, notices.

A job is a generator: it does one bite in one transaction, and yields how far it has come. So a
million members are a few thousand short transactions, and a worker that is stopped loses one bite
at most; the next goes on where it was. A bite that is done twice changes nothing.
"""

import calendar
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from loyalty.days import at_hour, local_date, start_of
from loyalty.earning.activity import (
    BIRTHDAY,
    BIRTHDAY_SET_BEFORE,
    MEMBERSHIP_MONTH,
    MEMBERSHIP_YEAR,
)
from loyalty.earning.models import ActivityRecord
from loyalty.earning.rulebook import rulebook_for
from loyalty.earning.telling import Told
from loyalty.flows import announcing, automatic, earn, reviewing
from loyalty.flows.announcing import owe_or_say_why
from loyalty.flows.outcomes import Outcome
from loyalty.ledger import sweeps
from loyalty.merchants.models import Program
from members import consents
from members.birthdays import MonthDay, kept_on
from members.models import Member

Clock = Callable[[], datetime]

BITE = 200
SOURCE = "clock"  # Who tells of these activities.
LATE = timedelta(days=7)  # What is made up for later than this is given without a letter.
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day of one program, in its own zone, and how far a job has come with it."""

    program: Program
    on: date
    clock: Clock
    reached: int = 0

    @property
    def hour(self) -> datetime:
        """When members hear of the day."""
        return at_hour(self.on, self.program.letter_hour, self.program.time_zone)

    @property
    def is_late(self) -> bool:
        return self.clock() - self.hour > LATE

    def wants(self, template: str) -> bool:
        return template not in self.program.silent_letters and not self.is_late

    def has_rules(self, trigger: str) -> bool:
        return bool(rulebook_for(self.program.pk, self.program.version).rules.get(trigger))


def expire(day: Day) -> Iterator[int]:
    """Points that can no longer be spent on a day are gone."""
    zone = day.program.time_zone
    while sweeps.expire_due(day.program.pk, zone=zone, today=day.on, now=day.clock()):
        yield 0


def full_cards(day: Day) -> Iterator[int]:
    """Cards that became full while nobody bought: by points that matured, or by new stock."""
    while sweeps.mature_due(day.program.pk, at=day.clock()):
        yield day.reached
    reached = day.reached
    while reached := automatic.catch_up(day.program, now=day.clock(), after=reached):
        yield reached


# --- Tiers -----------------------------------------------------------------------------------


def review_tiers(day: Day) -> Iterator[int]:
    """Tiers whose time is over are kept or lost."""
    for _seen in reviewing.reviews(day.program, day.on, day.clock()):
        yield 0


def warn_of_tiers(day: Day) -> Iterator[int]:
    """Members hear of it before they lose a tier."""
    for _seen in reviewing.warnings(day.program, day.on, day.clock()):
        yield 0


def recount_tiers(day: Day) -> Iterator[int]:
    """The merchant has moved the steps: everybody is looked at, as of today."""
    now = day.clock()
    today = local_date(now, day.program.time_zone)
    for reached, _changed in reviewing.recounts(day.program, today, now, after=day.reached):
        yield reached


# --- Birthdays -----------------------------------------------------------------------------------


def birthdays(day: Day) -> Iterator[int]:
    """Everybody whose birthday it is gets what the rules promise, once a year, and a letter."""
    if not day.has_rules(BIRTHDAY) and not day.wants("birthday"):
        return
    for members in _bites(day, _celebrating(day)):
        _celebrate(day, members)
        yield members[-1].pk


@transaction.atomic
def _celebrate(day: Day, members: Sequence[Member]) -> None:
    outcomes: dict[int, Outcome] = {}
    if day.has_rules(BIRTHDAY):
        outcomes = _earn(day, members, BIRTHDAY, lambda member: day.on.year, is_announced=False)
    if day.wants("birthday"):
        letters = [
            announcing.letter_to(
                member,
                "birthday",
                key=f"birthday:{member.account_id}:{day.on.year}",
                awards=_awards(outcomes.get(member.account_id)),
            )
            for member in members
        ]
        owe_or_say_why(letters, members, consents.OFFERS, now=day.clock())


def _celebrating(day: Day) -> QuerySet[Member]:
    """Whose birthday is kept on a day, unless it was set lately or moved to have another."""
    set_in_time = Q(birthday_set_on=None) | Q(birthday_set_on__lte=day.on - BIRTHDAY_SET_BEFORE)
    had_one = ActivityRecord.objects.filter(
        account=OuterRef("account_id"),
        kind=BIRTHDAY,
        occurred_at__gte=start_of(day.on - YEAR + timedelta(days=1), day.program.time_zone),
    )
    kept = Member.objects.filter(set_in_time, birthday__isnull=False).alias(
        kept=MonthDay("birthday")
    )
    return kept.filter(~Exists(had_one), kept__in=kept_on(day.on))


# --- Membership ----------------------------------------------------------------------------------


def months(day: Day) -> Iterator[int]:
    """Each month of membership earns what the rules promise; joined on a 31st: on each last day."""
    if not day.has_rules(MEMBERSHIP_MONTH):
        return
    last = calendar.monthrange(day.on.year, day.on.month)[1]
    days = range(day.on.day, 32) if day.on.day == last else [day.on.day]
    before = Member.objects.filter(enrolled_on__day__in=days, enrolled_on__lt=day.on.replace(day=1))
    for members in _bites(day, before):
        _earn(day, members, MEMBERSHIP_MONTH, lambda member: _months(member, day.on))
        yield members[-1].pk


def years(day: Day) -> Iterator[int]:
    """Each year of membership earns what the rules promise."""
    if not day.has_rules(MEMBERSHIP_YEAR):
        return
    before = Member.objects.filter(enrolled_on__lt=date(day.on.year, 1, 1)).alias(
        kept=MonthDay("enrolled_on")
    )
    for members in _bites(day, before.filter(kept__in=kept_on(day.on))):
        _earn(day, members, MEMBERSHIP_YEAR, lambda member: day.on.year - member.enrolled_on.year)
        yield members[-1].pk


def _months(member: Member, on: date) -> int:
    joined = member.enrolled_on
    return (on.year - joined.year) * 12 + on.month - joined.month


# --- What they share -----------------------------------------------------------------------------

REFERENCES = {BIRTHDAY: "birthday", MEMBERSHIP_MONTH: "month", MEMBERSHIP_YEAR: "year"}


def _bites(day: Day, chosen: QuerySet[Member]) -> Iterator[list[Member]]:
    """The active members of a program among some, in bites, from where the job has come to."""
    chosen = chosen.filter(
        program=day.program, state=Member.State.ACTIVE, enrolled_on__lte=day.on
    ).order_by("pk")
    reached = day.reached
    while members := list(chosen.filter(pk__gt=reached)[:BITE]):
        yield members
        reached = members[-1].pk


def _earn(
    day: Day,
    members: Sequence[Member],
    kind: str,
    number: Callable[[Member], int],
    *,
    is_announced: bool = True,
) -> dict[int, Outcome]:
    """Tell what happened to each member, by a reference that there can be only once."""
    told = [
        Told(
            account_id=member.account_id,
            kind=kind,
            source=SOURCE,
            reference=f"{REFERENCES[kind]}:{member.account_id}:{number(member)}",
            occurred_at=day.hour,
        )
        for member in members
    ]
    outcomes = earn.from_activities(
        day.program, told, now=day.clock(), letters=is_announced and not day.is_late
    )
    return {it.account_id: it for it in outcomes if it.account_id}


def _awards(outcome: Outcome | None) -> list[dict[str, int]]:
    """What an outcome gave, as letters are told it."""
    gains = [entry for entry in outcome.entries if entry.points > 0] if outcome else []
    return [{"wallet_id": entry.wallet_id, "points": entry.points} for entry in gains]
