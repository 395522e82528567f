"""The only writer of the ledger. Open a book, change it by the functions below, write it down.

The laws (house.md, section 4) hold after ``write``, because everything between ``open_book`` and
``write`` happens under the lock of the accounts' balances: row locks on PostgreSQL, the IMMEDIATE
transaction on SQLite. ``tests/laws`` checks each law after random histories and under fire.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q, Sum
from django.utils.translation import gettext as _

from loyalty import bulk
from loyalty.bulk import Answer, Statement
from loyalty.ledger import debts, given, moving, shares, writing
from loyalty.ledger.book import Book, Due, Held, Line, Share
from loyalty.ledger.models import Balance, Debt, Draw, Entry, Lot
from loyalty.refusal import Refusal

Kind = Entry.Kind
Steps = Iterable[dict[str, Any]]


class InsufficientPoints(Refusal):
    code = "insufficient_points"


class KeyReused(Refusal):
    """The same cause came back with other points: a bug at the caller, never a retry."""

    code = "key_reused"


class NotSpendable(Refusal):
    code = "not_spendable"


_HELD = """
SELECT held.id, held.account_id, held.wallet_id, held.points, held.pending, held.owed,
    held.lifetime, held.seq, held.carried_to_id
FROM {rows} JOIN ledger_balance held ON held.account_id = v.account_id ORDER BY held.id
"""


def open_book(program_id: int, zone: str, accounts: Collection[int], *, now: datetime) -> Book:
    """Lock the balances of some accounts, always in the order of their ids, and read them."""
    return book_of(program_id, zone, ask_for_lock(accounts), now=now)


def ask_for_lock(accounts: Collection[int]) -> Answer:
    """The first half of ``open_book``: what must be done while it is waited for can be asked."""
    lock = "FOR NO KEY UPDATE OF held" if connection.vendor == "postgresql" else ""
    return bulk.ask(_HELD + lock, {"account_id": "bigint"}, [(it,) for it in set(accounts)])


def book_of(program_id: int, zone: str, balances: Answer, *, now: datetime) -> Book:
    """The second half of ``open_book``."""
    return Book(program_id, zone, now, [Held(*row) for row in balances()])


def write(book: Book, *, also: Sequence[Statement] = ()) -> None:
    """Write a book down. Its lines, lots and debts have ids afterwards.

    ``also`` is what else is to be inserted with it, and may join ``{posted}``, the new entries:
    together it is one statement on PostgreSQL, where it can be.
    """
    moving.carry(book)
    writing.write(book, also)


def held(book: Book, account_id: int, wallet_id: int) -> Held:
    """The balance of an account in a wallet. One that a younger wallet lacks is opened here."""
    if found := book.balances.get((account_id, wallet_id)):
        return found
    if not any(account == account_id for account, _wallet in book.balances):
        raise LookupError(f"Account {account_id} is not under the lock of this book.")
    row, _is_new = Balance.objects.get_or_create(account_id=account_id, wallet_id=wallet_id)
    opened = Held(
        row.pk, account_id, wallet_id, row.points, row.pending, row.owed, row.lifetime, row.seq,
        row.carried_to_id,
    )  # fmt: skip
    book.balances[account_id, wallet_id] = opened
    return opened


def accrue(  # noqa: PLR0913
    book: Book,
    of: Held,
    points: int,
    *,
    key: str,
    source: str,
    at: datetime,
    available_at: datetime,
    expires_on: date | None,
    explanation: Steps = (),
    kind: str = Kind.ACCRUAL,
    cause_is_new: bool = False,
    settles: Due | None = None,
) -> Line:
    """Add points, and open a lot for them. What is owed is repaid from it first.

    ``cause_is_new`` says that the row named by the key was made in this transaction, so that
    nothing can have been posted under it; the unique constraint holds it to its word. ``settles``
    names the debt that these points are for, whatever else is owed.
    """
    if points <= 0:
        raise ValueError("An accrual adds points.")
    if not cause_is_new and (line := _posted(book, of, key, points)):
        return line
    line = book.add(
        of, points, kind=kind, key=key, source=source, occurred_at=at,
        explanation=explanation, available_at=available_at,
    )  # fmt: skip
    share = Share(
        of, points, points, available_at > book.now,
        expires_on=expires_on, available_at=available_at, line=line,
    )  # fmt: skip
    book.new_shares.append(share)
    if share.is_pending:
        of.pending += points
    else:
        of.points += points
    of.lifetime += points
    debts.repay(book, share, first=settles)
    return line


def redeem(  # noqa: PLR0913
    book: Book,
    of: Held,
    points: int,
    *,
    key: str,
    source: str,
    at: datetime,
    today: date,
    explanation: Steps = (),
    kind: str = Kind.REDEMPTION,
    cause_is_new: bool = False,
) -> Line:
    """Take points from the lots that expire first. Never below zero."""
    if points <= 0:
        raise ValueError("A redemption takes points.")
    if not cause_is_new and (line := _posted(book, of, key, -points)):
        return line
    settle(book, of, at=at, today=today)
    if of.points < points:
        raise InsufficientPoints(
            _("This needs %(price)s; there are %(points)s.")
            % {"price": points, "points": of.points},
            missing=points - of.points,
        )  # fmt: skip
    line = book.add(
        of,
        -points,
        kind=kind,
        key=key,
        source=source,
        occurred_at=at,
        explanation=explanation,
    )
    left = points
    for share in shares.spendable(book, of, points):
        taken = min(left, share.remaining)
        book.bite(share, taken, line=line)
        left -= taken
        if not left:
            break
    if left:
        raise AssertionError(f"Balance {of.id} says {points} points that its lots do not hold.")
    return line


def forfeit(book: Book, of: Held, *, key: str, source: str, at: datetime) -> Line | None:
    """Nobody is left to have it: all that a balance holds is gone, and what it owes is borne.

    An expiry, because that is what it is: points that nobody used. So a refund does not ask for
    them again, and they count as breakage.
    """
    for due in debts.dues(book, of):
        due.absorbed += due.remaining
    if of.owed:
        accrue(
            book, of, of.owed, key=f"{key}/absorbed", source="absorbed", at=at, available_at=at,
            expires_on=None, kind=Kind.ADJUSTMENT,
            explanation=[{"step": "absorbed", "points": of.owed}],
        )  # fmt: skip
    points = of.points + of.pending
    if not points:
        return None
    line = book.add(of, -points, kind=Kind.EXPIRY, key=key, source=source, occurred_at=at)
    shares.draw(book, shares.open_lots(book, of), points, line)
    return line


def settle(book: Book, of: Held, *, at: datetime, today: date) -> None:
    """What the sweeps would do to one balance by now: mature what is due, expire what is over."""
    if not of.points and not of.pending:
        return
    over = Q(expires_on__lte=today)
    due = Lot.objects.open().filter(over | Q(is_pending=True, available_at__lte=at), balance=of.id)
    # A sale of long ago brings points that are over already.
    fresh = [share for share in book.new_shares if share.held is of]
    expired = []
    for share in [*shares.read(book, of, due), *fresh]:
        if share.expires_on and share.expires_on <= today:
            expired.append(share)
        elif share.is_pending and share.available_at and share.available_at <= at:
            book.mature(share)
    # The book may have emptied some of them since they were read.
    expired = [share for share in expired if share.remaining]
    if expired:
        _expire(book, of, expired, at=at, today=today)


def take_back(  # noqa: PLR0913
    book: Book,
    award: Entry,
    *,
    total: int,
    key: str,
    source: str,
    at: datetime,
    absorb: bool = False,
    explanation: Steps = (),
    cause_is_new: bool = False,
) -> Line | None:
    """See that of what an accrual gave, ``total`` is taken back in all; None if it is already.

    What has expired is gone already and is not asked for twice. What was spent leaves the
    member's other lots, then becomes a debt, or is borne by the merchant (``absorb``).
    """
    of = held(book, award.balance.account_id, award.balance.wallet_id)
    if not cause_is_new and (line := _posted(book, of, key)):
        return line
    found = given.recall(book, [(of, award)])[award.pk]
    points = min(total, award.points) - given.gone(book, found)
    if points <= 0:
        return None
    moving.call_in(book, found.share, points - found.share.remaining)
    line = book.add(
        of, -points, kind=Kind.REVERSAL, key=key, source=source, occurred_at=at,
        reverses_id=award.pk, explanation=explanation,
    )  # fmt: skip
    of.lifetime -= points
    left = shares.draw(book, [found.share], points, line)
    if left:
        left = shares.draw(book, shares.open_lots(book, of), left, line)
    if left:
        debts.owe(book, line, left)
        if absorb:
            _absorb(book, line, left, at=at)
    return line


def recall(book: Book, awards: Collection[Entry]) -> None:
    """Read at once what ``take_back`` asks of each accrual."""
    of = [(held(book, it.balance.account_id, it.balance.wallet_id), it) for it in awards]
    given.recall(book, of)


def give_back(
    book: Book, debit: Entry, *, key: str, source: str, at: datetime, explanation: Steps = ()
) -> Line:
    """Return what a redemption (or a deduction by hand) took to the lots it came from."""
    of = held(book, debit.balance.account_id, debit.balance.wallet_id)
    if line := _posted(book, of, key):
        return line
    if Entry.objects.filter(reverses=debit.pk).exists():
        raise KeyReused(_("This was given back already."))
    line = book.add(
        of, -debit.points, kind=Kind.REVERSAL, key=key, source=source, occurred_at=at,
        reverses_id=debit.pk, explanation=explanation,
    )  # fmt: skip
    returned = []
    for lot_id, points in _drawn(debit):
        share = shares.lot_of(book, of, lot_id)
        book.bite(share, -points, line=line)
        returned.append((share, points))
    for share, points in returned:
        _collect_absorbed(book, share, points, key=key, at=at)
        debts.repay(book, share)
    return line


def merge(book: Book, merged: int, kept: int) -> list[tuple[int, int]]:
    """Let one account hold from now on what another holds; the balances that were joined."""
    joined = []
    for of in _balances_of(book, merged):
        to = held(book, kept, of.wallet_id)
        of.carried_to, of.lifetime_told = to.id, 0
        joined.append((of.id, to.id))
    return joined


def part(book: Book, merged: int, kept: int) -> int:
    """Undo it, and say how many points are missing: they came along and are spent."""
    return sum(
        moving.part(book, of, held(book, kept, of.wallet_id))
        for of in _balances_of(book, merged)
        if of.carried_to is not None
    )


# --- What the laws need to know ---------------------------------------------------------------


def _balances_of(book: Book, account_id: int) -> list[Held]:
    return [it for it in book.balances.values() if it.account_id == account_id]


def _posted(book: Book, of: Held, key: str, points: int | None = None) -> Line | None:
    """The line under a key, if there is one. With other points than these it is refused."""
    line = book.known(of, key)
    if line is None:
        entry = Entry.objects.filter(balance=of.id, key=key).first()
        line = _line(of, entry) if entry else None
    if line and points is not None and line.points != points:
        raise KeyReused(
            _("%(key)s was posted for %(posted)s, not %(points)s.")
            % {"key": key, "posted": line.points, "points": points}
        )
    return line


def _line(of: Held, entry: Entry) -> Line:
    return Line(
        of, entry.seq, entry.kind, entry.points, entry.balance_after, entry.key, entry.source,
        entry.occurred_at, entry.reverses_id, entry.steps, entry.pk,
    )  # fmt: skip


def _drawn(debit: Entry) -> list[tuple[int, int]]:
    draws = Draw.objects.filter(entry=debit.pk).values_list("lot").annotate(sum=Sum("points"))
    return list(draws.order_by("-lot"))


def _expire(book: Book, of: Held, over: list[Share], *, at: datetime, today: date) -> None:
    points = sum(share.remaining for share in over)
    key = f"expiry:{today}/{of.seq + 1}"
    line = book.add(of, -points, kind=Kind.EXPIRY, key=key, source="expiry", occurred_at=at)
    shares.draw(book, over, points, line)


def _absorb(book: Book, line: Line, points: int, *, at: datetime) -> None:
    """The merchant bears a shortfall: points are given that settle the debt at once."""
    borne = next(due for due in book.new_dues if due.line is line)
    borne.absorbed = points
    accrue(
        book, line.held, points, key=f"{line.key}/absorbed", source="absorbed", at=at,
        available_at=at, expires_on=None, kind=Kind.ADJUSTMENT, cause_is_new=True,
        explanation=[{"step": "absorbed", "points": points}], settles=borne,
    )  # fmt: skip


def _collect_absorbed(book: Book, share: Share, points: int, *, key: str, at: datetime) -> None:
    """Points come back that the merchant had borne as spent: they are not given twice.

    Without this, a member could redeem, have the sale refunded, cancel the redemption, and keep
    the points of a sale that is undone.
    """
    # A lot that was never reversed gave its points for good: they come back whole.
    reversals = Entry.objects.filter(reverses=share.entry_id)
    points = min(points, -reversals.aggregate(sum=Sum("points", default=0))["sum"])
    # Its reversal may have emptied other lots, so any shortfall that was borne is settled.
    borne = Debt.objects.filter(balance=share.held.id, absorbed__gt=0)
    for debt in borne.order_by("pk"):
        due = debts.due(book, share.held, debt)
        collected = min(due.absorbed, points, share.remaining)
        if not collected:
            continue
        line = book.add(
            share.held, -collected, kind=Kind.ADJUSTMENT,
            key=f"{key}/collected:{debt.entry_id}/{share.id}", source="absorbed", occurred_at=at,
            explanation=[{"step": "collected", "points": collected}],
        )  # fmt: skip
        book.bite(share, collected, line=line)
        due.absorbed -= collected
        book.touched_dues[debt.pk] = due
        points -= collected
