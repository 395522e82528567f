"""The ledger of one balance in plain Python: slow, small, and written from the laws alone."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass
class ModelLot:
    number: int
    granted: int
    left: int
    available_on: date
    expires_on: date  # date.max: never.
    is_pending: bool
    reversed: int = 0
    expired: int = 0


@dataclass
class ModelLedger:
    """Points as lots and a debt. Each act says whether it was allowed.

    ``sleep`` is a night; a day that dawns without one changes nothing by itself.
    """

    today: date
    lots: list[ModelLot] = field(default_factory=list)
    owed: int = 0
    borne: list[int] = field(default_factory=list)  # By the merchant, of each shortfall.
    spendings: list[dict[int, int]] = field(default_factory=list)  # Lot and points of each.
    given_back: set[int] = field(default_factory=set)

    @property
    def points(self) -> int:
        return sum(lot.left for lot in self.lots if not lot.is_pending)

    @property
    def pending(self) -> int:
        return sum(lot.left for lot in self.lots if lot.is_pending)

    def accrue(self, points: int, waits: int, lasts: int) -> None:
        self.add(points, self.today + timedelta(waits), self.today + timedelta(lasts))

    def add(self, points: int, available_on: date, expires_on: date = date.max) -> ModelLot:
        is_pending = available_on > self.today
        lot = ModelLot(len(self.lots), points, points, available_on, expires_on, is_pending)
        self.lots.append(lot)
        self._repay(lot)
        return lot

    def redeem(self, points: int) -> bool:
        before = deepcopy(self.lots)
        self.settle()
        if self.points < points:
            self.lots = before  # A refusal leaves no trace; the night will come anyway.
            return False
        drawn: dict[int, int] = {}
        for lot in sorted(self.lots, key=lambda it: (it.expires_on, it.number)):
            taken = min(points, lot.left) if not lot.is_pending else 0
            if taken:
                lot.left -= taken
                points -= taken
                drawn[lot.number] = taken
        self.spendings.append(drawn)
        return True

    def take_back(self, number: int, total: int, *, absorb: bool = False) -> bool:
        mine = self.lots[number]
        points = min(total, mine.granted) - mine.reversed - mine.expired
        if points <= 0:
            return False
        mine.reversed += points
        others = sorted(self.lots, key=lambda it: (it.is_pending, it.expires_on, it.number))
        for lot in [mine, *others]:
            taken = min(points, lot.left)
            lot.left -= taken
            points -= taken
        self.owed += points
        if points and absorb:
            self.borne.append(points)
            self.add(points, self.today)
        return True

    def give_back(self, number: int) -> bool:
        if number in self.given_back:
            return False
        self.given_back.add(number)
        drawn = self.spendings[number]
        for lot_number, points in drawn.items():
            self.lots[lot_number].left += points
        for lot_number in sorted(drawn, reverse=True):
            self._collect(self.lots[lot_number], drawn[lot_number])
            self._repay(self.lots[lot_number])
        return True

    def sleep(self, days: int) -> None:
        self.today += timedelta(days)
        self.settle()

    def mature(self) -> None:
        for lot in self.lots:
            lot.is_pending = lot.is_pending and lot.available_on > self.today

    def settle(self) -> None:
        for lot in self.lots:
            if lot.expires_on <= self.today:
                lot.expired += lot.left
                lot.left = 0
            elif lot.available_on <= self.today:
                lot.is_pending = False

    def _repay(self, lot: ModelLot) -> None:
        paid = min(self.owed, lot.left)
        self.owed -= paid
        lot.left -= paid

    def _collect(self, lot: ModelLot, points: int) -> None:
        """What the merchant bore as spent is not given a second time by cancelling."""
        points = min(points, lot.reversed)
        for place, borne in enumerate(self.borne):
            collected = min(borne, points, lot.left)
            lot.left -= collected
            points -= collected
            self.borne[place] -= collected
