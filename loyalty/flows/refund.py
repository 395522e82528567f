"""How a refund takes back what its sale earned: exactly that, whatever the rules say today.

As with sales, everything comes in batches, and one return is a batch of one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.flows import referral_purchases, taking_back
from loyalty.flows.outcomes import Earned, of_entry, of_line
from loyalty.ledger import moving, posting
from loyalty.ledger.models import Entry
from loyalty.merchants.models import Program
from loyalty.purchases import matching, returning
from loyalty.purchases.matching import Unmatched
from loyalty.purchases.models import Purchase, PurchaseLine
from loyalty.purchases.returning import RecordedReturn
from loyalty.purchases.sale import Return
from loyalty.refusal import Refusal


class UnknownSale(Refusal):
    code = "unknown_sale"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOutcome:
    """What became of a return: what it was matched with, and what was taken back."""

    status: str  # "refunded", "repeated", "refused"
    source: str
    reference: str
    public_id: str = ""
    matched_minor: int = 0
    unmatched: list[Unmatched] = field(default_factory=list)
    entries: list[Earned] = field(default_factory=list)
    problem: Refusal | None = None

    def unless_refused(self) -> "RefundOutcome":
        if self.problem:
            raise self.problem
        return self


def refund(program: Program, ret: Return, *, now: datetime, letters: bool = True) -> RefundOutcome:
    """Write a return down, match it with sales, and take back what they gave for it."""
    return refund_all(program, [ret], now=now, letters=letters)[0].unless_refused()


@transaction.atomic
def refund_all(
    program: Program, returns: Sequence[Return], *, now: datetime, letters: bool = True
) -> list[RefundOutcome]:
    """Take returns in the order given; one that is refused does not hold up the others."""
    told = returning.record(program, returns, now=now)
    new = [it for it in told if it.is_new]
    _name_sales(program, new)
    # The account's balances are the lock of its sales; a sale of nobody is its own.
    accounts = {it.account_id for it in new if it.account_id}
    parts = moving.parts_of({it.account_id for it in new if it.account_id and not it.purchase})
    family = moving.family(accounts | parts.keys())
    book = posting.open_book(program.pk, program.time_zone, family, now=now)
    _match(program, [it for it in new if not it.problem], parts)
    good = [it for it in new if not it.problem]
    lines = taking_back.take_back(program, book, good, letters=letters)
    returning.write(program, good)
    returning.take_out(it for it in new if it.problem)
    returning.repeat(told)
    touched = {taken.line.purchase_id for it in good for taken in it.taken}
    referral_purchases.refunded(program, touched, now=now)
    taken = {refund_id: [of_line(line) for line in some] for refund_id, some in lines.items()}
    taken |= _taken_before([it for it in told if it.id and not it.is_new and it.id not in taken])
    return [_outcome(it, taken.get(it.id, [])) for it in told]


def _taken_before(repeated: Sequence[RecordedReturn]) -> dict[int, list[Earned]]:
    """What returns took that were told long ago."""
    if not repeated:
        return {}
    found: dict[int, list[Earned]] = {it.id: [] for it in repeated}
    sources = {f"refund:{it.id}": it.id for it in repeated}
    posted = Entry.objects.filter(
        balance__account__in={it.account_id for it in repeated}, source__in=sources
    )
    for entry in posted.select_related("balance").order_by("pk"):
        found[sources[entry.source]].append(of_entry(entry))
    return found


def _outcome(it: RecordedReturn, entries: list[Earned]) -> RefundOutcome:
    if it.problem:
        return RefundOutcome(
            status="refused", source=it.ret.source, reference=it.ret.reference, problem=it.problem
        )
    return RefundOutcome(
        status="refunded" if it.is_new else "repeated", source=it.ret.source,
        reference=it.ret.reference, public_id=it.public_id, matched_minor=it.matched_minor,
        unmatched=it.unmatched, entries=entries,
    )  # fmt: skip


def _name_sales(program: Program, new: Sequence[RecordedReturn]) -> None:
    """Find the sale that a return names, and so whose it was."""
    named = {it.ret.purchase_id for it in new if it.ret.purchase_id is not None}
    sales = Purchase.objects.filter(program=program).in_bulk(named) if named else {}
    if nobodys := [pk for pk, sale in sales.items() if sale.account_id is None]:
        # Under their lock we see whether somebody has claimed them by now.
        locked = Purchase.objects.select_for_update(no_key=True).filter(pk__in=nobodys)
        sales |= {sale.pk: sale for sale in locked.order_by("pk")}
    for it in new:
        if it.ret.purchase_id is not None:
            it.purchase = sales.get(it.ret.purchase_id)
            it.account_id = it.purchase.account_id if it.purchase else None
            if it.purchase is None:
                it.problem = UnknownSale(_("There is no such sale."))
        elif it.account_id is None:
            it.problem = UnknownSale(_("Name the sale, or whose it was."))


def _match(program: Program, returns: Sequence[RecordedReturn], parts: Mapping[int, int]) -> None:
    """Find what came back, each return after the one before it."""
    lines: dict[int, PurchaseLine] = {}
    of_sales = _lines_of_sales(returns, lines)
    earlier = _earlier_lines(program, returns, lines, parts)
    for it in returns:
        try:
            if it.purchase:
                it.taken = matching.of_sale(it.ret, of_sales.get(it.purchase.pk, []))
            else:
                it.taken, it.unmatched = matching.of_member(it.ret, [
                    line
                    for product in dict.fromkeys(line.product for line in it.ret.lines)
                    for made_at, line in earlier.get((it.account_id, product), ())
                    if made_at <= it.ret.made_at
                ])  # fmt: skip
        except Refusal as problem:
            it.problem = problem
            continue
        matching.put_away(it.taken)
        it.matched_minor = sum(taken.amount_minor for taken in it.taken)


def _lines_of_sales(
    returns: Sequence[RecordedReturn], lines: dict[int, PurchaseLine]
) -> dict[int, list[PurchaseLine]]:
    named = {it.purchase.pk for it in returns if it.purchase}
    found: dict[int, list[PurchaseLine]] = {}
    if named:
        for line in PurchaseLine.objects.filter(purchase__in=named).order_by("number"):
            found.setdefault(line.purchase_id, []).append(lines.setdefault(line.pk, line))
    return found


def _earlier_lines(
    program: Program,
    returns: Sequence[RecordedReturn],
    lines: dict[int, PurchaseLine],
    parts: Mapping[int, int],
) -> dict[tuple[int | None, str], list[tuple[datetime, PurchaseLine]]]:
    """What members bought of the products that come back without their sale, the latest first."""
    loose = [it for it in returns if not it.purchase]
    products = {line.product for it in loose for line in it.ret.lines if line.product}
    found: dict[tuple[int | None, str], list[tuple[datetime, PurchaseLine]]] = {}
    if products:
        sold = PurchaseLine.objects.filter(
            purchase__account__in={*parts, *(it.account_id for it in loose)},
            purchase__program=program,
            product__in=products,
        ).select_related("purchase")  # fmt: skip
        for line in sold.order_by("-purchase__made_at", "-purchase", "-number"):
            sale = line.purchase
            whose, made_at = parts.get(sale.account_id or 0, sale.account_id), sale.made_at
            places = found.setdefault((whose, line.product), [])
            places.append((made_at, lines.setdefault(line.pk, line)))
    return found
