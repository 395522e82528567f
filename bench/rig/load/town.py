"""A program with members, staff and a till, and what each of them asks for."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from bench.program import analyze, make_program
from bench.rig.browsers import CSRF, browser_of
from loyalty.flows import keys
from loyalty.flows.earn import from_purchases
from loyalty.merchants.keys import SCOPES
from loyalty.merchants.models import Program, Role, User
from loyalty.public_ids import ALPHABET, LENGTH
from members.models import Member
from tests import makers

IN_ALL, SIGNED_IN, STAFF = 20_000, 100, 20
SALES = 40  # Of each member who is signed in, before anything is measured.
PRICE = 5


@dataclass(frozen=True, slots=True)
class Person:
    """A member who uses the portal."""

    id: str
    browser: str


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, and what it is to be remembered by."""

    what: str  # "portal home", "purchase" …
    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""
    reference: str = ""  # A sale's, a refund's or a form's: what must be there if it was granted.

    @property
    def is_write(self) -> bool:
        return bool(self.reference)


@dataclass
class Town:
    """Everybody who asks for something."""

    program: Program
    token: str
    people: list[Person]
    desks: list[str]
    reward: str
    others: list[str]  # Members who come to the till only.
    random: Random
    sold: list[str] = field(default_factory=list)  # References of sales that can be refunded.

    def next(self) -> Ask:
        """Whatever somebody wants next."""
        asks, weights = zip(*self._kinds(), strict=True)
        chosen: Callable[[], Ask] = self.random.choices(asks, weights)[0]
        return chosen()

    def _kinds(self) -> list[tuple[Callable[[], Ask], int]]:
        return [
            (lambda: self._page("portal home", f"/p/{self.program.slug}/home/"), 14),
            (lambda: self._page("portal activity", f"/p/{self.program.slug}/activity/"), 8),
            (lambda: self._page("portal rewards", f"/p/{self.program.slug}/rewards/"), 8),
            (self._redeem, 4),
            (lambda: self._desk("dashboard home", ""), 4),
            (lambda: self._desk("member search", f"members/?q=Member+{self._number()}"), 8),
            (lambda: self._desk("member page", f"members/{self._person().id}/"), 8),
            (self._adjust, 3),
            (self._purchase, 28),
            (self._quote, 10),
            (self._refund if self.sold else self._quote, 5),
        ]

    # --- Pages ----------------------------------------------------------------------------------

    def _page(self, what: str, path: str) -> Ask:
        return Ask(what, "GET", path, {"Cookie": self._person().browser})

    def _desk(self, what: str, path: str) -> Ask:
        browser = self.random.choice(self.desks)
        return Ask(what, "GET", f"/dashboard/{self.program.slug}/{path}", {"Cookie": browser})

    def _redeem(self) -> Ask:
        key = self._hidden_key()
        path = f"/p/{self.program.slug}/rewards/{self.reward}/"
        return self._form("redeem", path, {"key": key}, self._person().browser, key)

    def _adjust(self) -> Ask:
        key = self._hidden_key()
        told = {"once": key, "way": "give", "points": "3", "reason": "For the wait."}
        path = f"/dashboard/{self.program.slug}/members/{self._person().id}/adjust/?wallet=points"
        return self._form("adjust", path, told, self.random.choice(self.desks), key)

    @staticmethod
    def _form(what: str, path: str, told: dict[str, str], browser: str, key: str) -> Ask:
        headers = {"Cookie": browser, "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(told | {"csrfmiddlewaretoken": CSRF}).encode()
        return Ask(what, "POST", path, headers, body, key)

    # --- Tills ----------------------------------------------------------------------------------

    def _purchase(self) -> Ask:
        reference = f"s{self.random.getrandbits(60):015x}"
        member = self._person().id if self.random.random() < 0.3 else self._other()
        told = {
            "source": "till", "reference": reference, "made_at": timezone.now().isoformat(),
            "member": member,
            "lines": [
                {"product": "LATTE", "category": "coffee", "quantity": "2", "amount": "170.00"},
                {"product": "CAKE", "category": "bakery", "amount": "95.00"},
            ],
        }  # fmt: skip
        return self._api("purchase", "purchases", told, reference)

    def _refund(self) -> Ask:
        sale = self.sold.pop(self.random.randrange(len(self.sold)))
        reference = f"r{sale[1:]}"
        told = {
            "source": "till", "reference": reference, "made_at": timezone.now().isoformat(),
            "purchase_reference": sale, "amount": "95.00",
        }  # fmt: skip
        return self._api("refund", "refunds", told, reference)

    def _quote(self) -> Ask:
        told = {"member": self._other(), "lines": [{"product": "LATTE", "amount": "85.00"}]}
        return self._api("quote", "quotes", told, "")

    def _api(self, what: str, path: str, told: dict[str, Any], reference: str) -> Ask:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return Ask(what, "POST", f"/api/v1/{path}", headers, json.dumps(told).encode(), reference)

    # --- Whoever --------------------------------------------------------------------------------

    def _person(self) -> Person:
        return self.random.choice(self.people)

    def _other(self) -> str:
        return self.random.choice(self.others)

    def _number(self) -> int:
        return self.random.randint(1, IN_ALL)

    def _hidden_key(self) -> str:
        return "".join(self.random.choices(ALPHABET, k=LENGTH))


def settle_town(*, random: Random, now: datetime) -> Town:
    """Twenty thousand members, a hundred of them with a history and a browser, and a team."""
    program = make_program(IN_ALL)
    reward = makers.make_reward(program, PRICE)
    program.refresh_from_db()
    members = list(Member.objects.filter(program=program).order_by("pk")[: SIGNED_IN + 2_000])
    known, others = members[:SIGNED_IN], members[SIGNED_IN:]
    people = [_person(member, now) for member in known]
    staff = [
        makers.make_staff(program, Role.MANAGER, f"manager-{place}@town.example")
        for place in range(STAFF)
    ]
    for sale in range(SALES):
        made_at = now - timedelta(days=sale * 7 + 1)
        sales = [
            makers.sale(200_00, member=member, made_at=made_at, reference=f"old-{sale}-{member.pk}")
            for member in known
        ]
        from_purchases(program, sales, now=made_at, letters=False)
    _key, token = keys.create(program, name="Till", scopes=SCOPES, by=None, now=now)
    analyze()
    return Town(
        program=program, token=token, people=people, reward=reward.public_id, random=random,
        desks=[browser_of(it.user, now=now) for it in staff],
        others=[member.public_id for member in others],
    )  # fmt: skip


def _person(member: Member, now: datetime) -> Person:
    member.user = User.objects.create(email=member.email, password="!")
    member.save(update_fields=["user"])
    return Person(member.public_id, browser_of(member.user, now=now))
