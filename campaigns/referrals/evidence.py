"""What is known of some referrals when they are judged: read for all of them at once."""

import ipaddress
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, Q

from campaigns.referrals.models import Referral
from campaigns.referrals.signals import SOON, Person, Seen, Sibling
from loyalty import sealing
from loyalty.days import local_date
from loyalty.merchants.models import Program
from loyalty.purchases.models import Purchase, PurchaseTrace
from loyalty.signin.models import Device
from members.models import Member

AROUND = timedelta(days=45)  # So far apart friends of one advocate are held against each other.
MOST_SIBLINGS = 2_000
MOST_SHARING = 2_000  # Rows of others that are read: a door may be shared by thousands.
V4, V6 = 24, 48

Shared = Mapping[str, frozenset[int]]  # By a thing, the accounts that have it.


def network_of(program_id: int, address: str) -> str:
    """The network of an address, as a keyed hash: the office, the household, the street."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    size = V6 if isinstance(parsed, ipaddress.IPv6Address) else V4
    network = ipaddress.ip_network((parsed, size), strict=False)
    return sealing.keyed(str(network), f"network {program_id}")


def seen_of(program: Program, referrals: Sequence[Referral], *, at: datetime) -> dict[int, Seen]:
    """By the number of each referral, everything that it is judged by at a moment."""
    if not referrals:
        return {}
    accounts = {it.friend_id for it in referrals} | {it.advocate_id for it in referrals}
    people = _people(program, accounts)
    friends = [people.persons[it.friend_id] for it in referrals if it.friend_id in people.persons]
    devices = _sharing_devices(program, {one for it in friends for one in it.devices})
    traces = _Traces.of(program, friends)
    siblings = _siblings(program, referrals)
    arrivals = _arrivals(program, referrals)
    rings = _rings(program, friends, devices, traces.by_payment)
    customers = _customers(program, friends)
    found = {}
    for it in referrals:
        if (friend := people.persons.get(it.friend_id)) is None:
            continue
        me = {friend.account_id}
        found[it.pk] = Seen(
            friend=friend,
            advocate=people.persons.get(it.advocate_id),
            joined_at=it.joined_at,
            siblings=[s for s in siblings[it.advocate_id] if s.account_id not in me],
            on_devices=_all(devices, friend.devices) - me,
            with_payments=_all(traces.by_payment, friend.payments) - me,
            at_addresses=max(0, *(traces.at_address[one] - 1 for one in friend.addresses), 0),
            in_browsers=len(_all(people.by_browser, friend.browsers) - me),
            from_network=sum(abs(at - it.joined_at) < SOON for at in arrivals.get(it.network, ())),
            ring=rings.get(friend.account_id, frozenset()),
            is_final=it.clears_at is not None and it.clears_at <= at,
            was_customer=_had_bought(
                friend, local_date(it.joined_at, program.time_zone), customers
            ),
        )
    return found


# --- People --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _People:
    persons: dict[int, Person]
    by_browser: Shared


def _people(program: Program, accounts: Collection[int]) -> _People:
    members = Member.objects.filter(program=program, account__in=accounts).values(
        "account_id", "user_id", "email", "phone", "email_verified_at", "phone_verified_at",
        "state",
    )  # fmt: skip
    rows = list(members)
    devices = _devices(program, [row["user_id"] for row in rows if row["user_id"]])
    payments, addresses = _traces_of(accounts)
    persons = {}
    browsers: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        account, theirs = row["account_id"], devices.get(row["user_id"], [])
        person = Person(
            account_id=account,
            email=row["email"],
            phone=row["phone"],
            is_blocked=row["state"] == Member.State.BLOCKED,
            is_proven=bool(row["email_verified_at"] or row["phone_verified_at"]),
            devices=frozenset(token for token, _browser, _network in theirs),
            browsers=frozenset(
                f"{network} {browser}" for _token, browser, network in theirs if browser
            ),
            networks=frozenset(network for _token, _browser, network in theirs if network),
            payments=frozenset(payments.get(account, ())),
            addresses=frozenset(addresses.get(account, ())),
        )
        persons[account] = person
        for browser in person.browsers:
            browsers[browser].add(account)
    return _People(persons, {name: frozenset(whose) for name, whose in browsers.items()})


def _devices(program: Program, users: Collection[int]) -> dict[int, list[tuple[str, str, str]]]:
    found: dict[int, list[tuple[str, str, str]]] = defaultdict(list)
    rows = Device.objects.filter(user__in=users).values_list(
        "user_id", "token_hash", "browser", "address"
    )
    for user, token, browser, address in rows:
        found[user].append((token, browser, network_of(program.pk, address)))
    return found


def _traces_of(accounts: Collection[int]) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    payments: dict[int, set[str]] = defaultdict(set)
    addresses: dict[int, set[str]] = defaultdict(set)
    rows = PurchaseTrace.objects.filter(purchase__account__in=accounts).values_list(
        "purchase__account_id", "payment", "address"
    )
    for account, payment, address in rows:
        if payment:
            payments[account].add(payment)
        if address:
            addresses[account].add(address)
    return payments, addresses


# --- What they share with others -----------------------------------------------------------------


def _sharing_devices(program: Program, tokens: Collection[str]) -> Shared:
    """Members of the program by the devices that they have signed in on."""
    if not tokens:
        return {}
    rows = Device.objects.filter(token_hash__in=tokens, user__memberships__program=program)
    return _by_thing(rows.values_list("token_hash", "user__memberships__account_id")[:MOST_SHARING])


@dataclass(frozen=True, slots=True)
class _Traces:
    by_payment: Shared
    at_address: Mapping[str, int]  # How many members had something sent there.

    @classmethod
    def of(cls, program: Program, friends: Iterable[Person]) -> "_Traces":
        friends = list(friends)
        payments = {one for it in friends for one in it.payments}
        addresses = {one for it in friends for one in it.addresses}
        sold = PurchaseTrace.objects.filter(program=program, purchase__account__isnull=False)
        paid = sold.filter(payment__in=payments).values_list("payment", "purchase__account_id")
        sent = sold.filter(address__in=addresses).values_list("address")
        return cls(
            _by_thing(paid.distinct()[:MOST_SHARING]) if payments else {},
            dict(sent.annotate(Count("purchase__account", distinct=True))) if addresses else {},
        )


def _rings(
    program: Program, friends: Iterable[Person], devices: Shared, payments: Shared
) -> dict[int, frozenset[int]]:
    """Members who share a device or a card with a friend, and invited each other.

    Two may well be a couple; three who invited one another by one phone are one person.
    """
    circles = {
        it.account_id: _all(devices, it.devices) | _all(payments, it.payments) | {it.account_id}
        for it in friends
    }
    large = {account: circle for account, circle in circles.items() if len(circle) > 2}
    if not large:
        return {}
    everybody = frozenset().union(*large.values())
    invited = Referral.objects.filter(program=program, friend__in=everybody)
    pairs = set(invited.order_by().values_list("advocate_id", "friend_id"))
    found = {}
    for account, circle in large.items():
        tied = [pair for pair in pairs if pair[0] in circle and pair[1] in circle]
        if len(tied) > 1:
            found[account] = frozenset(one for pair in tied for one in pair)
    return found


def _by_thing(rows: Iterable[tuple[str, int]]) -> Shared:
    found: dict[str, set[int]] = defaultdict(set)
    for thing, account in rows:
        found[thing].add(account)
    return {thing: frozenset(accounts) for thing, accounts in found.items()}


def _all(shared: Shared, things: Iterable[str]) -> frozenset[int]:
    return frozenset(account for thing in things for account in shared.get(thing, ()))


# --- Who came with them --------------------------------------------------------------------------


def _siblings(program: Program, referrals: Sequence[Referral]) -> dict[int, list[Sibling]]:
    """The other friends of each advocate, in the order in which they joined."""
    first = min(it.joined_at for it in referrals) - AROUND
    last = max(it.joined_at for it in referrals) + AROUND
    rows = Referral.objects.filter(
        program=program, advocate__in={it.advocate_id for it in referrals},
        joined_at__range=(first, last), friend__member__isnull=False,
    ).order_by("joined_at", "pk").values_list(
        "advocate_id", "friend_id", "joined_at", "friend__member__email", "friend__member__phone"
    )  # fmt: skip
    found: dict[int, list[Sibling]] = defaultdict(list)
    for advocate, friend, joined_at, email, phone in rows[:MOST_SIBLINGS]:
        found[advocate].append(Sibling.of(friend, joined_at, email, phone))
    return found


def _arrivals(program: Program, referrals: Sequence[Referral]) -> dict[str, list[datetime]]:
    """When friends joined from the networks of these."""
    networks = {it.network for it in referrals} - {""}
    if not networks:
        return {}
    first = min(it.joined_at for it in referrals) - SOON
    last = max(it.joined_at for it in referrals) + SOON
    rows = Referral.objects.filter(
        program=program, network__in=networks, joined_at__range=(first, last)
    ).order_by().values_list("network", "joined_at")  # fmt: skip
    found: dict[str, list[datetime]] = defaultdict(list)
    for network, at in rows[:MOST_SIBLINGS]:
        found[network].append(at)
    return found


def _customers(program: Program, friends: Sequence[Person]) -> dict[str, date]:
    """Addresses and numbers on sales that nobody has claimed, with the day of the first."""
    emails = {it.email for it in friends} - {""}
    phones = {it.phone for it in friends} - {""}
    if not emails and not phones:
        return {}
    contact = Q(contact_email__in=emails) | Q(contact_phone__in=phones)
    sold = Purchase.objects.unclaimed(program).filter(contact).order_by("-made_at")
    first: dict[str, date] = {}
    for email, phone, made_on in sold.values_list("contact_email", "contact_phone", "made_on"):
        first |= {email: made_on, phone: made_on}
    return first


def _had_bought(friend: Person, before: date, customers: Mapping[str, date]) -> bool:
    """Whether somebody bought under their contact before the day on which they joined.

    The contact is unproven, or the sales would be theirs: so it is only a sign.
    """
    days = [customers[it] for it in (friend.email, friend.phone) if it and it in customers]
    return any(day < before for day in days)
