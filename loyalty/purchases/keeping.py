"""How much of a sale, and so of what it earned, is kept after refunds. Exact to the last step."""

from collections.abc import Iterable, Mapping
from fractions import Fraction

from loyalty.purchases.models import PurchaseAward, PurchaseLine


def kept_value(lines: Iterable[PurchaseLine], basis: Mapping[str, int] | None = None) -> Fraction:
    """The spend that is still kept: of all lines, or of those that a rule counted.

    A rule counted less of a line than there is if something came back before the sale was claimed.
    That part is gone already, and is not taken off again.
    """
    kept = Fraction(0)
    for line in lines:
        most = line.counted_minor if basis is None else basis.get(str(line.number), 0)
        if most:
            left = line.amount_minor - line.refunded_minor
            kept += min(Fraction(line.counted_minor * left, line.amount_minor), Fraction(most))
    return kept


def to_take_back(award: PurchaseAward, lines: Iterable[PurchaseLine]) -> int:
    """How many of an award's points are to be taken back in all.

    Pro rata by value, what is kept rounded down: ten refunds of a tenth end where one refund of
    the whole does. An award that does not grow with the spend stays whole until less is kept than
    its rule demanded.
    """
    lines = list(lines)
    given = award.entry.points
    if award.whole_above_minor is not None or not award.value_minor:
        kept = kept_value(lines, award.basis)
        gone = all(line.refunded_minor >= line.amount_minor for line in lines)
        return given if gone or kept < (award.whole_above_minor or 0) else 0
    kept = min(kept_value(lines, award.basis), Fraction(award.value_minor))
    return given - int(given * kept / award.value_minor)
