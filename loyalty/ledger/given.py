"""Accruals as a book finds them: what was given, and how much of it is gone already."""

from collections.abc import Sequence

from django.db.models import Sum

from loyalty.ledger import moving, shares
from loyalty.ledger.book import Book, Given, Held
from loyalty.ledger.models import Draw, Entry, Lot


def recall(book: Book, awards: Sequence[tuple[Held, Entry]]) -> dict[int, Given]:
    """Read what becomes of accruals, in three statements however many there are."""
    missing = {entry.pk: of for of, entry in awards if entry.pk not in book.given}
    if missing:
        _read(book, missing)
    return {entry.pk: book.given[entry.pk] for _of, entry in awards}


def _read(book: Book, missing: dict[int, Held]) -> None:
    lots = {lot.pk: lot for lot in Lot.objects.filter(entry__in=missing)}
    of_entries = Entry.objects.filter(reverses__in=missing)
    reversed_before = dict(of_entries.values_list("reverses").annotate(sum=Sum("points")))
    drawn = Draw.objects.filter(lot__in=lots, entry__kind=Entry.Kind.EXPIRY)
    expired_before = dict(drawn.values_list("lot").annotate(sum=Sum("points")))
    if any(of.carried_to for of in missing.values()):
        for lot_id, points in moving.expired_elsewhere(list(lots)).items():
            expired_before[lot_id] = expired_before.get(lot_id, 0) + points
    for lot in lots.values():
        share = shares.read(book, missing[lot.entry_id], [lot])[0]
        book.given[lot.entry_id] = Given(
            lot.entry_id, share, -reversed_before.get(lot.entry_id, 0),
            expired_before.get(lot.pk, 0),
        )  # fmt: skip


def gone(book: Book, given: Given) -> int:
    """What was reversed or has expired by now is not asked for again."""
    reversed_now = sum(
        line.points for line in book.lines if line.is_new and line.reverses_id == given.entry_id
    )
    expired_now = sum(
        bite.points
        for bite in book.bites
        if bite.share is given.share and bite.line and bite.line.kind == Entry.Kind.EXPIRY
    )
    return given.reversed - reversed_now + given.expired + expired_now
