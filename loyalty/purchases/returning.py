"""Writing returns down once for ever: that they were told, what they were matched with, or neither.

As with sales, a return that is told again changes nothing, and told otherwise it is refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from loyalty import bulk
from loyalty.days import local_date
from loyalty.ledger import figures
from loyalty.merchants.models import Program
from loyalty.public_ids import new_public_id
from loyalty.purchases.matching import Taken, Unmatched
from loyalty.purchases.models import Purchase, PurchaseLine, Refund, RefundLine
from loyalty.purchases.recording import ReferenceReused
from loyalty.purchases.sale import Return, check_instant, fingerprint
from loyalty.refusal import Refusal


@dataclass(slots=True, eq=False)
class RecordedReturn:
    """A return, and where it stands in our books; or why it cannot stand there."""

    ret: Return
    fingerprint: str = ""
    id: int = 0
    public_id: str = ""
    is_new: bool = False
    purchase: Purchase | None = None
    account_id: int | None = None
    matched_minor: int = 0
    taken: list[Taken] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    same_as: "RecordedReturn | None" = None  # Told earlier in the same batch.
    problem: Refusal | None = None

    @property
    def place(self) -> tuple[str, str]:
        return self.ret.source, self.ret.reference


_REFUNDS = {
    "program_id": "bigint", "public_id": "text", "source": "text", "reference": "text",
    "made_at": "timestamptz", "made_on": "date", "asked_minor": "bigint", "matched_minor": "bigint",
    "fingerprint": "text", "recorded_at": "timestamptz",
}  # fmt: skip
_INSERT = f"""
INSERT INTO purchases_refund ({", ".join(_REFUNDS)})
SELECT {", ".join(_REFUNDS)} FROM {{rows}} WHERE true ORDER BY source, reference
ON CONFLICT (program_id, source, reference) DO NOTHING RETURNING id, public_id
"""
_FOUND = {
    "id": "bigint", "account_id": "bigint", "purchase_id": "bigint", "matched_minor": "bigint",
}  # fmt: skip
_SET_FOUND = """
UPDATE purchases_refund SET account_id = v.account_id, purchase_id = v.purchase_id,
    matched_minor = v.matched_minor
FROM {rows} WHERE purchases_refund.id = v.id
"""
_LINES = {
    "refund_id": "bigint", "line_id": "bigint", "product": "text", "quantity": "numeric",
    "amount_minor": "bigint", "problem": "text",
}  # fmt: skip
_INSERT_LINES = f"""
INSERT INTO purchases_refundline ({", ".join(_LINES)}) SELECT {", ".join(_LINES)} FROM {{rows}}
"""
_CAME_BACK = {"id": "bigint", "refunded_quantity": "numeric", "refunded_minor": "bigint"}
_SET_CAME_BACK = """
UPDATE purchases_purchaseline SET refunded_quantity = v.refunded_quantity,
    refunded_minor = v.refunded_minor
FROM {rows} WHERE purchases_purchaseline.id = v.id
"""
_SALES = {"id": "bigint", "refunded_minor": "bigint"}
_SET_SALES = """
UPDATE purchases_purchase SET refunded_minor = v.refunded_minor
FROM {rows} WHERE purchases_purchase.id = v.id
"""


def record(program: Program, returns: Sequence[Return], *, now: datetime) -> list[RecordedReturn]:
    """Write down that returns were told. Who tells of one too waits here, and finds it."""
    told = [_checked(ret, now=now) for ret in returns]
    first: dict[tuple[str, str], RecordedReturn] = {}
    for it in told:
        if not it.problem and first.setdefault(it.place, it) is not it:
            it.same_as = first[it.place]
    by_public_id = {new_public_id(): it for it in first.values()}
    rows = [
        (
            program.pk, public_id, *it.place, it.ret.made_at,
            local_date(it.ret.made_at, program.time_zone), it.ret.amount_minor, 0, it.fingerprint,
            now,
        )
        for public_id, it in by_public_id.items()
    ]  # fmt: skip
    for refund_id, public_id in bulk.fetch(_INSERT, _REFUNDS, rows) if rows else ():
        it = by_public_id[public_id]
        it.id, it.public_id, it.is_new = refund_id, public_id, True
    _recall(program, [it for it in first.values() if not it.is_new])
    return told


def repeat(told: Iterable[RecordedReturn]) -> None:
    """Give the returns that were told twice in a batch what became of the first telling."""
    for it in told:
        if before := it.same_as:
            asked = before.ret.amount_minor
            reused = _reused(it, before.public_id, asked, before.fingerprint)
            it.problem = before.problem or reused
            it.id, it.public_id = before.id, before.public_id
            it.matched_minor, it.unmatched = before.matched_minor, before.unmatched


def take_out(refused: Iterable[RecordedReturn]) -> None:
    """What is refused was never told."""
    ids = [it.id for it in refused]
    if ids:
        Refund.objects.filter(pk__in=ids).delete()


def write(program: Program, returns: Sequence[RecordedReturn]) -> None:
    """Write down what returns were matched with."""
    rows = [(it.id, it.account_id, it.purchase and it.purchase.pk, it.matched_minor)
            for it in returns]  # fmt: skip
    if not rows:
        return
    bulk.execute(_SET_FOUND, _FOUND, rows, expect=len(rows))
    lines = [
        (it.id, taken.line.pk, taken.line.product, taken.quantity, taken.amount_minor, "")
        for it in returns
        for taken in it.taken
    ] + [
        (it.id, None, missing.product, missing.quantity, 0, missing.problem)
        for it in returns
        for missing in it.unmatched
    ]
    if lines:
        bulk.execute(_INSERT_LINES, _LINES, lines)
    figures.tally(_counted(program, it) for it in returns if it.matched_minor)


def mark(lines: Iterable[PurchaseLine], sales: dict[int, int]) -> None:
    """Write on lines, and on their sales, what came back of them. Constraints hold it within."""
    rows = [(line.pk, line.refunded_quantity, line.refunded_minor) for line in lines]
    if rows:
        bulk.execute(_SET_CAME_BACK, _CAME_BACK, rows, expect=len(rows))
        bulk.execute(_SET_SALES, _SALES, list(sales.items()), expect=len(sales))


def _checked(ret: Return, *, now: datetime) -> RecordedReturn:
    try:
        check_instant(ret.made_at, now=now)
    except Refusal as problem:
        return RecordedReturn(ret, problem=problem)
    return RecordedReturn(ret, fingerprint(ret), account_id=ret.account_id)


def _recall(program: Program, old: Sequence[RecordedReturn]) -> None:
    """Find what was told long ago, and hold the two tellings against each other."""
    if not old:
        return
    rows = Refund.objects.filter(
        program=program,
        source__in={it.ret.source for it in old},
        reference__in={it.ret.reference for it in old},
    )
    stored = {(row.source, row.reference): row for row in rows}
    missing: dict[int, list[Any]] = {}
    unmatched = RefundLine.objects.filter(refund__in=[stored[it.place].pk for it in old])
    for line in unmatched.exclude(problem="").order_by("pk"):
        missing.setdefault(line.refund_id, []).append(line)
    for it in old:
        row = stored[it.place]
        it.id, it.public_id, it.matched_minor = row.pk, row.public_id, row.matched_minor
        it.account_id = row.account_id
        it.problem = _reused(it, row.public_id, row.asked_minor, row.fingerprint)
        it.unmatched = [
            Unmatched(place, line.product, line.quantity, line.problem)
            for place, line in enumerate(missing.get(row.pk, ()), 1)
        ]


def _reused(
    it: RecordedReturn, public_id: str, asked_minor: int | None, fingerprint: str
) -> ReferenceReused | None:
    if it.fingerprint == fingerprint:
        return None
    return ReferenceReused(
        _("%(reference)s was told to us before, with other contents.")
        % {"reference": it.ret.reference},
        stored={"id": public_id, "amount_minor": asked_minor},
        told={"amount_minor": it.ret.amount_minor},
    )


def _counted(program: Program, it: RecordedReturn) -> figures.Counted:
    made_on = local_date(it.ret.made_at, program.time_zone)
    told = (
        (figures.REFUNDS, 1, it.matched_minor)
        if it.account_id
        else (figures.UNCLAIMED, 0, -it.matched_minor)
    )
    return figures.Counted(program.pk, made_on, *told)
