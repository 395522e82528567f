"""What points are worth to a program, and how much of them is expected to be spent."""

from dataclasses import dataclass
from datetime import date, timedelta

from loyalty.ledger import figures
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program

YEAR = timedelta(365)
ALL = 10_000  # Basis points.


@dataclass(frozen=True, slots=True)
class Worth:
    """So many points are worth so much; (0, 0) where nobody has said."""

    points: int = 0
    minor: int = 0

    def of(self, points: int, basis_points: int = ALL) -> int | None:
        """What points cost, if so much of them is spent, to the nearest minor unit."""
        if not self.points:
            return None
        below = self.points * ALL
        return (2 * points * self.minor * basis_points + below) // (2 * below)


def worth_of(program: Program, wallet: Wallet) -> Worth:
    """By what points pay at the till; cashback is money already."""
    if wallet.kind == Wallet.Kind.CASHBACK:
        return Worth(1, 1)
    if wallet.kind == Wallet.Kind.POINTS and program.pay_points:
        return Worth(program.pay_points, program.pay_minor)
    return Worth()


def spent_of(wallet: Wallet, *, today: date) -> int | None:
    """How much of what was issued in the last 12 months was spent, in hundredths of a percent.

    None where nothing was issued or nothing spent: then nobody can know yet.
    """
    names = {kind: f"wallet:{wallet.pk}.{kind}" for kind in ("accrual", "redemption", "return")}
    sums = figures.totals(wallet.program_id, since=today - YEAR, until=today + timedelta(1))
    issued = sums.get(names["accrual"], (0, 0))[1]
    redeemed = -sum(sums.get(names[kind], (0, 0))[1] for kind in ("redemption", "return"))
    if issued <= 0 or redeemed <= 0:
        return None
    return min(ALL, (2 * redeemed * ALL + issued) // (2 * issued))
