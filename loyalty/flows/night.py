"""What time does to a program at the turn of a day: points expire, tiers are looked at again."""

from datetime import date, datetime, timedelta

from django.db.models import Min

from loyalty.days import local_date
from loyalty.flows import automatic, tiers
from loyalty.ledger import sweeps
from loyalty.ledger.models import Lot
from loyalty.merchants.models import Program
from members.models import TierStatus


def pass_night(program: Program, today: date, *, now: datetime, letters: bool = True) -> None:
    """Bring a program to the first moment of a day. Once more changes nothing."""
    while sweeps.mature_due(program.pk, at=now):
        pass
    after = automatic.catch_up(program, now=now, letters=letters)
    while after:
        after = automatic.catch_up(program, now=now, after=after, letters=letters)
    while sweeps.expire_due(program.pk, zone=program.time_zone, today=today, now=now):
        pass
    tiers.review(program, today, now, letters=letters)


def next_due(program: Program, *, after: date, until: date) -> date:
    """The next day on which a night has anything to do; else the day after ``until``."""
    lots = Lot.objects.filter(balance__wallet__program=program)
    expires = lots.filter(remaining__gt=0, expires_on__gt=after).aggregate(day=Min("expires_on"))
    matures = lots.filter(is_pending=True).aggregate(at=Min("available_at"))
    reviewed = TierStatus.objects.filter(account__program=program, review_on__gt=after)
    days = [expires["day"], reviewed.aggregate(day=Min("review_on"))["day"]]
    if matures["at"]:
        days.append(max(local_date(matures["at"], program.time_zone), after + timedelta(1)))
    return min([day for day in days if day] + [until + timedelta(1)])
