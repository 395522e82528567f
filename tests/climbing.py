"""How members climb and fall in tests: they spend on a day, nights go by, and we look."""

from datetime import date, datetime, timedelta

from django.db.models import F

from loyalty.days import at_hour, start_of
from loyalty.flows import tiers
from loyalty.flows.outcomes import Outcome
from loyalty.merchants.models import Program
from loyalty.messaging.models import Message
from members.models import Member, TierChange, TierStatus
from tests.makers import buy


def noon(day: date, program: Program) -> datetime:
    return at_hour(day, 12, program.time_zone)


def spend(member: Member, day: date, minor: int, *, told_on: date | None = None) -> Outcome:
    """Let a member spend on a day; told to us then, or later."""
    program = member.program
    return buy(member, minor, made_at=noon(day, program), now=noon(told_on or day, program))


def rank(member: Member) -> int:
    status = TierStatus.objects.select_related("tier").filter(pk=member.account_id).first()
    return status.tier.rank if status else 0


def review_on(member: Member) -> date | None:
    return TierStatus.objects.get(pk=member.account_id).review_on


def night(program: Program, day: date) -> None:
    """The first moment of a day, as the nightly job sees it."""
    program.refresh_from_db()
    tiers.review(program, day, start_of(day, program.time_zone))


def nights(program: Program, first: date, last: date) -> None:
    """Every night from one day to another on which anything is to be looked at."""
    due = TierStatus.objects.filter(tier__program=program)
    day = first
    while day <= last:
        night(program, day)
        upcoming = due.filter(review_on__gt=day).order_by("review_on")
        day = upcoming.values_list("review_on", flat=True).first() or last + timedelta(1)


def steps(member: Member) -> list[tuple[date, int, int]]:
    """Each change of tier: the day, the rank before, the rank after."""
    changes = TierChange.objects.filter(account=member.account_id).order_by("pk")
    return list(changes.values_list("on", F("before__rank"), F("after__rank")))


def letters(member: Member, template: str) -> list[Message]:
    found = Message.objects.filter(account_id=member.account_id, template=template)
    return list(found.order_by("pk"))
