"""What the two sides of a referral get, once each, and how it is taken back.

Both accounts are locked first, in the order of their ids, and then the stock of rewards: whoever
gives to several must not wait for somebody who goes the other way.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns.contests.raises import raise_for
from campaigns.referrals.models import Referral
from campaigns.referrals.terms import Promise
from loyalty.days import local_date, period_start, start_of
from loyalty.flows import prizes
from loyalty.flows.spending import MemberNotActive
from loyalty.ledger import moving, posting
from loyalty.localized import Localized
from loyalty.refusal import Refusal
from loyalty.rewards import supply
from members.models import Member

Gift = Referral.Gift
FRIEND, ADVOCATE = "friend", "advocate"
SIDES = (FRIEND, ADVOCATE)
LIMIT = "limit"  # Why an advocate got nothing for a friend who counts.

# What stands beside the points, in both languages, for as long as the entry is kept.
REASONS: Mapping[str, Localized] = {
    FRIEND: Localized(en="Welcome from a friend", th="ของขวัญจากเพื่อนที่ชวนมา"),
    ADVOCATE: Localized(en="You brought a friend", th="คุณชวนเพื่อนมาเป็นสมาชิก"),
}


def lock(it: Referral) -> None:
    """Hold both accounts, and what stock their rewards come from."""
    posting.ask_for_lock(moving.family([it.advocate_id, it.friend_id]))()
    found = (prize_of(it, side).get("reward") for side in SIDES)
    if rewards := {reward for reward in found if reward}:
        supply.hold(rewards)


def prize_of(it: Referral, side: str) -> Mapping[str, Any]:
    """What was promised to a side when the friend joined; empty: nothing.

    A contest that ran when the friend joined and bought raises what an advocate gets.
    """
    prize: Mapping[str, Any] = it.promise.get(f"{side}_prize") or {}
    if side == ADVOCATE and it.bought_at and prize.get("kind") == prizes.POINTS:
        raised = raise_for(it.program_id, joined_at=it.joined_at, bought_at=it.bought_at)
        if raised and raised.points > prize["points"]:
            return {**prize, "points": raised.points}
    return prize


def of(it: Referral, side: str) -> str:
    """What became of a side's gift."""
    return str(getattr(it, f"{side}_gift"))


def give(it: Referral, side: str, *, now: datetime, letters: bool = True) -> bool:
    """Give a side what it was promised, if it waits for it; whether nothing is owed any more.

    Inside a transaction that holds the accounts. A reward that has run out stays owed.
    """
    if of(it, side) != Gift.WAITING:
        return True
    member, prize = _member(it, side), prize_of(it, side)
    gift: str = Gift.NONE
    if side == ADVOCATE and prize and _is_over_limit(it, now):
        it.reason = LIMIT
    elif member is not None and prize:
        try:
            with transaction.atomic():
                prizes.give(
                    member, prize, key=_key(it, side), source=f"referral:{it.pk}", at=now,
                    reason=REASONS[side], letters=letters,
                )  # fmt: skip
            gift = Gift.GIVEN
        except MemberNotActive:
            gift = Gift.NONE
        except Refusal:
            return False
    _mark(it, side, gift)
    return True


def take(it: Referral, side: str, *, now: datetime) -> None:
    """Take a side's gift back, as far as it can be: points by the ledger's laws, a voucher unless
    it was used."""
    if of(it, side) != Gift.GIVEN:
        return
    if (member := _member(it, side)) is not None:
        prizes.take_back(
            member, prize_of(it, side), key=_key(it, side), source=f"referral:{it.pk}", at=now,
            reason=REASONS[side],
        )  # fmt: skip
    _mark(it, side, Gift.TAKEN)


def anew(it: Referral) -> None:
    """What was taken back may be given again, under another key."""
    taken = [side for side in SIDES if of(it, side) == Gift.TAKEN]
    if taken:
        it.turn += 1
    for side in taken:
        setattr(it, f"{side}_gift", Gift.WAITING)


def _mark(it: Referral, side: str, gift: str) -> None:
    setattr(it, f"{side}_gift", gift)
    it.save(update_fields=[f"{side}_gift", "reason"])


def _key(it: Referral, side: str) -> str:
    return f"referral:{it.pk}/{side}" + (f":{it.turn}" if it.turn else "")


def _member(it: Referral, side: str) -> Member | None:
    """Who is behind an account now. None: they were forgotten."""
    account = it.friend_id if side == FRIEND else it.advocate_id
    found = Member.objects.select_related("program", "merged_into__program")
    member = found.filter(account=account).first()
    return member and member.survivor


def _is_over_limit(it: Referral, now: datetime) -> bool:
    """Whether an advocate has had as many rewards as one may: counted under their lock."""
    promise = Promise.read(it.promise)
    had = Referral.objects.filter(advocate=it.advocate_id, advocate_gift=Gift.GIVEN)
    if promise.ever_limit is not None and had.count() >= promise.ever_limit:
        return True
    if promise.month_limit is None:
        return False
    zone = it.program.time_zone
    month = start_of(period_start("month", local_date(now, zone)), zone)
    return had.filter(cleared_at__gte=month).count() >= promise.month_limit
