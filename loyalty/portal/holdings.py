"""What a member has, wallet by wallet, as the home page draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty import formats
from loyalty.ledger import statement
from loyalty.ledger.models import Wallet
from loyalty.ledger.statement import Holding
from loyalty.merchants.models import Program
from loyalty.portal import telling
from loyalty.rewards.models import Reward

MOST_STAMPS = 20  # More are a number, not a drawing.
NOTICE = 30  # Days, where the merchant sends no letters about it.


@dataclass(frozen=True, slots=True, kw_only=True)
class StampCard:
    """A card that fills: so many of so many, for this reward."""

    filled: int
    total: int
    reward: Reward
    left: str

    @property
    def is_drawn(self) -> bool:
        return self.total <= MOST_STAMPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One wallet, in words."""

    holding: Holding
    amount: str  # "1,250", or "฿40.50".
    unit: str  # "points"; nothing where the amount says it.
    notes: list[str]  # What is pending, what is owed.
    expiring: str  # The sentence about what expires next.
    is_soon: bool  # Whether that is near enough to be urgent.
    stamps: StampCard | None = None

    @property
    def wallet(self) -> Wallet:
        return self.holding.wallet


def held_by(program: Program, account_id: int, *, today: date) -> list[Held]:
    """What an account has: spendable wallets first, in the program's order."""
    holdings = statement.holdings(account_id)
    for holding in holdings:
        holding.wallet.program = program  # What prints points asks for its currency.
    cards = _cards(program, holdings)
    held = [_held(it, cards.get(it.wallet.pk), program, today) for it in holdings]
    return sorted(held, key=lambda it: not it.wallet.is_spendable)


def _cards(program: Program, holdings: Sequence[Holding]) -> dict[int, Reward]:
    """The reward that each stamp card fills for: one given by itself, else the cheapest."""
    stamps = [it.wallet.pk for it in holdings if it.wallet.kind == Wallet.Kind.STAMPS]
    if not stamps:
        return {}
    rewards = program.rewards.kept().filter(is_active=True, wallet__in=stamps)
    return {it.wallet_id: it for it in rewards.order_by("is_automatic", "-price")}


def next_to_expire(held: Sequence[Held]) -> Held | None:
    """What is lost first if nothing is done."""
    due = [it for it in held if it.holding.next_expiry and it.wallet.is_spendable]
    return min(due, key=_when, default=None)


def _when(held: Held) -> date:
    assert held.holding.next_expiry is not None
    return held.holding.next_expiry.last_day


def _held(holding: Holding, reward: Reward | None, program: Program, today: date) -> Held:
    wallet = holding.wallet
    is_money = wallet.kind == Wallet.Kind.CASHBACK
    amount = formats.points(holding.points, wallet) if is_money else formats.number(holding.points)
    return Held(
        holding=holding,
        amount=amount,
        unit="" if is_money else formats.unit(holding.points, wallet),
        notes=_notes(holding, program),
        expiring=_expiring(holding, program),
        is_soon=_is_soon(holding, program, today),
        stamps=_stamps(holding, reward) if wallet.kind == Wallet.Kind.STAMPS else None,
    )


def _notes(holding: Holding, program: Program) -> list[str]:
    notes = []
    if holding.next_available:
        at, points = holding.next_available
        told = {
            "points": formats.points(holding.pending, holding.wallet),
            "day": telling.day(at, program),
        }
        at_once = points == holding.pending
        words = (
            _("Pending: %(points)s. To be spent from %(day)s.")
            if at_once
            else _("Pending: %(points)s. The first can be spent from %(day)s.")
        )
        notes.append(words % told)
    if holding.owed:
        owed = formats.points(holding.owed, holding.wallet)
        notes.append(
            _("You owe %(points)s: they had been spent when the purchase was returned. What you"
              " collect next repays them.") % {"points": owed}
        )  # fmt: skip
    return notes


def _expiring(holding: Holding, program: Program) -> str:
    if not holding.next_expiry:
        return ""
    words = ngettext(
        "Use %(points)s by %(day)s, before it expires",
        "Use %(points)s by %(day)s, before they expire",
        holding.next_expiry.points,
    )
    return words % {
        "points": formats.points(holding.next_expiry.points, holding.wallet),
        "day": telling.day(holding.next_expiry.last_day, program),
    }


def _is_soon(holding: Holding, program: Program, today: date) -> bool:
    """As soon as the merchant would write a letter about it."""
    due = holding.next_expiry
    return due is not None and (due.last_day - today).days <= (program.expiry_notice_days or NOTICE)


def _stamps(holding: Holding, reward: Reward | None) -> StampCard | None:
    if reward is None:
        return None
    filled = min(holding.points, reward.price)
    left = reward.price - filled
    words = {"units": formats.points(left, holding.wallet), "reward": reward.name}
    sentence = _("%(units)s more for: %(reward)s") if left else _("Your card is full: %(reward)s")
    return StampCard(filled=filled, total=reward.price, reward=reward, left=sentence % words)
