"""Running the jobs of one day, and the people whose day it is."""

from datetime import date, timedelta

from loyalty.days import at_hour
from loyalty.flows.daily import Day
from loyalty.merchants.models import Program
from members.models import Member
from tests.makers import make_member, points

TEN = {"kind": "fixed", "points": 10}
DAY = timedelta(days=1)


def on(job, program: Program, day: date, *, late: timedelta = timedelta(0)) -> None:
    """Run a job of a program for a day, at the merchant's hour or later."""
    program = Program.objects.get(pk=program.pk)
    now = at_hour(day, program.letter_hour, program.time_zone) + late
    list(job(Day(program=program, on=day, clock=lambda: now)))


def joined(program: Program, day: date, **fields) -> Member:
    return make_member(program, now=at_hour(day, 12, program.time_zone), **fields)


def days_that_pay(job, member: Member, first: date, last: date) -> list[date]:
    """The days on which a member gets points, of all days from the first to the last."""
    paid, before, day = [], points(member), first
    while day <= last:
        on(job, member.program, day)
        if points(member) != before:
            paid.append(day)
        before, day = points(member), day + DAY
    return paid


def born(program: Program, day: date, **fields) -> Member:
    return make_member(program, birthday=day, **{"offers": True, **fields})
