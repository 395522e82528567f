"""Taking back what sales gave, each award by its own share, whatever the rules say today."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from loyalty.days import local_date
from loyalty.earning import cap_usage
from loyalty.earning.cap_usage import Released
from loyalty.earning.rulebook import rulebook_for
from loyalty.flows import following, playing, presents
from loyalty.flows.announcing import Announcements
from loyalty.ledger import figures, posting
from loyalty.ledger.book import Book, Line
from loyalty.ledger.figures import Counted
from loyalty.merchants.models import Program
from loyalty.purchases import keeping, matching, returning
from loyalty.purchases.matching import Taken
from loyalty.purchases.models import Purchase, PurchaseAward, PurchaseLine
from loyalty.purchases.returning import RecordedReturn
from members.ladder import ladder_for
from members.standing import Standings


def take_back(
    program: Program, book: Book, returns: Sequence[RecordedReturn], *, letters: bool
) -> dict[int, list[Line]]:
    """Reverse the awards of every sale that returns touch; the new lines by return."""
    touched = {taken.line.purchase_id for it in returns for taken in it.taken}
    if not touched:
        return {}
    taking = TakingBack(program, book, sorted(touched), letters=letters)
    posted = {it.id: taking.take(it) for it in returns if it.taken}
    taking.write()
    return posted


@dataclass(slots=True)
class Touched:
    """A sale that something came back of: its lines and awards as they stand in the batch."""

    sale: Purchase
    lines: list[PurchaseLine]
    awards: list[PurchaseAward]

    @property
    def spend_minor(self) -> int:
        return int(keeping.kept_value(self.lines))

    @property
    def is_kept(self) -> bool:
        return any(line.refunded_minor < line.amount_minor for line in self.lines)

    def due(self) -> dict[int, int]:
        """What is to be taken back of each award in all."""
        return {award.pk: keeping.to_take_back(award, self.lines) for award in self.awards}


class TakingBack:
    """The state of a batch: read once, each return taken after the other, written once."""

    def __init__(
        self, program: Program, book: Book, touched: Sequence[int], *, letters: bool
    ) -> None:
        self.program, self.book = program, book
        self.touched = _read(touched)
        self.lines = {line.pk: line for it in self.touched.values() for line in it.lines}
        self.changed: set[int] = set()  # Lines.
        self.released: list[Released] = []
        accounts = {account_id for account_id, _wallet in book.balances}
        if accounts:
            posting.recall(book, [a.entry for it in self.touched.values() for a in it.awards])
        rulebook = rulebook_for(program.pk, program.version)
        ladder = ladder_for(program.pk, program.version)
        days: dict[int, list[date]] = {}
        for it in self.touched.values():
            for account_id in self._whose(it.sale):
                if account_id in accounts:
                    days.setdefault(account_id, []).append(it.sale.made_on)
        self.standings = Standings.load(ladder, rulebook, days)
        self.letters = Announcements(rulebook, self.standings, now=book.now) if letters else None

    def take(self, it: RecordedReturn) -> list[Line]:
        """Reverse what a return's lines had earned, and write its letter."""
        touched = [self.touched[pk] for pk in sorted({_sale_of(taken) for taken in it.taken})]
        before = [(sale.due(), sale.spend_minor, sale.is_kept) for sale in touched]
        matching.put_away(self._here(it.taken))
        if it.account_id is None:
            return []
        awards = [(award, sale) for sale in touched for award in sale.awards]
        awards.sort(key=lambda pair: pair[0].pk)
        posted = [line for award, sale in awards if (line := self._reverse(it, award, sale.lines))]
        for sale, (due, spend_minor, is_kept) in zip(touched, before, strict=True):
            self._unqualify(sale, due, spend_minor=spend_minor, is_kept=is_kept)
        reader = self.book.holder_of(it.account_id)
        if self.letters and posted and reader in self.standings:
            self.letters.taken_back(
                reader, posted, key=f"refund:{it.id}", amount_minor=it.matched_minor,
                at=it.ret.made_at,
            )  # fmt: skip
        return posted

    def write(self) -> None:
        returning.mark((self.lines[pk] for pk in sorted(self.changed)), {
            pk: sum(line.refunded_minor for line in it.lines) for pk, it in self.touched.items()
        })  # fmt: skip
        posting.write(self.book)
        self._take_presents()
        sales = [it.sale for it in self.touched.values()]
        playing.take_marks_back(self.program.pk, self.program.version, sales)
        following.withdraw(self.program.pk, self.program.version, sales, now=self.book.now)
        cap_usage.release(self.released)
        self.standings.write(self.book.now)
        if self.letters:
            self.letters.owe()

    def _take_presents(self) -> None:
        """Vouchers and badges that the sales had given go with what they were given for."""
        lines = {pk: it.lines for pk, it in self.touched.items()}
        for it in presents.lost(lines):
            sale = it.purchase
            whose = self._whose(sale)
            if whose and presents.take_back(self.book, it, whose[-1]):
                self.released += [
                    Released(it.source, account_id, "", sale.made_on, 1) for account_id in whose
                ]

    def _here(self, taken: Iterable[Taken]) -> Iterable[Taken]:
        """What came back, on the lines as this batch sees them."""
        for it in taken:
            self.changed.add(it.line.pk)
            yield Taken(self.lines[it.line.pk], it.quantity, it.amount_minor)

    def _reverse(
        self, it: RecordedReturn, award: PurchaseAward, lines: Sequence[PurchaseLine]
    ) -> Line | None:
        due = keeping.to_take_back(award, lines)
        line = posting.take_back(
            self.book, award.entry, total=due, key=f"refund:{it.id}/{award.entry.key}",
            source=f"refund:{it.id}", at=it.ret.made_at,
            absorb=self._is_borne(it.account_id), cause_is_new=True,
            explanation=[{
                "step": "refund", "reference": it.ret.reference, "given": award.entry.points,
                "taken_back": due,
            }],
        )  # fmt: skip
        measure = figures.campaign(award.entry.source)
        if measure and line:
            on = local_date(it.ret.made_at, self.program.time_zone)
            self.book.counted.append(Counted(self.program.pk, on, measure, 0, line.points))
        return line

    def _is_borne(self, account_id: int | None) -> bool:
        """Of somebody who was forgotten nothing can be owed."""
        absorbs = self.program.shortfall == Program.Shortfall.ABSORB
        return absorbs or account_id is None or account_id not in self.standings

    def _whose(self, sale: Purchase) -> list[int]:
        """Whom a sale counted for: its account, and who has that one's days and caps now."""
        if sale.account_id is None:
            return []
        return list(dict.fromkeys([sale.account_id, self.book.holder_of(sale.account_id)]))

    def _unqualify(
        self, touched: Touched, due: dict[int, int], *, spend_minor: int, is_kept: bool
    ) -> None:
        """A refund takes from its sale's day what that had added; caps have room again."""
        sale, more = touched.sale, {pk: now - due[pk] for pk, now in touched.due().items()}
        for account_id in self._whose(sale):
            self.released += [
                Released(award.entry.source, account_id, "", sale.made_on, more[award.pk])
                for award in touched.awards
                if more[award.pk] > 0
            ]
            if account_id not in self.standings:
                continue  # The person was forgotten; the books are kept.
            self.standings.unqualify(
                account_id, sale.made_on,
                spend_minor=spend_minor - touched.spend_minor,
                points=sum(more[award.pk] for award in touched.awards if award.qualifying_points),
                purchases=int(is_kept and not touched.is_kept),
                today=local_date(self.book.now, self.program.time_zone),
            )  # fmt: skip


def _sale_of(taken: Taken) -> int:
    return taken.line.purchase_id


def _read(touched: Sequence[int]) -> dict[int, Touched]:
    sales = Purchase.objects.in_bulk(touched)
    found = {pk: Touched(sales[pk], [], []) for pk in touched}
    for line in PurchaseLine.objects.filter(purchase__in=touched).order_by("purchase", "number"):
        found[line.purchase_id].lines.append(line)
    awards = PurchaseAward.objects.filter(purchase__in=touched)
    for award in awards.select_related("entry__balance").order_by("entry"):
        found[award.purchase_id].awards.append(award)
    return found
