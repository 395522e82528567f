"""Lots as a book sees them: as it has changed them already, or as they were read."""

from collections.abc import Iterable
from datetime import date

from loyalty.ledger.book import Book, Held, Line, Share
from loyalty.ledger.models import Lot


def read(book: Book, of: Held, lots: Iterable[Lot]) -> list[Share]:
    """Lots as shares of a book, each of them one object."""
    shares = []
    for lot in lots:
        if lot.pk not in book.shares:
            book.shares[lot.pk] = Share(
                of, lot.granted, lot.remaining, lot.is_pending, lot.expires_on, lot.available_at,
                id=lot.pk, entry_id=lot.entry_id,
            )  # fmt: skip
        shares.append(book.shares[lot.pk])
    return shares


def lot_of(book: Book, of: Held, lot_id: int) -> Share:
    return book.shares.get(lot_id) or read(book, of, Lot.objects.filter(pk=lot_id))[0]


def spendable(book: Book, of: Held, points: int) -> Iterable[Share]:
    """Open lots in the order they are spent, no more of them than suffice."""
    lots = Lot.objects.open().filter(balance=of.id, is_pending=False)
    found: list[Share] = []
    while sum(share.remaining for share in found) < points:
        bite = read(book, of, lots[len(found) : len(found) * 4 + 16])
        found += bite
        if not bite:
            break
    # What this book has opened, matured or emptied is not so in the database yet.
    changed = [it for it in [*book.new_shares, *book.touched_shares.values()] if it.held is of]
    usable = {id(it): it for it in [*found, *changed] if it.remaining and not it.is_pending}
    return sorted(usable.values(), key=_spent_first)


def _spent_first(share: Share) -> tuple[bool, date, int]:
    return (share.expires_on is None, share.expires_on or date.max, share.id or 2**63)


def open_lots(book: Book, of: Held) -> list[Share]:
    """Every open lot of a balance: what can be spent first, then what is pending."""
    there = read(book, of, Lot.objects.open().filter(balance=of.id))
    # What this book has opened, or put something back into, is not so in the database yet.
    changed = [it for it in [*book.new_shares, *book.touched_shares.values()] if it.held is of]
    shares = {id(it): it for it in [*there, *changed] if it.remaining}.values()
    return sorted(shares, key=lambda share: (share.is_pending, *_spent_first(share)))


def draw(book: Book, shares: Iterable[Share], points: int, line: Line) -> int:
    """Take up to so many points from lots, and say how many they did not hold."""
    for share in shares:
        taken = min(points, share.remaining)
        if taken:
            book.bite(share, taken, line=line)
            points -= taken
        if not points:
            break
    return points
