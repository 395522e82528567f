"""Contests and what people do in them. Every argument has a default; name only what matters."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from campaigns.contests.models import Contest, ContestEntry
from campaigns.referrals.models import Referral
from loyalty.flows import contest_entries, contests
from loyalty.merchants.models import Program
from members.models import Member
from tests.makers import NOON, buy, make_member, purchase_of

DAY = timedelta(days=1)
_number = count(1)


def plan(program: Program, **told: Any) -> Contest:
    """A draft: the most spend from yesterday to tomorrow, 100 points for the first, in Bangkok."""
    told = {
        "name": {"en": "The race"}, "measure": "spend", "time_zone": "Asia/Bangkok",
        "starts_at": NOON - DAY, "ends_at": NOON + DAY, "freezes_at": NOON + 2 * DAY,
        "prizes": [row(1, 1, points(program, 100))], **told,
    }  # fmt: skip
    return contests.save(Program.objects.get(pk=program.pk), None, by=None, now=NOON, **told)


def run(program: Program, **told: Any) -> Contest:
    """One that is promised."""
    return contests.promise(plan(program, **told), by=None, now=NOON)


def row(first: int, last: int, *gives: dict[str, Any]) -> dict[str, Any]:
    return {"first": first, "last": last, "gives": list(gives)}


def points(program: Program, number: int, wallet: str = "points") -> dict[str, Any]:
    return {"kind": "points", "wallet": wallet, "points": number}


def enter(contest: Contest, member: Member, *, approve: bool = True, **told: Any) -> ContestEntry:
    """A member's entry, already let in unless told otherwise."""
    told.setdefault("link", "https://example.org/me")
    entry = contest_entries.enter(contest, member, now=told.pop("now", NOON), **told)
    if approve:
        ContestEntry.objects.filter(pk=entry.pk).update(state="approved")
    return ContestEntry.objects.select_related("contest__program").get(pk=entry.pk)


def bring(
    advocate: Member, *, joined: datetime = NOON, bought: datetime | None = None, **fields: Any
) -> Referral:
    """A friend of a member's, who has bought something unless told otherwise."""
    friend = make_member(advocate.program, f"friend{next(_number)}@example.org", now=joined)
    bought = bought or joined
    sale = purchase_of(buy(friend, 50_00, made_at=bought, now=bought))
    return Referral.objects.create(
        program=advocate.program, advocate=advocate.account, friend=friend.account, promise={},
        state="bought", joined_at=joined, expires_at=joined + 90 * DAY, purchase=sale,
        bought_at=bought, clears_at=bought + 14 * DAY, **fields,
    )  # fmt: skip
