"""Two accounts that became one: what one holds is carried to the other, and can be brought back.

Entries stay where they were posted, and so does each lot. What is left of a lot leaves it by one
entry and arrives in a lot of the other balance by another, both under one key; the new lot keeps
the day on which it expires, the day from which it can be spent, and knows the lot it came from.
What is owed is charged to the other balance in the same way.

A balance says by ``carried_to`` that it is emptied like this. Whatever a posting leaves on it (the
refund of an old sale, a cancelled redemption) is carried on when the book is written.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection
from django.db.models import Sum

from loyalty.ledger import debts, shares
from loyalty.ledger.book import Book, Held, Line, Share
from loyalty.ledger.models import Balance, Debt, Draw, Entry, Lot

Kind = Entry.Kind
UNDONE = "/undone"


def prefix(account_id: int) -> str:
    """How the keys begin of all that leaves an account for another."""
    return f"merge:{account_id}/"


def family(accounts: Iterable[int]) -> set[int]:
    """Some accounts, and those that hold what is theirs now: to be locked with them."""
    found, new = set(accounts), set(accounts)
    while new:
        carried = Balance.objects.filter(account__in=new, carried_to__isnull=False)
        new = set(carried.values_list("carried_to__account", flat=True)) - found
        found |= new
    return found


def parts_of(accounts: Iterable[int]) -> dict[int, int]:
    """The accounts that became part of some, straight or by others, each with its whole."""
    found: dict[int, int] = {}
    wholes = {account: account for account in accounts}
    while wholes:
        carried = Balance.objects.filter(carried_to__account__in=wholes)
        pairs = carried.values_list("account", "carried_to__account").distinct()
        wholes = {part: wholes[whole] for part, whole in pairs if part not in found}
        found |= wholes
    return found


def target(book: Book, of: Held) -> Held:
    """The balance that holds everything of another now, which may itself be carried further."""
    assert of.carried_to is not None
    for held in book.balances.values():
        if held.id == of.carried_to:
            return held
    rows = Balance.objects.filter(pk=of.carried_to)
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(no_key=True)
    row = rows.get()
    found = Held(
        row.pk, row.account_id, row.wallet_id, row.points, row.pending, row.owed, row.lifetime,
        row.seq, row.carried_to_id,
    )  # fmt: skip
    book.balances[found.account_id, found.wallet_id] = found
    return found


def carry(book: Book) -> None:
    """Empty every balance that is carried to another."""
    while full := [it for it in book.balances.values() if it.carried_to and _has_moved(it)]:
        for of in full:
            _empty(book, of, target(book, of))
            if _has_moved(of):
                raise AssertionError(f"Balance {of.id} cannot be carried whole.")


def call_in(book: Book, share: Share, points: int) -> None:
    """Before so many points are taken back from a lot that was moved: fetch them from where it is.

    First what is left of that very lot, then what else the other balance holds.
    """
    if share.held.carried_to is None or points <= 0:
        return
    points -= _fetch(book, share, points)
    last = target(book, share.held)
    while last.carried_to is not None:
        last = target(book, last)
    if borrowed := min(points, last.points + last.pending):
        _borrow(book, share.held, last, borrowed)


def expired_elsewhere(lots: list[int]) -> dict[int, int]:
    """What has expired of lots after it was moved, by the lot where it was first."""
    gone: dict[int, int] = {}
    origin = {lot: lot for lot in lots}
    while origin:
        moved = Lot.objects.filter(origin__in=origin).values_list("pk", "origin")
        origin = {lot: origin[before] for lot, before in moved if before}
        drawn = Draw.objects.filter(lot__in=origin, entry__kind=Kind.EXPIRY)
        for lot, points in drawn.values_list("lot").annotate(sum=Sum("points")):
            gone[origin[lot]] = gone.get(origin[lot], 0) + points
    return gone


def part(book: Book, of: Held, to: Held) -> int:
    """Undo it: give a balance back what it brought, and take back what it owed.

    Says how many points that came along are spent, and neither they nor others are there to be
    given back: the other balance owes them then.
    """
    of.carried_to = None
    charged, came = _charges(of, to), _arrivals(of, to)
    for entry in charged:
        _uncharge(book, to, entry)
    missing = sum(_return(book, of, to, entry) for entry in came)
    for entry in charged:
        _owe_again(book, of, entry)
    to.lifetime -= of.lifetime
    return missing


# --- Carrying ------------------------------------------------------------------------------------


def _has_moved(held: Held) -> bool:
    return bool(held.points or held.pending or held.owed or held.lifetime != held.lifetime_told)


def _empty(book: Book, of: Held, to: Held) -> None:
    for share in shares.open_lots(book, of):
        _move(book, share, to)
    if of.owed:
        _charge(book, of, to)
    to.lifetime += of.lifetime - of.lifetime_told
    of.lifetime_told = of.lifetime


def _move(book: Book, share: Share, to: Held) -> None:
    of, points = share.held, share.remaining
    key, at = f"{prefix(of.account_id)}{of.id}.{of.seq + 1}", book.now
    out = _add(book, of, -points, key, at)
    book.bite(share, points, line=out)
    into = _add(book, to, points, key, at)
    arrived = Share(
        to, points, points, share.is_pending, expires_on=share.expires_on,
        available_at=share.available_at, line=into, origin=share,
    )  # fmt: skip
    _open(book, arrived)


def _charge(book: Book, of: Held, to: Held) -> None:
    points = of.owed
    key, at = f"{prefix(of.account_id)}{of.id}.{of.seq + 1}", book.now
    line = _add(book, to, -points, key, at)
    if left := shares.draw(book, shares.open_lots(book, to), points, line):
        debts.owe(book, line, left)
    _give(book, of, points, key, at)


def _borrow(book: Book, of: Held, to: Held, points: int) -> None:
    """What the lot does not hold any more is taken from what else there is, as always."""
    key, at = f"{prefix(of.account_id)}{of.id}.{of.seq + 1}", book.now
    line = _add(book, to, -points, key, at)
    shares.draw(book, shares.open_lots(book, to), points, line)
    _give(book, of, points, key, at)


def _give(book: Book, of: Held, points: int, key: str, at: datetime) -> None:
    """Points that pay what a balance owes, or is about to."""
    line = _add(book, of, points, key, at)
    _open(book, Share(of, points, points, False, available_at=at, line=line))


def _open(book: Book, share: Share) -> None:
    book.new_shares.append(share)
    if share.is_pending:
        share.held.pending += share.granted
    else:
        share.held.points += share.granted
    debts.repay(book, share)


def _add(book: Book, of: Held, points: int, key: str, at: datetime) -> Line:
    return book.add(
        of, points, kind=Kind.ADJUSTMENT, key=key, source="merge", occurred_at=at,
        explanation=[{"step": "merged"}],
    )  # fmt: skip


# --- Bringing back -------------------------------------------------------------------------------


def _fetch(book: Book, share: Share, points: int) -> int:
    """Bring back what is left of a lot where it went, and say how much that was."""
    fetched = 0
    to = target(book, share.held)
    for arrived in shares.read(book, to, Lot.objects.filter(origin=share.id, balance=to.id)):
        wanted = points - fetched
        if to.carried_to is not None and arrived.remaining < wanted:
            _fetch(book, arrived, wanted - arrived.remaining)
        if taken := min(wanted, arrived.remaining):
            _bring_back(book, share, arrived, taken)
            fetched += taken
    return fetched


def _bring_back(book: Book, origin: Share, arrived: Share, points: int) -> None:
    """One reversal on either side: the entry by which it arrived, and the one by which it left."""
    came, left = _pair(book, origin, arrived)
    of, to = origin.held, arrived.held
    key = f"{prefix(of.account_id)}back:{to.id}.{to.seq + 1}"
    line = _reverse(book, to, -points, came, key)
    book.bite(arrived, points, line=line)
    if origin.is_pending and not arrived.is_pending:
        book.mature(origin)
    book.bite(origin, -points, line=_reverse(book, of, points, left, key))


def _pair(book: Book, origin: Share, arrived: Share) -> tuple[int, int]:
    assert arrived.entry_id is not None
    came = Entry.objects.get(pk=arrived.entry_id)
    return came.pk, Entry.objects.values_list("pk", flat=True).get(
        balance=origin.held.id, key=came.key
    )


def _reverse(book: Book, of: Held, points: int, reverses: int, key: str) -> Line:
    return book.add(
        of, points, kind=Kind.REVERSAL, key=key, source="merge", occurred_at=book.now,
        reverses_id=reverses, explanation=[{"step": "unmerged"}],
    )  # fmt: skip


# --- Undoing -------------------------------------------------------------------------------------


def _arrivals(of: Held, to: Held) -> list[Entry]:
    """The entries by which points came from a balance to another, once or several times."""
    came = Entry.objects.filter(balance=to.id, lot__origin__balance=of.id)
    return list(came.select_related("lot").order_by("pk"))


def _charges(of: Held, to: Held) -> list[Entry]:
    """The entries by which one balance paid for another, but for those that were undone before."""
    paid = Entry.objects.filter(
        balance=to.id, kind=Kind.ADJUSTMENT, points__lt=0,
        key__startswith=f"{prefix(of.account_id)}{of.id}.",
    )  # fmt: skip
    undone = Entry.objects.filter(balance=of.id, key__endswith=UNDONE).values_list("key", flat=True)
    done = {key.removesuffix(UNDONE) for key in undone}
    return [entry for entry in paid.order_by("pk") if entry.key not in done]


def _return(book: Book, of: Held, to: Held, came: Entry) -> int:
    """Give back what arrived by an entry, less what expired or was brought back since."""
    [arrived] = shares.read(book, to, [came.lot])
    [origin] = shares.read(book, of, Lot.objects.filter(moved=came.lot.pk))
    left = Entry.objects.values_list("pk", flat=True).get(balance=of.id, key=came.key)
    points = came.points - _gone(book, came)
    if points <= 0:
        return 0
    repaid = Draw.objects.filter(lot=came.lot, entry__debt__isnull=False)
    allowed = repaid.aggregate(sum=Sum("points", default=0))["sum"]
    key = f"{prefix(of.account_id)}back:{to.id}.{to.seq + 1}"
    line = _reverse(book, to, -points, came.pk, key)
    lacking = shares.draw(book, [arrived], points, line)
    if lacking:
        lacking = shares.draw(book, shares.open_lots(book, to), lacking, line)
    if lacking:
        debts.owe(book, line, lacking)
    if origin.is_pending and not arrived.is_pending:
        book.mature(origin)
    book.bite(origin, -points, line=_reverse(book, of, points, left, key))
    debts.repay(book, origin)
    return max(0, lacking - allowed)


def _gone(book: Book, came: Entry) -> int:
    """What of a lot was brought back before, and what has expired of it."""
    back = Entry.objects.filter(reverses=came.pk).aggregate(sum=Sum("points", default=0))["sum"]
    expired = Draw.objects.filter(lot=came.lot, entry__kind=Kind.EXPIRY)
    return -back + expired.aggregate(sum=Sum("points", default=0))["sum"]


def _uncharge(book: Book, to: Held, entry: Entry) -> None:
    """What was taken for the other's debts goes back to its lots, and what is owed is settled."""
    drawn = Draw.objects.filter(entry=entry.pk).values_list("lot").annotate(sum=Sum("points"))
    taken = {lot: points for lot, points in drawn if points}
    key = f"{entry.key}{UNDONE}"
    returned = []
    if back := sum(taken.values()):
        line = _reverse(book, to, back, entry.pk, key)
        for lot, points in sorted(taken.items(), reverse=True):
            share = shares.lot_of(book, to, lot)
            book.bite(share, -points, line=line)
            returned.append(share)
    for debt in Debt.objects.filter(entry=entry.pk, remaining__gt=0):
        due = debts.due(book, to, debt)
        settling = _add(book, to, due.remaining, f"{key}/owed", book.now)
        share = Share(to, due.remaining, due.remaining, False, available_at=book.now, line=settling)
        book.new_shares.append(share)
        to.points += share.granted
        points = due.remaining
        book.bite(share, points, line=due.line, entry_id=due.entry_id)
        book.settle(due, points)
    for share in returned:
        debts.repay(book, share)


def _owe_again(book: Book, of: Held, charged: Entry) -> None:
    """What was paid for a balance is taken from what it has back, or it owes it again."""
    paid = Entry.objects.get(balance=of.id, key=charged.key)
    line = _reverse(book, of, -paid.points, paid.pk, f"{charged.key}{UNDONE}")
    if left := shares.draw(book, shares.open_lots(book, of), paid.points, line):
        debts.owe(book, line, left)
