"""What speaks for a friend being the advocate themselves, or nobody. It judges, and writes nothing.

Each signal has a weight in percent; together with others it may reach what holds a referral back
until somebody has looked. What people share who only work or live in one place (its network, its
address, the hour of a shared lunch) never reaches it alone, however many they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from campaigns.referrals import likeness

HOLDS = 100
PLACE_MOST = 40  # What a shared place weighs at most, whatever is shared in it.
PLACE = ("address", "network", "browser", "burst")
NEIGHBOURS = 5  # Friends before and after one, whose addresses are held against theirs.

PAIR = 35  # Two who share a tablet or a card are a couple; together with a place they pass.
HOME = 3  # Others at an address that may still be one household's.
SOON = timedelta(hours=1)
FEW_AN_HOUR = 10  # Friends of one advocate, or from one network.


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A member as far as they can be known again."""

    account_id: int
    email: str = ""
    phone: str = ""
    is_blocked: bool = False
    is_proven: bool = True  # One of the two was shown to be theirs.
    devices: frozenset[str] = frozenset()
    browsers: frozenset[str] = frozenset()  # The browser's own name, and the network it was in.
    networks: frozenset[str] = frozenset()
    payments: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sibling:
    """Another friend of the same advocate."""

    account_id: int
    joined_at: datetime
    email: str = ""
    phone: str = ""
    box: str = ""
    shape: str = ""

    @classmethod
    def of(cls, account_id: int, joined_at: datetime, email: str, phone: str) -> "Sibling":
        """With what each of many friends is held against, worked out once."""
        return cls(
            account_id=account_id, joined_at=joined_at, email=email, phone=phone,
            box=likeness.box_of(email), shape=likeness.shape_of(email),
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Everything that is known of one referral when it is judged."""

    friend: Person
    advocate: Person | None  # None: they were forgotten.
    joined_at: datetime
    siblings: Sequence[Sibling] = ()  # In the order in which they joined.
    # Other members, by number, who have something in common with the friend.
    on_devices: frozenset[int] = frozenset()
    with_payments: frozenset[int] = frozenset()
    at_addresses: int = 0  # The advocate among them.
    in_browsers: int = 0
    from_network: int = 0  # Friends who joined from the same network within an hour.
    ring: frozenset[int] = frozenset()  # Members who invited each other and share devices or cards.
    was_customer: bool = False
    # The return window is over: whoever lives or works where they do has had time to show.
    is_final: bool = False


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing that was seen, how much it weighs, and with whom it was shared."""

    kind: str
    weight: int
    with_advocate: bool = False
    others: int = 0  # How many other members.
    accounts: list[int] = field(default_factory=list)  # Some of them, to be shown side by side.

    def written(self) -> dict[str, Any]:
        return asdict(self)


def signals_for(seen: Seen) -> list[Signal]:
    """Everything that speaks against a referral, the heaviest first."""
    found = [*_contacts(seen), *_things(seen), *_places(seen), *_past(seen)]
    return sorted(found, key=lambda it: (-it.weight, it.kind))


def weight_of(signals: Sequence[Signal]) -> int:
    place = sum(it.weight for it in signals if it.kind in PLACE)
    return sum(it.weight for it in signals if it.kind not in PLACE) + min(place, PLACE_MOST)


def holds(signals: Sequence[Signal]) -> bool:
    return weight_of(signals) >= HOLDS


# --- E-mail and phone ----------------------------------------------------------------------------


def _contacts(seen: Seen) -> Iterator[Signal]:
    friend, advocate = seen.friend, seen.advocate
    yield from _same_box(seen)
    shape = likeness.shape_of(friend.email)
    like = [it.account_id for it in seen.siblings if shape and shape == it.shape]
    is_like = bool(shape and advocate and shape == likeness.shape_of(advocate.email))
    if shape and (like or is_like):
        weight = 50 * is_like + {0: 0, 1: 30, 2: 60}.get(len(like), HOLDS)
        yield _signal("email_shape", weight, is_like, like)
    near = [
        it.account_id for it in _next_to(seen)
        if it.account_id not in like and likeness.are_near(friend.email, it.email)
    ]  # fmt: skip
    is_near = bool(advocate and not is_like and likeness.are_near(friend.email, advocate.email))
    if near or is_near:
        yield _signal("email_near", 50 * is_near + min(90, 30 * len(near)), is_near, near)
    numbered = [
        it.account_id for it in _next_to(seen) if likeness.are_numbered(friend.phone, it.phone)
    ]
    is_numbered = bool(advocate and likeness.are_numbered(friend.phone, advocate.phone))
    if numbered or is_numbered:
        weight = 30 * is_numbered + min(60, 20 * len(numbered))
        yield _signal("phone", weight, is_numbered, numbered)
    if not friend.is_proven:
        yield Signal("unproven", 10)


def _same_box(seen: Seen) -> Iterator[Signal]:
    box = likeness.box_of(seen.friend.email)
    same = [it.account_id for it in seen.siblings if box and box == it.box]
    is_same = bool(box and seen.advocate and box == likeness.box_of(seen.advocate.email))
    if same or is_same:
        yield _signal("email", HOLDS, is_same, same)


def _next_to(seen: Seen) -> Sequence[Sibling]:
    """The friends who joined just before and after: accounts made one after the other."""
    before = [it for it in seen.siblings if it.joined_at <= seen.joined_at]
    after = [it for it in seen.siblings if it.joined_at > seen.joined_at]
    return [*before[-NEIGHBOURS:], *after[:NEIGHBOURS]]


# --- What one holds in the hand ------------------------------------------------------------------


def _things(seen: Seen) -> Iterator[Signal]:
    friend, advocate = seen.friend, seen.advocate
    is_same = bool(advocate and friend.devices & advocate.devices)
    others = seen.on_devices - {advocate.account_id if advocate else 0}
    if is_same or others:
        weight = HOLDS if is_same or len(others) > 1 else PAIR
        yield _signal("device", weight, is_same, sorted(others))
    is_same = bool(advocate and friend.payments & advocate.payments)
    others = seen.with_payments - {advocate.account_id if advocate else 0}
    if is_same or others:
        weight = HOLDS if is_same else {1: PAIR}.get(len(others), 70)
        yield _signal("payment", weight, is_same, sorted(others))
    if len(seen.ring) > 2:
        yield _signal("ring", 60, False, sorted(seen.ring - {friend.account_id}))


# --- Where they are ------------------------------------------------------------------------------


def _places(seen: Seen) -> Iterator[Signal]:
    friend, advocate = seen.friend, seen.advocate
    is_same = bool(advocate and friend.addresses & advocate.addresses)
    others = seen.at_addresses - is_same
    if is_same and others <= HOME:
        yield Signal("home", HOLDS if seen.is_final else 50, is_same, others)
    elif is_same or others:
        yield Signal("address", 20 * is_same + (15 if others else 0), is_same, others)
    is_same = bool(advocate and friend.networks & advocate.networks)
    many = seen.from_network >= FEW_AN_HOUR
    if is_same or many:
        yield Signal("network", 10 * is_same + 20 * many, is_same, seen.from_network)
    is_same = bool(advocate and friend.browsers & advocate.browsers)
    if is_same or seen.in_browsers > 1:
        weight = 10 * is_same + (15 if seen.in_browsers > 1 else 0)
        yield Signal("browser", weight, is_same, seen.in_browsers)
    near = [it for it in seen.siblings if abs(it.joined_at - seen.joined_at) < SOON]
    if len(near) >= FEW_AN_HOUR:
        yield Signal("burst", 30, False, len(near))


def _past(seen: Seen) -> Iterator[Signal]:
    if seen.was_customer:
        yield Signal("customer", HOLDS)
    if seen.friend.is_blocked or (seen.advocate and seen.advocate.is_blocked):
        yield Signal("blocked", HOLDS)


SHOWN = 5


def _signal(kind: str, weight: int, with_advocate: bool, accounts: Sequence[int]) -> Signal:
    return Signal(kind, weight, with_advocate, len(accounts), list(accounts[:SHOWN]))
