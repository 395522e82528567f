"""What of a sale counts as spend, by the switches of the program. Integers only."""

from collections.abc import Sequence
from typing import Protocol

from loyalty.purchases.sale import Sale, SaleLine


class Switches(Protocol):
    @property
    def counts_tax(self) -> bool: ...
    @property
    def counts_shipping(self) -> bool: ...
    @property
    def counts_gift_cards(self) -> bool: ...
    @property
    def counts_points_paid(self) -> bool: ...


def counted(sale: Sale, switches: Switches) -> list[int]:
    """The minor units of each line that count."""
    spend = [_counted(line, switches) for line in sale.lines]
    if sale.points_paid_minor and not switches.counts_points_paid:
        # Points paid for every line alike, as far as it counts.
        paid = sale.points_paid_minor * sum(spend) // (sale.total_minor or 1)
        shares = shared(paid, spend)
        spend = [amount - share for amount, share in zip(spend, shares, strict=True)]
    return spend


def _counted(line: SaleLine, switches: Switches) -> int:
    if line.kind == "shipping" and not switches.counts_shipping:
        return 0
    if line.kind == "gift_card" and not switches.counts_gift_cards:
        return 0
    return line.amount_minor if switches.counts_tax else line.amount_minor - line.tax_minor


def shared(amount: int, weights: Sequence[int]) -> list[int]:
    """Divide an amount by weights so that the parts are whole and add up (largest remainders)."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    parts = [amount * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda i: (-(amount * weights[i] % whole), i))
    for place in by_rest[: amount - sum(parts)]:
        parts[place] += 1
    return parts
