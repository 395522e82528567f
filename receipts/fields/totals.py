"""What was to pay. Cash, change, rounding, discounts and subtotals are printed beside it.

The engine's own confidence tells right from wrong badly; structure does better: a row labelled as
the total, printed twice or confirmed by what was paid less the change, or by the sum of the items.
The sign of the baht is read as an 8 (฿104.00 becomes 8104.00), so what does not add up is tried
without its first digit.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from receipts.fields.amounts import Amount, amounts_of
from receipts.fields.found import Found
from receipts.fields.labels import kind_of
from receipts.fields.texts import key_of, plain
from receipts.reading.page import Row

# Below these words taxes are listed by their rates.
_SUMMARY = re.compile(
    r"(?:gst|tax|vat)(?:summary|analysis|code)|summaryamount|^summary|ummaryamount"
)
LABELLED = {"grand": 4.0, "total": 3.0}
MOST_ROUNDING = 50
TOLERANCE = 6  # A till may round to five cents.


@dataclass
class Sums:
    """The amounts of a receipt by what they are, in the order of the page."""

    by_kind: dict[str, list[Amount]] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)  # By id of the amount's line.

    def put(self, kind: str, amounts: Sequence[Amount], row: Row) -> None:
        self.by_kind.setdefault(kind, []).extend(amounts)
        self.rows.update((id(it.line), row) for it in amounts)

    def of(self, *kinds: str) -> list[int]:
        return [it.minor for kind in kinds for it in self.by_kind.get(kind, ())]


@dataclass(frozen=True, slots=True)
class Total:
    found: Found[int]
    reasons: tuple[str, ...]  # What speaks for it: "label", "repeated", "cash", "sum", "tax".


def sums_of(rows: Sequence[Row], *, exponent: int) -> Sums:
    """The amounts of a page by the words beside them, or above them."""
    sums = Sums()
    waiting, waiting_row, in_summary = "", -9, False
    for number, row in enumerate(rows):
        kind = kind_of(row.text)
        amounts = amounts_of(row, exponent=exponent)
        in_summary = in_summary or bool(_SUMMARY.search(key_of(row.text)))
        if in_summary and kind != "grand" and len(amounts) != 1:
            if kind and len(amounts) == 2:
                sums.put("summary", amounts, row)
        elif kind and not amounts:
            waiting, waiting_row = kind, number
            if kind in LABELLED and (bare := _without_point(row)):
                sums.put("pointless", [Amount(bare, row.lines[-1])], row)
        elif amounts:
            if not kind and waiting and number - waiting_row <= 2 and _is_bare(row):
                kind, waiting = waiting, ""
            if kind == "rounding" and abs(amounts[-1].minor) >= MOST_ROUNDING:
                kind = "grand"  # Not by how much it was rounded, but what it was rounded to.
            sums.put(kind or "item", amounts if kind in ("paid", "") else amounts[-1:], row)
    _take_pointless(sums)
    return sums


def _take_pointless(sums: Sums) -> None:
    """A total whose point was not seen counts if the same stands elsewhere with one."""
    pointless = sums.by_kind.pop("pointless", [])
    printed = set(sums.of(*sums.by_kind))
    found = [amount for amount in pointless if amount.minor in printed]
    if found:
        sums.by_kind.setdefault("total", []).extend(found)


def _without_point(row: Row) -> int:
    found = re.search(r"(?<![\d.,])(\d{3,7})$", plain(row.text))
    return int(found[1]) if found else 0


def total_of(rows: Sequence[Row], *, exponent: int) -> Total | None:
    """The total with the strongest reasons, or none if nothing on the page is labelled as one."""
    sums = sums_of(rows, exponent=exponent)
    weights: dict[int, float] = {}
    reasons: dict[int, set[str]] = {}
    where: dict[int, Amount] = {}
    for minor, weight, reason, amount in _reasons(sums):
        if minor <= 0:
            continue
        weights[minor] = weights.get(minor, 0.0) + weight
        reasons.setdefault(minor, set()).add(reason)
        if amount is not None:
            where.setdefault(minor, amount)
    told = {minor: it for minor, it in weights.items() if minor in where}
    if not told:
        return None
    best = max(told, key=lambda minor: (told[minor], minor))
    second = max((w for minor, w in told.items() if minor != best), default=0.0)
    row = sums.rows[id(where[best].line)]
    found = Found(best, _confidence(reasons[best], told[best] - second), row.box, row.page)
    return Total(found, tuple(sorted(reasons[best])))


def _reasons(sums: Sums) -> Iterator[tuple[int, float, str, Amount | None]]:
    for kind, weight in LABELLED.items():
        for amount in sums.by_kind.get(kind, ()):
            yield amount.minor, weight, "label", amount
    labelled = [it for kind in LABELLED for it in sums.by_kind.get(kind, ())]
    counts: dict[int, int] = {}
    for amount in labelled:
        counts[amount.minor] = counts.get(amount.minor, 0) + 1
    for minor, times in counts.items():
        if times > 1:
            yield minor, 0.5, "repeated", None
    yield from _by_change(sums)
    yield from _by_rounding(sums)
    yield from _by_baht(sums)
    yield from _by_sum(sums)
    if not any(sums.of("change")):
        for amount in sums.by_kind.get("paid", ()):
            # Paid exactly, as cards are: worth something where it agrees with a label.
            yield amount.minor, 1.0, "paid", amount
    for amount in sums.by_kind.get("before", ()):
        yield amount.minor, 0.6, "before", amount


def _by_change(sums: Sums) -> Iterator[tuple[int, float, str, Amount | None]]:
    kinds = (*LABELLED, "before", "paid", "item")
    printed = {it.minor: it for kind in reversed(kinds) for it in sums.by_kind.get(kind, ())}
    for paid in sums.of("paid", "total", "grand"):
        for change in sums.of("change"):
            if change >= 0 and paid - change in printed and paid >= change:
                yield paid - change, 3.0, "cash", printed[paid - change]


def _by_rounding(sums: Sums) -> Iterator[tuple[int, float, str, Amount | None]]:
    """What was to pay comes after the rounding, where the sum is printed before it too."""
    printed = {it.minor: it for amounts in sums.by_kind.values() for it in amounts}
    for off in {it for it in sums.of("rounding") if 0 < abs(it) < MOST_ROUNDING}:
        for minor in set(sums.of(*LABELLED, "before")):
            for rounded in (minor + off, minor - off):
                if rounded in printed and rounded % 5 == 0:
                    yield rounded, 4.5, "rounded", printed[rounded]


def _by_baht(sums: Sums) -> Iterator[tuple[int, float, str, Amount | None]]:
    """A total that begins with an 8 which is none, where something else on the page says so."""
    others = {paid - change for paid in sums.of("paid") for change in sums.of("change")}
    others |= {sum(_item_amounts(sums)), *sums.of("paid")}
    for kind, weight in LABELLED.items():
        for amount in sums.by_kind.get(kind, ()):
            rest = str(amount.minor)[1:]
            is_odd = str(amount.minor)[0] == "8" and amount.minor not in others
            if is_odd and len(rest) >= 3 and int(rest) in others:
                yield int(rest), weight + 4.0, "cash", amount


def _by_sum(sums: Sums) -> Iterator[tuple[int, float, str, Amount | None]]:
    labelled = {it.minor: it for kind in LABELLED for it in sums.by_kind.get(kind, ())}
    printed = {it.minor: it for amounts in sums.by_kind.values() for it in amounts} | labelled
    extras = sum(sums.of("service")[:1]) + sum(sums.of("rounding")[:1])
    for before in sums.of("before"):
        for tax in {*sums.of("tax"), 0}:
            for more in {extras, 0}:
                if before + tax + more in printed and (tax or more):
                    yield before + tax + more, 1.5, "tax", printed[before + tax + more]
    summary = sums.of("summary")
    for base, tax in zip(summary[::2], summary[1::2], strict=False):
        if tax and base + tax in labelled:
            yield base + tax, 1.0, "tax", labelled[base + tax]
    items = sum(_item_amounts(sums))
    for minor, amount in (labelled or printed).items():
        if items and abs(items - minor) <= TOLERANCE:
            yield minor, 1.5, "sum", amount


def _item_amounts(sums: Sums) -> list[int]:
    """The last amount of each row that is no sum."""
    last: dict[int, int] = {}
    for amount in sums.by_kind.get("item", ()):
        last[id(sums.rows[id(amount.line)])] = amount.minor
    return list(last.values())


def _confidence(reasons: set[str], lead: float) -> float:
    """Measured on scans with truth; see bench/README.md."""
    is_labelled = "label" in reasons
    confirmed = len(reasons & {"cash", "sum", "tax", "repeated", "rounded", "paid"})
    if is_labelled and confirmed >= 2 and lead >= 1:
        return 0.99
    if is_labelled and confirmed and lead >= 1:
        return 0.97
    if is_labelled and lead >= 1:
        return 0.9
    return 0.7 if is_labelled or "cash" in reasons else 0.4


def _is_bare(row: Row) -> bool:
    """Whether a row has nothing but amounts: its label stands above."""
    return sum(sign.isalpha() for sign in row.text) <= 3
