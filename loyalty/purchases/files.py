"""Reading a merchant's file of sales, line by line, however large. Bad lines are told, not guessed.

A sale or refund of which a line is bad is left out whole: half of it would earn half its points,
and what is missing could not be told later.
"""

import csv
import io
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from loyalty import money
from loyalty.purchases import cells
from loyalty.purchases.cells import BadLine
from loyalty.purchases.mapping import Mapping
from loyalty.purchases.models import LineKind
from loyalty.purchases.opening import BadFile, as_text, damage_is_told, opened
from loyalty.purchases.sale import MOST_MINOR, MOST_QUANTITY, ReturnLine, SaleLine

MOST_FIELD = 100_000  # Characters of one field: more is a file that is broken, not a name.
LOOK_BACK = 5_000  # Lines for which a sale stays open: some files come back to one.
LONGEST = 80  # Of references, and of the merchant's numbers for members and products.
KINDS = frozenset(LineKind.values)

Told = dict[str, str]


@dataclass(slots=True)
class Group:
    """The lines of one sale or refund."""

    reference: str
    first_line: int
    made_at: datetime
    is_refund: bool
    member: str
    email: str
    phone: str
    payment_method: str
    channel: str
    lines: list[Any] = field(default_factory=list)  # SaleLine or ReturnLine


@dataclass(slots=True)
class Problem:
    """A line that was left out, and why."""

    line: int
    reason: str


@dataclass
class Reading:
    """A file as it is read: its groups in their order, and what was wrong with it."""

    path: Path
    mapping: Mapping
    currency: str
    time_zone: str
    lines: int = 0  # Without the header.
    problems: list[Problem] = field(default_factory=list)
    bad_lines: int = 0
    left_out: int = 0  # Sales and refunds of which some lines are good, and one is bad.
    _bad: dict[str, int] = field(default_factory=dict)  # Their references, with the bad line.
    _waiting: OrderedDict[tuple[str, bool], Group] = field(default_factory=OrderedDict)
    _packed: BinaryIO | None = None
    _names: list[str] = field(default_factory=list)

    @cached_property
    def size(self) -> int:
        return self.path.stat().st_size

    @property
    def position(self) -> int:
        """Bytes of the file that were read."""
        return self._packed.tell() if self._packed and not self._packed.closed else self.size

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def groups(self) -> Iterator[Group]:
        """Every sale and refund of the file, once its lines are together."""
        with opened(self.path) as self._packed:
            for number, row in self._rows(as_text(self._packed, self.mapping.encoding)):
                try:
                    self._take(number, row)
                except BadLine as problem:
                    self._is_bad(number, str(problem), row[self._names.index("reference")].strip())
                while self._waiting and number - self._first.first_line > LOOK_BACK:
                    yield from self._next()
        while self._waiting:
            yield from self._next()

    def ahead(self) -> list[datetime]:
        """When the sales and refunds were made that come next, as far as they are read."""
        return [group.made_at for group in self._waiting.values()]

    # --- Rows ---------------------------------------------------------------------------------

    def _rows(self, text: io.TextIOWrapper) -> Iterator[tuple[int, Sequence[str]]]:
        """The number of a row's first line, and its cells in the order of ``_names``."""
        csv.field_size_limit(MOST_FIELD)
        reader = csv.reader(text, delimiter=self.mapping.delimiter)
        header = self._header(reader)
        places = {name: header.index(it) for name, it in self._columns(header).items()}
        self._names, pick = list(places), itemgetter(*places.values())
        while True:
            first = reader.line_num + 1
            try:
                with damage_is_told():
                    values = next(reader)
            except StopIteration:
                return
            except csv.Error:
                self.lines += 1
                self._is_bad(first, self._as_one(first, reader.line_num) or _("It is too long."))
                continue
            if not any(values):
                continue
            self.lines += 1
            if len(values) != len(header) or (reader.line_num > first and self._has_eaten(values)):
                self._is_ragged(first, reader.line_num, values, header, places["reference"])
            else:
                yield first, pick(values)

    def _header(self, reader: Any) -> list[str]:
        try:
            with damage_is_told():
                header = next(reader, None)
        except csv.Error as error:
            raise BadFile(_("The first line is too long for a header.")) from error
        if not header or not any(header):
            raise BadFile(_("The file is empty."))
        return [name.strip() for name in header]

    def _columns(self, header: Sequence[str]) -> dict[str, str]:
        """The columns that are there, by our names. Those that must be there are."""
        columns = self.mapping.columns
        there = {name: column for name, column in columns.items() if column in header}
        missing = [columns[name] for name in self.mapping.needed if name not in there]
        if not {"amount", "unit_price"} & there.keys():
            missing += [columns[name] for name in ("amount", "unit_price") if name in columns]
        if missing:
            raise BadFile(
                _("The file has no column %(names)s. It has: %(header)s.")
                % {"names": ", ".join(dict.fromkeys(missing)), "header": ", ".join(header)[:300]}
            )
        if twice := [column for column in there.values() if header.count(column) > 1]:
            raise BadFile(_("The file has two columns %(name)s.") % {"name": twice[0]})
        return there

    def _is_bad(self, line: int, reason: str, reference: str = "") -> None:
        self.bad_lines += 1
        self.problems.append(Problem(line, reason))
        if reference:
            self._bad.setdefault(reference, line)

    def _is_ragged(
        self, first: int, last: int, values: list[str], header: list[str], place: int
    ) -> None:
        reason = self._as_one(first, last) or (
            _("It has %(found)s fields; the header has %(expected)s.")
            % {"found": len(values), "expected": len(header)}
        )
        self._is_bad(first, reason, values[place].strip() if place < len(values) else "")

    def _has_eaten(self, values: list[str]) -> bool:
        """Whether a cell of several lines holds others' rows: its quotation mark was left open."""
        row = len(values) - 1
        return any("\n" in it and it.count(self.mapping.delimiter) >= row for it in values)

    @staticmethod
    def _as_one(first: int, last: int) -> str:
        if last <= first:
            return ""
        return _(
            "The lines up to %(last)s were read as one, because a quotation mark is not closed."
        ) % {"last": last}

    # --- Groups -------------------------------------------------------------------------------

    @property
    def _first(self) -> Group:
        return next(iter(self._waiting.values()))

    def _next(self) -> Iterator[Group]:
        group = self._waiting.popitem(last=False)[1]
        bad = self._bad.get(group.reference)
        if bad is None:
            yield group
            return
        self.left_out += 1
        reason = _("%(reference)s is left out whole, because line %(line)s of it is bad.")
        told = {"reference": group.reference, "line": bad}
        self.problems.append(Problem(group.first_line, reason % told))

    def _take(self, number: int, row: Sequence[str]) -> None:
        told = dict(zip(self._names, cells.texts(row), strict=True))
        reference = told["reference"]
        if not reference or len(reference) > LONGEST:
            raise BadLine(_("It has no reference, or one that is too long."))
        is_refund, quantity = self._quantity(told)
        line = self._line(told, quantity, is_refund=is_refund)
        group = self._waiting.get((reference, is_refund))
        if group is None:
            group = self._group(number, told, is_refund=is_refund)
            self._waiting[reference, is_refund] = group
        group.lines.append(line)

    def _quantity(self, told: Told) -> tuple[bool, Decimal]:
        quantity = cells.number(told.get("quantity") or "1")
        prefix = self.mapping.refund_prefix
        is_refund = bool(prefix) and told["reference"].startswith(prefix)
        if self.mapping.negative_is_refund and quantity < 0:
            is_refund = True
        pieces = -quantity if is_refund and quantity < 0 else quantity
        exact = pieces.quantize(Decimal("0.001"))
        if not 0 < exact <= MOST_QUANTITY:
            raise BadLine(
                _("The quantity %(quantity)s is not positive, or too large.")
                % {"quantity": f"{pieces:f}"}
            )
        return is_refund, exact

    def _line(self, told: Told, quantity: Decimal, *, is_refund: bool) -> Any:
        product = told.get("product", "")[:LONGEST]
        if is_refund:
            return ReturnLine(product=product, quantity=quantity)
        amount, price = told.get("amount"), told.get("unit_price")
        if not amount and not price:
            raise BadLine(_("It has no amount."))
        paid = cells.number(amount) if amount else cells.number(price or "") * quantity
        tax, kind = told.get("tax", ""), told.get("kind") or "item"
        if kind not in KINDS:
            raise BadLine(
                _("“%(kind)s” is no kind of line. There are: %(kinds)s.")
                % {"kind": kind[:40], "kinds": ", ".join(sorted(KINDS))}
            )
        return SaleLine(
            amount_minor=self._minor(paid), product=product, name=told.get("name", "")[:160],
            category=told.get("category", "")[:80], quantity=quantity,
            tax_minor=self._minor(cells.number(tax)) if tax else 0, kind=kind,
        )  # fmt: skip

    def _minor(self, amount: Decimal) -> int:
        minor = money.rounded(amount, self.currency)
        if not 0 <= minor <= MOST_MINOR:
            raise BadLine(
                _("The amount %(amount)s is negative or too large.")
                % {"amount": f"{amount.normalize():f}"}
            )
        return minor

    def _group(self, number: int, told: Told, *, is_refund: bool) -> Group:
        member = told.get("member", "").removesuffix(self.mapping.member_suffix)
        if len(member) > LONGEST:
            raise BadLine(_("The member's number is too long."))
        made_at = cells.instant(told["made_at"], self.mapping.date_format, self.zone)
        return Group(
            told["reference"], number, made_at, is_refund, member, told.get("email", ""),
            told.get("phone", ""), told.get("payment_method", "")[:40],
            told.get("channel", "")[:40],
        )  # fmt: skip
