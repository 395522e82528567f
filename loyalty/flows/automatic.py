"""Rewards that give themselves when a wallet holds their price, as a full stamp card does.

Earning asks ``due`` of its book before the book is written, and ``finish`` after it. What a full
card waits for otherwise (points that mature, stock that arrives) ``catch_up`` finds.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from loyalty.days import local_date
from loyalty.flows import spending
from loyalty.ledger import posting
from loyalty.ledger.book import Book, Held
from loyalty.ledger.models import Balance
from loyalty.merchants.models import Program
from loyalty.rewards import issuing, limits, supply
from loyalty.rewards.issuing import Issue, issue_of
from loyalty.rewards.models import Redemption, Reward
from loyalty.rewards.shelf import Shelf, Shelved, shelf_for
from members.models import Member

MOST_AT_ONCE = 50  # For one balance; a price of 1 must not fill a transaction.
BITE = 200


def due(book: Book, shelf: Shelf, *, ranks: Mapping[int, int]) -> list[Issue]:
    """Take the price of every automatic reward that the book's wallets hold, as often as it fits.

    ``ranks`` names the accounts that may have rewards, each with the rank of its tier. Where stock
    is out or a limit reached, points stay. No query where nothing is due.
    """
    issues: list[Issue] = []
    for reward in shelf:  # In the order of ids: everybody takes stock in the same order.
        if reward.is_given(book.now) and (full := _full(book, reward, ranks)):
            issues += _taken(book, reward, full)
    return issues


def finish(book: Book, issues: Sequence[Issue], *, letters: bool = True) -> list[Redemption]:
    """Write down what ``due`` took. The book is written, so that its lines have ids."""
    if not issues:
        return []
    made = issuing.write(book.program_id, issues, now=book.now)
    if letters:
        spending.owe_vouchers(made, now=book.now)
    return made


@transaction.atomic
def catch_up(
    program: Program, *, now: datetime, after: int = 0, limit: int = BITE, letters: bool = True
) -> int:
    """Give what full cards are due by now, one bite of balances; say where the next bite begins.

    0: there are no more. What cannot be given (a limit is reached) is passed by.
    """
    shelf = _to_be_had(shelf_for(program.pk, program.version), now)
    full = Q()
    for reward in shelf:
        full |= Q(wallet=reward.wallet_id, points__gte=reward.price)
    if not full:
        return 0
    active = Balance.objects.filter(full, account__member__state=Member.State.ACTIVE, pk__gt=after)
    found = list(active.order_by("pk").values_list("pk", "account")[:limit])
    accounts = {account for _balance, account in found}
    if accounts:
        book = posting.open_book(program.pk, program.time_zone, accounts, now=now)
        issues = due(book, shelf, ranks=spending.ranks_of(accounts))
        posting.write(book)
        finish(book, issues, letters=letters)
    return found[-1][0] if len(found) == limit else 0


def _to_be_had(shelf: Shelf, now: datetime) -> Shelf:
    given = [reward for reward in shelf if reward.is_given(now)]
    if not given:
        return ()
    gone = set(
        Reward.objects.filter(pk__in=[it.id for it in given], stock=0).values_list("pk", flat=True)
    )
    return tuple(reward for reward in given if reward.id not in gone)


def _full(book: Book, reward: Shelved, ranks: Mapping[int, int]) -> list[Held]:
    return [
        held
        for held in book.balances.values()
        if held.wallet_id == reward.wallet_id
        and held.points >= reward.price
        and ranks.get(held.account_id, -1) >= reward.from_rank
    ]


def _taken(book: Book, reward: Shelved, full: Sequence[Held]) -> list[Issue]:
    accounts = {held.account_id for held in full}
    had = limits.had([reward], accounts, at=book.now, zone=book.zone)
    issues: list[Issue] = []
    for held in full:
        left = limits.left(reward, held.account_id, had)
        for _time in range(_fits(book, held, reward, left)):
            code = supply.take(reward, now=book.now)
            if code is None:
                return issues
            issues.append(_bought(book, reward, held, code))
    return issues


def _fits(book: Book, held: Held, reward: Shelved, left: int | None) -> int:
    """How often the price is there, once what is over has expired."""
    posting.settle(book, held, at=book.now, today=local_date(book.now, book.zone))
    fits = min(held.points // reward.price, MOST_AT_ONCE)
    return fits if left is None else min(fits, left)


def _bought(book: Book, reward: Shelved, held: Held, code: supply.Code) -> Issue:
    issue = issue_of(reward, held.account_id, key="", now=book.now, zone=book.zone)
    issue.key, issue.code = f"automatic:{issue.public_id}", code
    spending.charge(book, issue)
    return issue
