"""Telling members of points that are about to expire: once in good time, and once at the last.

A letter names what expires on the day it is about and in the week after, and in that week the
member gets no other: who buys every day is not written to every day.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.db.models import Sum

from loyalty.days import local_date
from loyalty.flows import announcing
from loyalty.flows.daily import BITE, Day
from loyalty.ledger.models import Balance, Lot, Wallet
from loyalty.messaging import outbox
from loyalty.messaging.models import Message
from loyalty.messaging.outbox import Letter
from members import consents
from members.models import Member

TEMPLATE = "points_expiring"
LAST_CHANCE_DAYS = 3
QUIET_DAYS = 7


def in_good_time(day: Day) -> Iterator[int]:
    """So many days before, as the merchant chose; 0 days: never."""
    if notice := day.program.expiry_notice_days:
        yield from _tell(day, day.on + timedelta(days=notice), last_chance=False)


def at_the_last(day: Day) -> Iterator[int]:
    if day.program.expiry_notice_days > LAST_CHANCE_DAYS:
        yield from _tell(day, day.on + timedelta(days=LAST_CHANCE_DAYS), last_chance=True)


def _tell(day: Day, target: date, *, last_chance: bool) -> Iterator[int]:
    today = local_date(day.clock(), day.program.time_zone)
    if TEMPLATE in day.program.silent_letters or target <= today:
        return
    expiring = Lot.objects.filter(
        balance__wallet__program=day.program, remaining__gt=0, expires_on=target
    ).exclude(balance__wallet__kind=Wallet.Kind.STATUS)
    ids = expiring.order_by("balance_id").values_list("balance_id", flat=True).distinct()
    reached = day.reached
    while balances := list(ids.filter(balance_id__gt=reached)[:BITE]):
        _owe(day, balances, after=max(today, day.on), target=target, last_chance=last_chance)
        reached = balances[-1]
        yield reached


@transaction.atomic
def _owe(day: Day, ids: Sequence[int], *, after: date, target: date, last_chance: bool) -> None:
    balances = list(Balance.objects.filter(pk__in=ids))
    accounts = {balance.account_id for balance in balances}
    reachable = Member.objects.reachable().filter(account_id__in=accounts)
    readers = consents.who_agree(reachable, consents.MAIL, consents.ACCOUNT)
    by_account = {member.account_id: member for member in readers}
    told = _told_lately(day, balances, target, last_chance=last_chance)
    rows = _rows(ids, after=after, until=target + timedelta(days=QUIET_DAYS))
    outbox.owe(
        [
            _letter(by_account[it.account_id], it, rows[it.pk], target, last_chance=last_chance)
            for it in balances
            if it.account_id in by_account and it.pk not in told
        ],
        now=day.clock(),
    )


def _letter(
    member: Member,
    balance: Balance,
    rows: list[dict[str, object]],
    target: date,
    *,
    last_chance: bool,
) -> Letter:
    return announcing.letter_to(
        member,
        TEMPLATE,
        key=_key(balance, target, last_chance=last_chance),
        wallet_id=balance.wallet_id,
        expiring=rows,
        last_chance=last_chance,
    )


def _rows(ids: Sequence[int], *, after: date, until: date) -> dict[int, list[dict[str, object]]]:
    """What each balance loses, day by day."""
    sums = (
        Lot.objects.filter(
            balance__in=ids, remaining__gt=0, expires_on__gt=after, expires_on__lte=until
        )
        .order_by("expires_on")
        .values_list("balance_id", "expires_on")
        .annotate(Sum("remaining"))
    )
    rows: dict[int, list[dict[str, object]]] = defaultdict(list)
    for balance, on, points in sums:
        rows[balance].append({"on": on, "points": points})
    return rows


def _told_lately(
    day: Day, balances: Sequence[Balance], target: date, *, last_chance: bool
) -> set[int]:
    """The balances of which a letter of the last days has named this day already."""
    keys = {
        _key(balance, target - timedelta(days=ago), last_chance=last_chance): balance.pk
        for balance in balances
        for ago in range(1, QUIET_DAYS + 1)
    }
    known = Message.objects.filter(program=day.program, key__in=list(keys))
    return {keys[key] for key in known.values_list("key", flat=True)}


def _key(balance: Balance, target: date, *, last_chance: bool) -> str:
    name = "expires_now" if last_chance else "expires"
    return f"{name}:{balance.pk}:{target}"
