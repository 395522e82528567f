"""A business that opens for one schedule: so its books can be reckoned from nothing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.db import transaction

from bench.rig.browsers import browser_of
from loyalty.days import local_date
from loyalty.flows import clock, keys
from loyalty.merchants.keys import SCOPES
from loyalty.merchants.models import Program, Role, User
from loyalty.rewards.models import Reward
from members.models import Member
from tests import makers

MEMBERS = 24
OPENING, EXPIRING, PENDING = 300, 50, 40  # Points that a member may begin with.
BIRTHDAY, CUP, PRICE, SCARCE_PRICE = 25, 3, 20, 30
SCARCE = 12


@dataclass(frozen=True, slots=True)
class Card:
    """A member as the rig knows them: with what they began, and what is coming to them anyway."""

    id: str
    account_id: int
    browser: str  # Its cookies.
    points: int  # Once the day's jobs and the sweep are done, if nobody asks for anything.
    entries: int
    letters: int  # That the clock owes them.


@dataclass(frozen=True, slots=True)
class Shop:
    """A program, its key, its members and its rewards."""

    program: Program
    token: str
    cards: list[Card]
    reward: Reward
    scarce: Reward
    desk: str  # A manager's browser.


@transaction.atomic
def open_shop(number: int, *, now: datetime, random: Random) -> Shop:
    """Members with points that can be spent, points that expire today, and points that mature."""
    program = makers.make_program(
        f"shop-{number}", letter_hour=0, languages=["en"], pay_points=10, pay_minor=1_00,
        adjustment_limits={"key": 10**6, "manager": 10**6},
    )  # fmt: skip
    makers.make_rule(program, effect={"kind": "per_spend", "points": 1, "per_minor": 10_00})
    makers.make_rule(program, trigger="own_cup", effect={"kind": "fixed", "points": CUP})
    makers.make_rule(program, trigger="birthday", effect={"kind": "fixed", "points": BIRTHDAY})
    reward = makers.make_reward(program, PRICE)
    scarce = makers.make_reward(program, SCARCE_PRICE, stock=SCARCE)
    cards = [_card(program, place, now=now, random=random) for place in range(MEMBERS)]
    manager = makers.make_staff(program, Role.MANAGER, f"manager@shop-{number}.example")
    program = Program.objects.get(pk=program.pk)
    _key, token = keys.create(program, name="Till", scopes=SCOPES, by=None, now=now)
    # One more clock: any number may run. Without it the day's jobs would be made within a minute.
    clock.make_due(now=now)
    return Shop(program, token, cards, reward, scarce, browser_of(manager.user, now=now))


def _card(program: Program, place: int, *, now: datetime, random: Random) -> Card:
    address = f"member-{place}@{program.slug}.example"
    user = User.objects.create(email=address, password="!")
    today = local_date(now, program.time_zone)
    has_birthday = random.random() < 0.3
    member = makers.make_member(
        program, address, user=user, name=f"Member {place}", now=now - timedelta(days=300),
        birthday=_years_ago(today) if has_birthday else None, offers=True,
    )  # fmt: skip
    points, entries = _begin(member, today, now=now, random=random)
    if has_birthday:
        points, entries = points + BIRTHDAY, entries + 1
    return Card(
        id=member.public_id, account_id=member.account_id, browser=browser_of(user, now=now),
        points=points, entries=entries, letters=int(has_birthday),
    )  # fmt: skip


def _years_ago(today: date) -> date:
    """A birthday that is today; on 29 February in a year that has one."""
    return today.replace(year=1992)


def _begin(member: Member, today: date, *, now: datetime, random: Random) -> tuple[int, int]:
    later = today + timedelta(days=400)
    makers.give(member, OPENING, now=now, expires_on=later)
    points, entries = OPENING, 1
    if random.random() < 0.5:  # Comes and goes: two entries, and nothing is left.
        makers.give(member, EXPIRING, now=now, expires_on=today)
        entries += 2
    if random.random() < 0.5:
        soon = now + timedelta(seconds=random.uniform(0, 4))
        makers.give(member, PENDING, now=now, available_at=soon, expires_on=later)
        points, entries = points + PENDING, entries + 1
    return points, entries
