"""Debts as a book sees them: what was spent before it was taken back, until it is repaid."""

from loyalty.ledger.book import Book, Due, Held, Line, Share
from loyalty.ledger.models import Debt


def owe(book: Book, line: Line, points: int) -> Due:
    due = Due(line.held, points, points, 0, line=line)
    line.held.owed += points
    book.new_dues.append(due)
    return due


def repay(book: Book, share: Share, *, first: Due | None = None) -> None:
    """Who owes has nothing: what comes in pays the debt it is given for, or the oldest first."""
    of = share.held
    if not of.owed or not share.remaining:
        return
    for due in [first, *dues(book, of)] if first else dues(book, of):
        points = min(due.remaining, share.remaining)
        if points:
            book.bite(share, points, line=due.line, entry_id=due.entry_id)
            book.settle(due, points)
        if not share.remaining:
            return


def dues(book: Book, of: Held) -> list[Due]:
    for debt in Debt.objects.filter(balance=of.id, remaining__gt=0).order_by("pk"):
        due(book, of, debt)
    known = [due for due in book.dues.values() if due.held is of]
    return [*known, *(due for due in book.new_dues if due.held is of)]


def due(book: Book, of: Held, debt: Debt) -> Due:
    if debt.pk not in book.dues:
        book.dues[debt.pk] = Due(
            of, debt.granted, debt.remaining, debt.absorbed, entry_id=debt.entry_id, id=debt.pk
        )
    return book.dues[debt.pk]
