"""What tills, members and staff ask for, how each is asked, and what is to come of it."""

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from bench.rig.browsers import CSRF
from bench.rig.crash.shop import CUP, PRICE, SCARCE_PRICE, Card, Shop
from loyalty.public_ids import ALPHABET, LENGTH

# Rules may say no to these; to anything else a no is a fault.
MAY_BE_REFUSED = {
    "redemption": {"insufficient_points", "sold_out"},
    "portal redemption": {"insufficient_points", "sold_out"},
    "payment": {"insufficient_points"},
    "adjustment": {"insufficient_points"},
    "desk adjustment": {"insufficient_points"},
}


@dataclass(slots=True)
class Wish:
    """One thing that is to happen once, however often it is asked for."""

    kind: str
    name: str  # Its Idempotency-Key, its reference, or the hidden key of its form.
    path: str
    body: dict[str, Any]
    # Account, points, entries: what it moves if it is granted.
    moves: tuple[tuple[int, int, int], ...] = ()
    is_keyed: bool = False  # With an Idempotency-Key: then its answer is kept, byte for byte.
    references: tuple[str, ...] = ()  # Of the sales, refunds or activities it tells of.
    browser: str = ""  # It is a form of a page, sent by whoever has these cookies.
    then: Callable[[Any], None] | None = None  # What its answer makes possible.
    asked: int = 0
    status: int = 0
    answer: Any = None
    refusal: str = ""

    @property
    def is_settled(self) -> bool:
        return self.is_granted or bool(self.refusal)

    @property
    def is_granted(self) -> bool:
        return bool(self.status)

    def payload(self, token: str) -> tuple[bytes, dict[str, str]]:
        """Its body and its headers."""
        if self.browser:
            told = urlencode(self.body | {"csrfmiddlewaretoken": CSRF}).encode()
            return told, {
                "Cookie": self.browser, "Content-Type": "application/x-www-form-urlencoded",
            }  # fmt: skip
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        if self.is_keyed:
            headers["Idempotency-Key"] = self.name
        return json.dumps(self.body).encode(), headers


@dataclass
class Wishes:
    """Everything that is asked for in one shop, in a random order."""

    shop: Shop
    random: Random
    all: list[Wish] = field(default_factory=list)
    pages: bool = True
    _sales: deque[tuple[Card, str, int]] = field(default_factory=deque)
    _redemptions: deque[tuple[Card, dict[str, Any], int]] = field(default_factory=deque)

    def next(self) -> Wish:
        """Whatever somebody wants now. What it needs is taken, so that no two want the same."""
        kinds: list[tuple[Callable[[], Wish], int]] = [
            (self._purchase, 6), (self._purchase_with_key, 4), (self._batch, 2),
            (self._activity, 3), (self._redemption, 6), (self._payment, 2), (self._adjustment, 3),
        ]  # fmt: skip
        if self._sales:
            kinds.append((self._refund, 4))
        if self._redemptions:
            kinds += [(self._use, 2), (self._cancel, 2), (self._cancel_voucher, 2)]
        if self.pages:
            kinds += [(self._portal_redemption, 2), (self._desk_adjustment, 2)]
        makers, weights = zip(*kinds, strict=True)
        wish: Wish = self.random.choices(makers, weights)[0]()
        self.all.append(wish)
        return wish

    # --- Sales ----------------------------------------------------------------------------------

    def _purchase(self) -> Wish:
        card, name = self._card(), self._name("s")
        told, points = self._sale(name)
        return Wish(
            "purchase", name, "/api/v1/purchases", told | {"member": card.id},
            ((card.account_id, points, 1),), references=(name,),
            then=lambda answer: self._sales.append((card, answer["id"], points)),
        )  # fmt: skip

    def _purchase_with_key(self) -> Wish:
        wish = self._purchase()
        wish.kind, wish.is_keyed = "purchase with key", True
        return wish

    def _batch(self) -> Wish:
        name = self._name("b")
        items, moves, references = [], [], []
        for place in range(self.random.randint(2, 6)):
            card, reference = self._card(), f"{name}-{place}"
            told, points = self._sale(reference)
            items.append(told | {"member": card.id})
            moves.append((card.account_id, points, 1))
            references.append(reference)
        return Wish(
            "batch", name, "/api/v1/purchases/batch", {"purchases": items}, tuple(moves),
            is_keyed=self.random.random() < 0.7, references=tuple(references),
        )  # fmt: skip

    def _sale(self, reference: str) -> tuple[dict[str, Any], int]:
        tens = self.random.randint(1, 60)
        told = {
            "source": "rig", "reference": reference, "made_at": self._earlier(),
            "total": f"{tens * 10}.00",
        }  # fmt: skip
        return told, tens

    def _refund(self) -> Wish:
        card, sale, points = self._sales.popleft()
        name = self._name("r")
        back = points if self.random.random() < 0.5 else self.random.randint(1, points)
        told = {
            "source": "rig", "reference": name, "made_at": timezone.now().isoformat(),
            "purchase": sale, "amount": f"{back * 10}.00",
        }  # fmt: skip
        return Wish(
            "refund", name, "/api/v1/refunds", told, ((card.account_id, -back, 1),),
            is_keyed=self.random.random() < 0.5, references=(name,),
        )  # fmt: skip

    def _activity(self) -> Wish:
        card, name = self._card(), self._name("a")
        told = {
            "kind": "own_cup", "source": "rig", "reference": name,
            "occurred_at": self._earlier(), "member": card.id,
        }  # fmt: skip
        return Wish(
            "activity", name, "/api/v1/activities", told, ((card.account_id, CUP, 1),),
            is_keyed=self.random.random() < 0.5, references=(name,),
        )  # fmt: skip

    # --- Points that are spent, given and taken ------------------------------------------------

    def _redemption(self) -> Wish:
        card, name = self._card(), self._name("k")
        reward, price = self._reward()
        return Wish(
            "redemption", name, "/api/v1/redemptions", {"member": card.id, "reward": reward},
            ((card.account_id, -price, 1),), is_keyed=True,
            then=lambda answer: self._redemptions.append((card, answer, price)),
        )  # fmt: skip

    def _use(self) -> Wish:
        _card, made, _price = self._redemptions.popleft()
        told = {"code": made["voucher"]["code"], "reference": "till-1"}
        return Wish("use", self._name("u"), "/api/v1/vouchers/use", told, is_keyed=True)

    def _cancel(self) -> Wish:
        card, made, price = self._redemptions.popleft()
        path = f"/api/v1/redemptions/{made['id']}/cancel"
        moves = ((card.account_id, price, 1),)
        return Wish("cancel", self._name("c"), path, {}, moves, is_keyed=True)

    def _cancel_voucher(self) -> Wish:
        card, made, price = self._redemptions.popleft()
        told, moves = {"code": made["voucher"]["code"]}, ((card.account_id, price, 1),)
        path = "/api/v1/vouchers/cancel"
        return Wish("cancel voucher", self._name("v"), path, told, moves, is_keyed=True)

    def _payment(self) -> Wish:
        card, baht = self._card(), self.random.randint(1, 4)
        told = {"member": card.id, "amount": f"{baht}.00"}
        moves = ((card.account_id, -10 * baht, 1),)
        return Wish("payment", self._name("p"), "/api/v1/payments", told, moves, is_keyed=True)

    def _adjustment(self) -> Wish:
        card, points = self._card(), self.random.choice([-7, 5, 11])
        told = {"member": card.id, "wallet": "points", "points": points, "reason": "So it is."}
        return Wish(
            "adjustment", self._name("j"), "/api/v1/adjustments", told,
            ((card.account_id, points, 1),), is_keyed=True,
        )  # fmt: skip

    # --- Pages ----------------------------------------------------------------------------------

    def _portal_redemption(self) -> Wish:
        card, name = self._card(), self._hidden_key()
        reward, price = self._reward()
        path = f"/p/{self.shop.program.slug}/rewards/{reward}/"
        moves = ((card.account_id, -price, 1),)
        told = {"key": name}
        return Wish("portal redemption", name, path, told, moves, browser=card.browser)

    def _desk_adjustment(self) -> Wish:
        card, name, points = self._card(), self._hidden_key(), self.random.randint(1, 9)
        way = self.random.choice(["give", "take"])
        told = {"once": name, "way": way, "points": str(points), "reason": "By hand."}
        path = f"/dashboard/{self.shop.program.slug}/members/{card.id}/adjust/?wallet=points"
        moves = ((card.account_id, points if way == "give" else -points, 1),)
        return Wish("desk adjustment", name, path, told, moves, browser=self.shop.desk)

    # --- What they share ------------------------------------------------------------------------

    def _card(self) -> Card:
        return self.random.choice(self.shop.cards)

    def _reward(self) -> tuple[str, int]:
        if self.random.random() < 0.2:
            return self.shop.scarce.public_id, SCARCE_PRICE
        return self.shop.reward.public_id, PRICE

    def _name(self, letter: str) -> str:
        return f"{letter}{self.random.getrandbits(48):012x}"

    def _hidden_key(self) -> str:
        return "".join(self.random.choices(ALPHABET, k=LENGTH))

    def _earlier(self) -> str:
        made_at: datetime = timezone.now() - timedelta(seconds=self.random.uniform(0, 600))
        return made_at.isoformat()


def moved(wishes: Iterable[Wish]) -> dict[int, tuple[int, int]]:
    """Points and entries by account that granted wishes have moved."""
    sums: dict[int, tuple[int, int]] = {}
    for wish in wishes:
        if wish.is_granted:
            for account, points, entries in wish.moves:
                before = sums.get(account, (0, 0))
                sums[account] = before[0] + points, before[1] + entries
    return sums
