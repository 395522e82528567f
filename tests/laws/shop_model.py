"""A café in plain Python: what its rules promise, and what becomes of it. Written from the docs."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from loyalty.days import add_months
from tests.laws.model import ModelLedger, ModelLot

POINTS, STAMPS = "points", "stamps"
WALLETS = (POINTS, STAMPS)
# One point a baht, at most 50 a day for each; two more a baht of tea, 300 for all there will be.
BAHT, CAP_A_DAY, TEA_TIMES, TEA_BUDGET = 100, 50, 2, 300
# One stamp for a sale of five baht; a card of five stamps is a drink, which gives itself.
STAMP_FROM, CARD = 5_00, 5
LASTS_MONTHS = 1
WELCOME = 20
REWARD = 30
BAHT_OF_A_POINT = 25  # Minor units that a point pays.


@dataclass
class ModelLine:
    product: str
    amount: int
    returned: int = 0

    @property
    def left(self) -> int:
        return self.amount - self.returned


@dataclass
class ModelAward:
    """What a rule gave for a sale, and of what."""

    rule: str
    lot: ModelLot
    whose: int
    on: date
    value: int
    basis: dict[int, int]
    whole_above: int | None = None
    taken: int = 0  # Of its points, all refunds together.

    @property
    def wallet(self) -> str:
        return STAMPS if self.rule == "stamp" else POINTS

    def due(self, lines: list[ModelLine]) -> int:
        """How many of its points are to be gone by now."""
        given = self.lot.granted
        kept = sum(min(lines[place].left, most) for place, most in self.basis.items())
        if self.whole_above is not None:
            is_gone = not any(line.left for line in lines)
            return given if is_gone or kept < self.whole_above else 0
        return given - given * min(kept, self.value) // self.value


@dataclass
class ModelSale:
    on: date
    lines: list[ModelLine]
    whose: int | None
    contact: int | None = None  # Whose verified address it carries.
    awards: list[ModelAward] = field(default_factory=list)


@dataclass
class ModelSpending:
    """A redemption or a payment: which of its wallet's spendings, and what became of it."""

    whose: int
    wallet: str
    number: int
    on: date
    state: str = "ready"
    is_money: bool = False


@dataclass
class ModelGift:
    """Points by hand: a lot of its own, or (taken) a spending."""

    whose: int
    lot: ModelLot | None
    number: int = -1
    is_undone: bool = False


class ModelShop:
    """The café and its members. Each act returns nothing, or the code of a refusal."""

    def __init__(self, today: date, members: int, pending_days: int) -> None:
        self.today = today
        self.pending_days = pending_days
        self.absorbs = False
        self.wallets = [{wallet: ModelLedger(today) for wallet in WALLETS} for _ in range(members)]
        self.is_active = [True] * members
        self.sales: list[ModelSale] = []
        self.spendings: list[ModelSpending] = []
        self.gifts: list[ModelGift] = []
        self.given_that_day: dict[tuple[int, date], int] = {}
        self.tea_given = 0

    def figures(self) -> list[tuple[int, int, int]]:
        return [
            (it.points, it.pending, it.owed) for wallets in self.wallets for it in wallets.values()
        ]

    # --- Sales --------------------------------------------------------------------------------

    def sell(
        self, lines: list[tuple[str, int]], ago: int, whose: int | None, contact: int | None
    ) -> str:
        on = self.today - timedelta(ago)
        sale = ModelSale(on, [ModelLine(*line) for line in lines], whose, contact)
        self.sales.append(sale)
        if whose is not None:
            self._earn([sale])
        return ""

    def tell_again(self, number: int, whose: int | None) -> str:
        sale = self.sales[number]
        if sale.whose is None and whose is not None:
            sale.whose = whose
            self._earn([sale])
        elif whose not in (None, sale.whose):
            return "reference_reused"
        return ""

    def claim(self, whose: int) -> str:
        waiting = [it for it in self.sales if it.whose is None and it.contact == whose]
        for sale in waiting:
            sale.whose = whose
        self._earn(sorted(waiting, key=lambda it: it.on))
        return ""

    def _earn(self, sales: list[ModelSale]) -> None:
        if not sales or not self.is_active[sales[0].whose or 0]:
            return
        for sale in sales:
            self._award(sale)
        self._full_cards(sales[0].whose or 0)

    def _award(self, sale: ModelSale) -> None:
        whose = sale.whose or 0
        left = {place: line.left for place, line in enumerate(sale.lines) if line.left}
        value = sum(left.values())
        if not value:
            return
        day = (whose, sale.on)
        fits = max(CAP_A_DAY - self.given_that_day.get(day, 0), 0)
        if points := min(value // BAHT, fits):
            self.given_that_day[day] = self.given_that_day.get(day, 0) + points
            self._give(sale, "baht", points, value, left)
        tea = {place: it for place, it in left.items() if sale.lines[place].product == "tea"}
        worth = sum(tea.values())
        if points := min(worth * TEA_TIMES // BAHT, max(TEA_BUDGET - self.tea_given, 0)):
            self.tea_given += points
            self._give(sale, "tea", points, worth, tea)
        if value >= STAMP_FROM:
            self._give(sale, "stamp", 1, value, left, whole_above=STAMP_FROM)

    def _give(
        self, sale: ModelSale, rule: str, points: int, value: int, basis: dict[int, int], *,
        whole_above: int | None = None,
    ) -> None:  # fmt: skip
        whose = sale.whose or 0
        lot = self.wallets[whose][STAMPS if rule == "stamp" else POINTS].add(
            points, sale.on + timedelta(self.pending_days), add_months(sale.on, LASTS_MONTHS)
        )
        sale.awards.append(ModelAward(rule, lot, whose, sale.on, value, basis, whole_above))

    def _full_cards(self, whose: int) -> None:
        ledger = self.wallets[whose][STAMPS]
        if ledger.points < CARD:
            return
        ledger.settle()
        for _card in range(ledger.points // CARD):
            self._spend(whose, STAMPS, CARD)

    # --- Refunds ------------------------------------------------------------------------------

    def bring_back(self, number: int, place: int, amount: int) -> str:
        sale = self.sales[number]
        line = sale.lines[place]
        if amount > line.left:
            return "refund_above_sale"
        line.returned += amount
        for award in sale.awards:
            due = award.due(sale.lines)
            more = due - award.taken
            ledger = self.wallets[award.whose][award.wallet]
            ledger.take_back(award.lot.number, due, absorb=self.absorbs)
            award.taken = due
            if more > 0:
                self._make_room(award, more)
        return ""

    def _make_room(self, award: ModelAward, points: int) -> None:
        """What was taken back may be given again, in the days of then and for all."""
        if award.rule == "baht":
            day = (award.whose, award.on)
            self.given_that_day[day] = max(self.given_that_day[day] - points, 0)
        if award.rule == "tea":
            self.tea_given = max(self.tea_given - points, 0)

    # --- Spending -----------------------------------------------------------------------------

    def redeem(self, whose: int) -> str:
        return self._spend_if_active(whose, REWARD, is_money=False)

    def pay(self, whose: int, amount: int, at_the_till: bool) -> str:
        said = self._spend_if_active(whose, -(-amount // BAHT_OF_A_POINT), is_money=True)
        if not said and at_the_till:
            self.spendings[-1].state = "voucher_used"
        return said

    def _spend_if_active(self, whose: int, points: int, *, is_money: bool) -> str:
        if not self.is_active[whose]:
            return "member_not_active"
        if not self._spend(whose, POINTS, points):
            return "insufficient_points"
        self.spendings[-1].is_money = is_money
        return ""

    def _spend(self, whose: int, wallet: str, points: int) -> bool:
        ledger = self.wallets[whose][wallet]
        if not ledger.redeem(points):
            return False
        number = len(ledger.spendings) - 1
        self.spendings.append(ModelSpending(whose, wallet, number, self.today))
        return True

    def use(self, number: int) -> str:
        it = self.spendings[number]
        if not self.is_active[it.whose]:
            return "member_not_active"
        if it.state != "ready":
            return it.state
        if self._waited_too_long(it):
            return "voucher_expired"
        it.state = "voucher_used"
        return ""

    def cancel(self, number: int) -> str:
        it = self.spendings[number]
        if it.state == "voucher_used":
            return it.state
        if it.state == "ready":
            self._give_back(it)
        return ""

    def _waited_too_long(self, it: ModelSpending) -> bool:
        """Money waits half an hour for the till, and nothing here happens twice in one."""
        return it.is_money and it.state == "ready" and it.on < self.today

    def _give_back(self, it: ModelSpending) -> None:
        it.state = "voucher_cancelled"
        self.wallets[it.whose][it.wallet].give_back(it.number)

    # --- By hand ------------------------------------------------------------------------------

    def adjust(self, whose: int, points: int) -> str:
        ledger = self.wallets[whose][POINTS]
        if points > 0:
            lot = ledger.add(points, self.today, add_months(self.today, LASTS_MONTHS))
            self.gifts.append(ModelGift(whose, lot))
        elif ledger.redeem(-points):
            self.gifts.append(ModelGift(whose, None, len(ledger.spendings) - 1))
        else:
            return "insufficient_points"
        return ""

    def undo(self, number: int) -> str:
        it = self.gifts[number]
        ledger = self.wallets[it.whose][POINTS]
        if it.is_undone:
            return ""
        if it.lot is None:
            ledger.give_back(it.number)
        elif not ledger.take_back(it.lot.number, it.lot.granted, absorb=self.absorbs):
            return "cannot_undo"
        it.is_undone = True
        return ""

    # --- People and time ----------------------------------------------------------------------

    def leave(self, whose: int) -> str:
        self.is_active[whose] = False
        return ""

    def come_back(self, whose: int) -> str:
        self.is_active[whose] = True
        return ""

    def absorb(self, does: bool) -> str:
        self.absorbs = does
        return ""

    def dawn(self, days: int) -> str:
        """Days go by, and no job has run yet."""
        self.today += timedelta(days)
        for wallets in self.wallets:
            for ledger in wallets.values():
                ledger.today = self.today
        return ""

    def night(self, days: int) -> str:
        """Days go by, points mature, money that waited comes back, points expire."""
        self.dawn(days)
        for wallets in self.wallets:
            for ledger in wallets.values():
                ledger.mature()
        for it in self.spendings:
            if self._waited_too_long(it):
                self._give_back(it)
        for wallets in self.wallets:
            for ledger in wallets.values():
                ledger.settle()
        return ""
