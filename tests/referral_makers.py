"""Friends brought by members, for the tests of referrals."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from campaigns.referrals.models import Referral
from loyalty.flows import enroll, referral_terms, referrals
from loyalty.merchants.models import Program
from members.models import Member
from tests.makers import NOON, buy

CLEARED = NOON + timedelta(days=15)
_number = count(1)


def allow(program: Program, **fields: Any) -> None:
    """Friends may come: 50 points for the advocate, 20 for the friend, both once it has cleared."""
    points = {"kind": "points", "wallet": "points"}
    fields = {
        "is_on": True, "minimum_minor": 20_00, "friend_gets": "clearing",
        "advocate_prize": points | {"points": 50}, "friend_prize": points | {"points": 20},
    } | fields  # fmt: skip
    referral_terms.save(Program.objects.get(pk=program.pk), by=None, now=NOON, **fields)


def fresh(member: Member) -> Member:
    return Member.objects.select_related("program").get(pk=member.pk)


def bring(advocate: Member, *, now: datetime = NOON, **fields: Any) -> Member:
    """A friend joins with somebody's code."""
    advocate = fresh(advocate)
    fields.setdefault("email", f"{NAMES[next(_number) % len(NAMES)]}@example.org")
    fields.setdefault("email_verified", True)
    code = referrals.code_of(advocate)
    return enroll.enroll(advocate.program, now=now, referred_by=code, letters=False, **fields)


def of(friend: Member) -> Referral:
    return Referral.objects.get(friend=friend.account_id)


def sweep(at: datetime) -> None:
    while referrals.advance_due(now=at):
        pass


def bought(advocate: Member, amount: int = 25_00, **fields: Any) -> Member:
    """A friend who has joined and bought at NOON."""
    friend = bring(advocate, **fields)
    buy(friend, amount)
    return friend


NAMES = [
    "porntip.w", "krisada", "malee.jandaeng", "wichai.s", "anong", "thaksin.p", "suda.boonmee",
    "niran", "chaiwat.rat", "orathai", "prasert.k", "lamai.thongdee",
]  # fmt: skip
