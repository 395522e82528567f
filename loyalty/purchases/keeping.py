"""How much of a sale, and so of what it earned, is kept after refunds. Exact to the last step."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Protocol


class Line(Protocol):
    """A line of a sale, and what came back of it: a PurchaseLine, or one of a replay."""

    @property
    def number(self) -> int: ...
    @property
    def counted_minor(self) -> int: ...
    @property
    def amount_minor(self) -> int: ...
    @property
    def refunded_minor(self) -> int: ...


class Whole(Protocol):
    """What one rule gave as a whole: an award that does not grow with the spend, or a present."""

    @property
    def basis(self) -> Mapping[str, int] | None: ...
    @property
    def whole_above_minor(self) -> int | None: ...


class Given(Whole, Protocol):
    """What one rule gave: a PurchaseAward, or one of a replay."""

    @property
    def points(self) -> int: ...
    @property
    def value_minor(self) -> int: ...


def kept_value(lines: Iterable[Line], basis: Mapping[str, int] | None = None) -> Fraction:
    """The spend that is still kept: of all lines, or of those that a rule counted.

    A rule counted less of a line than there is if something came back before the sale was claimed.
    That part is gone already, and is not taken off again.
    """
    whole, parts = 0, Fraction(0)  # Most lines are whole, and plain integers are quick.
    for line in lines:
        most = line.counted_minor if basis is None else basis.get(str(line.number), 0)
        if most and not line.refunded_minor:
            whole += min(line.counted_minor, most)
        elif most and (left := line.amount_minor - line.refunded_minor):
            parts += min(Fraction(line.counted_minor * left, line.amount_minor), Fraction(most))
    return whole + parts


def is_lost(award: Whole, lines: Sequence[Line]) -> bool:
    """Whether less is kept than what was given whole had asked for."""
    kept = kept_value(lines, award.basis)
    gone = all(line.refunded_minor >= line.amount_minor for line in lines)
    return gone or kept < (award.whole_above_minor or 0)


def to_take_back(award: Given, lines: Iterable[Line]) -> int:
    """How many of an award's points are to be taken back in all.

    Pro rata by value, what is kept rounded down: ten refunds of a tenth end where one refund of
    the whole does. An award that does not grow with the spend stays whole until less is kept than
    its rule demanded.
    """
    lines = list(lines)
    given = award.points
    if award.whole_above_minor is not None or not award.value_minor:
        return given if is_lost(award, lines) else 0
    kept = min(kept_value(lines, award.basis), Fraction(award.value_minor))
    return given - int(given * kept / award.value_minor)
