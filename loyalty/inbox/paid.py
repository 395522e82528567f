"""Lines that sum up to what was paid."""

from collections.abc import Sequence
from dataclasses import replace

from loyalty.purchases.sale import SaleLine
from loyalty.purchases.spend import shared


def as_paid(lines: Sequence[SaleLine], total: int, tax: int) -> tuple[SaleLine, ...]:
    """Lines that sum up to what was paid, and no tax above what was paid for a line.

    What they do not explain (a tax or a discount of the whole order, a fee, a tip, a rounding) is
    shared among them.
    """
    if not sum(line.amount_minor for line in lines):
        lines = lines or [SaleLine(amount_minor=0)]
        parts = [total, *[0] * (len(lines) - 1)]
    else:
        parts = shared(total, [line.amount_minor for line in lines])
    taxes = [line.tax_minor for line in lines]
    if not sum(taxes):
        taxes = shared(max(tax, 0), parts)
    return tuple(
        replace(line, amount_minor=part, tax_minor=min(of_it, part))
        for line, part, of_it in zip(lines, parts, taxes, strict=True)
    )
