"""Which lines of which sales a return is for. Nothing here writes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from loyalty.purchases.models import PurchaseLine
from loyalty.purchases.sale import Return, ReturnLine
from loyalty.purchases.spend import shared
from loyalty.refusal import Refusal


class RefundAboveSale(Refusal):
    code = "refund_above_sale"


@dataclass(slots=True, eq=False)
class Taken:
    """So many pieces and so much money come back from one line."""

    line: PurchaseLine
    quantity: Decimal
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A thing that came back, of which no sale with enough left is known. It takes nothing."""

    place: int  # 1, 2, 3 … in the return as it was told.
    product: str
    quantity: Decimal
    problem: str  # "no_product", "no_sale", "not_enough_left"


class Shelf:
    """What is left of some lines while a return is matched piece by piece."""

    def __init__(self, lines: Iterable[PurchaseLine]) -> None:
        self.lines = list(lines)
        self.taken: dict[int, Taken] = {}

    def left_minor(self, line: PurchaseLine) -> int:
        taken = self.taken.get(line.pk)
        return line.amount_minor - line.refunded_minor - (taken.amount_minor if taken else 0)

    def left_quantity(self, line: PurchaseLine) -> Decimal:
        taken = self.taken.get(line.pk)
        return line.quantity - line.refunded_quantity - (taken.quantity if taken else Decimal(0))

    def worth(self, line: PurchaseLine, quantity: Decimal) -> int:
        """The money that so many more pieces stand for: all pieces together are the whole line."""
        gone = line.quantity - self.left_quantity(line) + quantity
        whole = (line.amount_minor * gone / line.quantity).quantize(Decimal(1), ROUND_HALF_UP)
        already = line.amount_minor - self.left_minor(line)
        return max(0, min(int(whole) - already, self.left_minor(line)))

    def pieces(self, line: PurchaseLine, amount_minor: int) -> Decimal:
        """The pieces that an amount stands for; the rest of the money is the rest of the pieces."""
        if amount_minor >= self.left_minor(line):
            return self.left_quantity(line)
        share = line.quantity * amount_minor / line.amount_minor
        return min(share.quantize(Decimal("0.001")), self.left_quantity(line))

    def take(self, line: PurchaseLine, quantity: Decimal, amount_minor: int) -> None:
        if amount_minor > self.left_minor(line) or quantity > self.left_quantity(line):
            raise RefundAboveSale(_("More would come back than is left of the sale."))
        taken = self.taken.setdefault(line.pk, Taken(line, Decimal(0), 0))
        taken.quantity += quantity
        taken.amount_minor += amount_minor


def put_away(taken: Iterable[Taken]) -> None:
    """Take off the lines what came back of them, so that the next return finds the rest."""
    for it in taken:
        it.line.refunded_quantity += it.quantity
        it.line.refunded_minor += it.amount_minor


def of_sale(ret: Return, lines: Sequence[PurchaseLine]) -> list[Taken]:
    """What a return takes from the sale that it names; more than is left is refused."""
    shelf = Shelf(lines)
    if ret.lines:
        for wanted in ret.lines:
            _take_named(shelf, wanted)
    elif ret.amount_minor is not None:
        _take_amount(shelf, ret.amount_minor)
    else:
        for line in shelf.lines:
            shelf.take(line, shelf.left_quantity(line), shelf.left_minor(line))
    return list(shelf.taken.values())


def of_member(ret: Return, lines: Sequence[PurchaseLine]) -> tuple[list[Taken], list[Unmatched]]:
    """What a return without a sale takes from a member's earlier lines, given the latest first.

    Each thing is matched whole or not at all: what cannot be covered is reported and takes nothing.
    """
    shelf = Shelf(lines)
    unmatched = []
    for place, wanted in enumerate(ret.lines, 1):
        if problem := _take_latest(shelf, wanted):
            quantity = wanted.quantity or Decimal(0)
            unmatched.append(Unmatched(place, wanted.product, quantity, problem))
    if not ret.lines:
        unmatched.append(Unmatched(1, "", Decimal(0), "no_product"))
    return list(shelf.taken.values()), unmatched


def _take_named(shelf: Shelf, wanted: ReturnLine) -> None:
    found = [
        line
        for line in shelf.lines
        if (line.number == wanted.number if wanted.number else line.product == wanted.product)
    ]
    if not found:
        raise RefundAboveSale(
            _("The sale has no line %(line)s.") % {"line": wanted.number or wanted.product}
        )
    if wanted.amount_minor is not None:
        amounts = _split(wanted.amount_minor, [shelf.left_minor(line) for line in found])
        for line, amount in zip(found, amounts, strict=True):
            shelf.take(line, shelf.pieces(line, amount), amount)
        return
    left = wanted.quantity if wanted.quantity is not None else sum(map(shelf.left_quantity, found))
    for line in found:
        pieces = min(Decimal(left), shelf.left_quantity(line))
        shelf.take(line, pieces, shelf.worth(line, pieces))
        left -= pieces
    if left > 0:
        raise RefundAboveSale(_("More pieces would come back than are left of the sale."))


def _split(amount: int, room: Sequence[int]) -> list[int]:
    """Fill lines one after the other; what does not fit is asked of the last, which refuses."""
    parts = []
    for place in room:
        parts.append(min(amount, place))
        amount -= parts[-1]
    parts[-1] += amount
    return parts


def _take_amount(shelf: Shelf, amount_minor: int) -> None:
    left = [shelf.left_minor(line) for line in shelf.lines]
    if amount_minor > sum(left):
        raise RefundAboveSale(
            _("More would come back than is left of the sale."), left_minor=sum(left)
        )
    for line, amount in zip(shelf.lines, shared(amount_minor, left), strict=True):
        if amount:
            shelf.take(line, shelf.pieces(line, amount), amount)


def _take_latest(shelf: Shelf, wanted: ReturnLine) -> str:
    if not wanted.product:
        return "no_product"
    lines = [line for line in shelf.lines if line.product == wanted.product]
    if not lines:
        return "no_sale"
    quantity = wanted.quantity if wanted.quantity is not None else Decimal(1)
    if sum(map(shelf.left_quantity, lines)) < quantity:
        return "not_enough_left"
    for line in lines:
        pieces = min(quantity, shelf.left_quantity(line))
        if pieces > 0:
            shelf.take(line, pieces, shelf.worth(line, pieces))
            quantity -= pieces
    return ""
