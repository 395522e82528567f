"""What each night asks of the ledger: does everything still add up? Then it is put under seal."""

import logging
from collections.abc import Iterator, Sequence

from loyalty.flows.daily import Day
from loyalty.ledger import audit as laws
from loyalty.ledger import seals
from loyalty.ledger.audit import Breach
from loyalty.ledger.models import Audit

logger = logging.getLogger(__name__)


def audit(day: Day) -> Iterator[int]:
    """Every balance, lot and debt of a program is worked out anew from its entries."""
    book, _is_new = Audit.objects.get_or_create(program=day.program, on=day.on)
    for reached, breaches in laws.breaches_of(day.program.pk, after=day.reached):
        _write_down(book, breaches)
        yield reached
    book.finished_at = day.clock()
    book.save(update_fields=["finished_at"])


def seal(day: Day) -> Iterator[int]:
    """The entries of a program since last night can no longer be changed unseen."""
    for it in seals.seal(day.program.pk, now=day.clock()):
        logger.info(
            "Seal %s of %s up to entry %s: %s entries, %s points, %s",
            it.number, day.program.slug, it.last_entry, it.count, it.points, it.hash,
        )  # fmt: skip
        yield 0


def _write_down(book: Audit, breaches: Sequence[Breach]) -> None:
    new = [told for told in map(str, breaches) if told not in book.breaches]
    for told in new:
        logger.error("The books of %s do not add up. %s", book.program.slug, told)
    if new:
        book.breaches += new
        book.save(update_fields=["breaches"])
