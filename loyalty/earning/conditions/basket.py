"""What is in the basket, and how much of it."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from loyalty import formats
from loyalty.earning.activity import Activity, Item
from loyalty.earning.conditions.base import (
    Condition,
    Counted,
    LineCondition,
    Listed,
    condition,
)
from loyalty.earning.parts import told
from loyalty.earning.terms import Terms
from loyalty.earning.values import Choice, Money, Quantity

BASKET, LINES = "basket", "lines"
PRODUCT, CATEGORY = "product", "category"
SHIPPING = "shipping"


@condition
class Product(LineCondition):
    kind = "product"
    label = _("Products")
    inside = _("counting only the product %(codes)s")
    outside = _("not counting the product %(codes)s")

    def lets(self, item: Item) -> bool:
        return self.has(item.product)


@condition
class Category(LineCondition):
    kind = "category"
    label = _("Categories")
    inside = _("counting only the category %(codes)s")
    outside = _("not counting the category %(codes)s")

    def lets(self, item: Item) -> bool:
        return self.has(item.category)


@condition
class Tag(LineCondition):
    kind = "tag"
    label = _("Tags")
    inside = _("counting only what is tagged %(codes)s")
    outside = _("not counting what is tagged %(codes)s")

    def lets(self, item: Item) -> bool:
        return any(tag.casefold() in self.folded for tag in item.tags) is not self.out


@condition
@dataclass(frozen=True)
class Holds(Listed):
    """Something is in the basket, or is not; all of the basket counts."""

    kind = "holds"
    label = _("In the basket")
    fits = "purchase"
    inside = _("when the basket holds %(codes)s")
    outside = _("when the basket holds none of %(codes)s")

    of: str = told(
        Choice(_("Given as"), {PRODUCT: _("Products"), CATEGORY: _("Categories")}), default=PRODUCT
    )

    def check(self, activity: Activity, counted: Counted) -> bool:
        words = {getattr(item, self.of).casefold() for item in activity.items}
        return words.isdisjoint(self.folded) is self.out


@condition
@dataclass(frozen=True)
class MinimumSpend(Condition):
    """Of the whole basket, or only of the lines that the other conditions let count."""

    kind = "minimum_spend"
    label = _("Minimum spend")
    fits = "purchase"

    minor: int = told(Money(_("At least")))
    of: str = told(
        Choice(
            _("Of what"),
            {BASKET: _("The whole basket"), LINES: _("The lines that count for this rule")},
        ),
        default=BASKET,
    )

    def check(self, activity: Activity, counted: Counted) -> bool:
        spend = activity.counted_minor if self.of == BASKET else counted.minor
        return spend >= self.minor

    def sentence(self, terms: Terms) -> str:
        words = {
            BASKET: gettext("when at least %(money)s is spent"),
            LINES: gettext("when at least %(money)s is spent on what counts"),
        }
        return words[self.of] % {"money": terms.money(self.minor)}


@condition
@dataclass(frozen=True)
class MinimumQuantity(Condition):
    """Of the lines that the other conditions let count."""

    kind = "minimum_quantity"
    label = _("Minimum quantity")
    fits = "purchase"

    quantity: Decimal = told(Quantity(_("At least")))

    def check(self, activity: Activity, counted: Counted) -> bool:
        return quantity_of(counted) >= self.quantity

    def sentence(self, terms: Terms) -> str:
        words = ngettext(
            "when at least %(quantity)s item is bought",
            "when at least %(quantity)s items are bought",
            1 if self.quantity == 1 else 2,
        )
        return words % {"quantity": formats.number(self.quantity)}


def quantity_of(counted: Counted) -> Decimal:
    """How many things were bought. What counts for nothing, like a gift, is none of them."""
    return sum(
        (
            item.quantity
            for item in counted.items
            if item.counted_minor > 0 and item.kind != SHIPPING
        ),
        Decimal(0),
    )
