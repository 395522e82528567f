"""Each figure that merchants see: what it is called, how it is worked out, and from what.

Figures come from the days' sums of ``ledger.figures``, never from entries: ten million of them are
no slower than ten. A sum maps the name of what was counted to how often, and how much.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from loyalty.ledger import figures
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program

Sums = Mapping[str, tuple[int, int]]
Value = int | Decimal | None

COUNT, MONEY, POINTS, PERCENT = "count", "money", "points", "percent"
MOVEMENTS = ("accrual", "redemption", "expiry", "adjustment", "reversal", "return")


@dataclass(frozen=True, slots=True)
class Books:
    """The sums of some days, read for one program and one of its wallets."""

    program: Program
    wallet: Wallet
    sums: Sums

    def count(self, measure: str) -> int:
        return self.sums.get(measure, (0, 0))[0]

    def amount(self, measure: str) -> int:
        return self.sums.get(measure, (0, 0))[1]

    def moved(self, kind: str) -> int:
        """Points that entries of a kind moved, with their sign."""
        return self.amount(f"wallet:{self.wallet.pk}.{kind}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure. ``of`` works it out; ``formula`` and ``source`` tell people how."""

    name: str
    label: Any
    formula: Any
    source: Any
    unit: str
    of: Callable[[Books], Value]
    parts: tuple[str, ...]  # What it is made of; an entry's kind is of the wallet looked at.
    more_is: str = "plain"  # "good" or "bad" news.
    # A state at the end of the days, made of all days before; else what happened in them.
    is_state: bool = False

    def counted(self, wallet: Wallet) -> list[str]:
        """The names under which its parts are summed up."""
        return [f"wallet:{wallet.pk}.{it}" if it in MOVEMENTS else it for it in self.parts]


def _redeemed(books: Books) -> int:
    return -books.moved("redemption") - books.moved("return")


def _redemption_rate(books: Books) -> Value:
    issued = books.moved("accrual")
    return Decimal(_redeemed(books) * 100) / issued if issued > 0 else None


def _outstanding(books: Books) -> int:
    return sum(books.moved(kind) for kind in MOVEMENTS)


def _liability(books: Books) -> Value:
    """What the points that are out are worth, to the nearest minor unit."""
    program, wallet, points = books.program, books.wallet, _outstanding(books)
    if wallet.kind == Wallet.Kind.CASHBACK:
        return points
    if wallet.kind != Wallet.Kind.POINTS or not program.pay_points:
        return None
    return (2 * points * program.pay_minor + program.pay_points) // (2 * program.pay_points)


_TILLS = _("The sales and refunds that tills, shops and staff told us of, on the day of each.")
_LEDGER = _("The entries of the ledger, added up for each day of the program's own calendar.")

ALL: tuple[Measure, ...] = (
    Measure(
        name="joined", label=_("Members who joined"), unit=COUNT, more_is="good",
        formula=_("Everybody who was enrolled on these days, also those who have left since."),
        source=_("The members' own dates of enrolment."),
        of=lambda books: books.count(figures.ENROLMENTS), parts=(figures.ENROLMENTS,),
    ),
    Measure(
        name="members", label=_("Members in all"), unit=COUNT, more_is="good", is_state=True,
        formula=_("Everybody who was enrolled up to the last day, also those who have left since."),
        source=_("The members' own dates of enrolment."),
        of=lambda books: books.count(figures.ENROLMENTS), parts=(figures.ENROLMENTS,),
    ),
    Measure(
        name="sales", label=_("Sales to members"), unit=COUNT, more_is="good",
        formula=_("Every sale to a member. One that was claimed later counts on its own day."),
        source=_TILLS,
        of=lambda books: books.count(figures.SALES), parts=(figures.SALES,),
    ),
    Measure(
        name="revenue", label=_("Revenue from members"), unit=MONEY, more_is="good",
        formula=_("What members paid, tax in and discounts out, less what was refunded."),
        source=_TILLS,
        of=lambda books: books.amount(figures.SALES) - books.amount(figures.REFUNDS),
        parts=(figures.SALES, figures.REFUNDS),
    ),
    Measure(
        name="issued", label=_("Issued"), unit=POINTS,
        formula=_("What rules, tiers and activities gave, pending or not."),
        source=_LEDGER,
        of=lambda books: books.moved("accrual"), parts=("accrual",),
    ),
    Measure(
        name="redeemed", label=_("Redeemed"), unit=POINTS,
        formula=_("What members spent on rewards and at the till, less what was given back."),
        source=_LEDGER, of=_redeemed, parts=("redemption", "return"),
    ),
    Measure(
        name="expired", label=_("Expired"), unit=POINTS,
        formula=_("What nobody spent in time: breakage."),
        source=_LEDGER,
        of=lambda books: -books.moved("expiry"), parts=("expiry",),
    ),
    Measure(
        name="taken_back", label=_("Taken back"), unit=POINTS,
        formula=_("What refunds and undone adjustments took back of what had been given."),
        source=_LEDGER,
        of=lambda books: -books.moved("reversal"), parts=("reversal",),
    ),
    Measure(
        name="by_hand", label=_("Adjusted by hand"), unit=POINTS,
        formula=_("What staff and machines gave by hand, less what they took."),
        source=_LEDGER,
        of=lambda books: books.moved("adjustment"), parts=("adjustment",),
    ),
    Measure(
        name="redemption_rate", label=_("Redemption rate"), unit=PERCENT,
        formula=_("Redeemed ÷ issued, both on these days. Above 100%, savings were spent."),
        source=_LEDGER, of=_redemption_rate, parts=("accrual", "redemption", "return"),
    ),
    Measure(
        name="outstanding", label=_("Outstanding"), unit=POINTS, is_state=True,
        formula=_("What all members hold at the end, pending too, less what they owe:"
                  " issued − redeemed − expired − taken back + adjusted, since the beginning."),
        source=_LEDGER, of=_outstanding, parts=MOVEMENTS,
    ),
    Measure(
        name="liability", label=_("Liability"), unit=MONEY, is_state=True,
        formula=_("Outstanding × what points pay at the till, by the rate in the settings today."),
        source=_LEDGER, of=_liability, parts=MOVEMENTS,
    ),
)  # fmt: skip
BY_NAME: Mapping[str, Measure] = {measure.name: measure for measure in ALL}
