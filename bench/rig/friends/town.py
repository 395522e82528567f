"""A shop in which they all join, buy and wait, through the flows that its doors call."""

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bench.rig.friends.people import BEGIN, MINIMUM, Comer, Inviter, Luck, attack, honest
from campaigns.referrals.evidence import network_of
from campaigns.referrals.models import Referral
from loyalty.flows import earn, enroll, referral_terms, referrals
from loyalty.flows.programs import open_merchant
from loyalty.merchants.models import Program, User
from loyalty.public_ids import new_public_id
from loyalty.purchases.sale import Sale, SaleLine
from loyalty.signin.models import Device
from members.models import Member

RETURN_DAYS = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What came of it."""

    seed: int
    honest: int
    honest_held: int
    accounts: int
    bonuses: int  # That the attack was after: two for each account.
    spendable: int  # That it got.

    @property
    def held_share(self) -> float:
        return self.honest_held / self.honest if self.honest else 0.0

    @property
    def spendable_share(self) -> float:
        return self.spendable / self.bonuses if self.bonuses else 0.0

    def __str__(self) -> str:
        return (
            f"seed {self.seed}: {self.honest_held} of {self.honest} honest held "
            f"({self.held_share:.1%}), {self.spendable} of {self.bonuses} bonuses spendable "
            f"({self.spendable_share:.1%})"
        )


def live(
    seed: int, *, friends: int = 500, inviters: int = 40, accounts: int = 200,
    careful: bool = False, at_once: bool = True,
) -> Figures:  # fmt: skip
    """Let them join and buy day by day. ``at_once``: friends get theirs when they join."""
    luck = Luck(seed)
    program = _open(at_once)
    those, comers = honest(luck, friends, inviters)
    mallory, crowd = attack(luck, accounts, careful=careful) if accounts else (None, [])
    codes = [_code(program, it) for it in those]
    bad = [_code(program, mallory)] if mallory else []
    made: dict[bool, list[int]] = {True: [], False: []}
    joined: list[tuple[Comer, int]] = []
    for comer in sorted([*comers, *crowd], key=lambda it: it.joins_at):
        code = (bad if comer.is_attack else codes)[comer.advocate]
        account = _join(program, comer, code)
        made[comer.is_attack].append(account)
        joined.append((comer, account))
    _buy(program, joined)
    return _count(seed, made)


def _open(at_once: bool) -> Program:
    owner = User.objects.create_user(f"{new_public_id()}@example.org", None)
    unit = {"en": "point"}
    program = open_merchant(
        owner, business="Rig", now=BEGIN, public_id=new_public_id(), name={"en": "Rig"},
        currency="THB", time_zone="Asia/Bangkok", unit_one=unit, unit_many=unit,
    )  # fmt: skip
    prize = {"kind": "points", "wallet": "points", "points": 50}
    referral_terms.save(
        program, by=None, now=BEGIN, is_on=True, minimum_minor=MINIMUM, return_days=RETURN_DAYS,
        advocate_prize=prize, friend_prize=prize,
        friend_gets="joining" if at_once else "clearing",
    )  # fmt: skip
    return Program.objects.get(pk=program.pk)


def _code(program: Program, it: Inviter) -> str:
    """Somebody who was a member for long, and has bought before."""
    joined = BEGIN - timedelta(days=90)
    member = enroll.enroll(
        program, now=joined, name=it.name, email=it.email, phone=it.phone, email_verified=True,
        user=_user(program, it, joined), letters=False,
    )  # fmt: skip
    earn.from_purchase(program, _sale(it, member.account_id, joined, 300_00), now=joined)
    return referrals.code_of(Member.objects.select_related("program").get(pk=member.pk))


def _join(program: Program, it: Comer, code: str) -> int:
    member = enroll.enroll(
        program, now=it.joins_at, name=it.name, email=it.email, phone=it.phone,
        email_verified=True, user=_user(program, it, it.joins_at), letters=False, referred_by=code,
        network=network_of(program.pk, it.address),
    )  # fmt: skip
    return member.account_id


def _user(program: Program, it: Comer | Inviter, at: datetime) -> User:
    """Who signs in, on which device: each seed's town has its own."""
    user = User.objects.create(email=f"{program.pk}.{it.email}", password="!")
    token = f"{program.pk} {it.device}"
    Device.objects.create(
        user=user, token_hash=hashlib.sha256(token.encode()).hexdigest(), browser=it.browser,
        address=it.address, first_seen_at=at, seen_at=at,
    )  # fmt: skip
    return user


def _buy(program: Program, joined: Sequence[tuple[Comer, int]]) -> None:
    """Day by day, with the sweep of each evening, until the last return window is over."""
    days: dict[date, list[Sale]] = defaultdict(list)
    for it, account in joined:
        if it.buys_at:
            days[it.buys_at.date()].append(_sale(it, account, it.buys_at, it.amount))
    last = max(days) + timedelta(days=RETURN_DAYS + 2)
    day = min(days)
    while day <= last:
        evening = datetime.combine(day, datetime.max.time(), tzinfo=BEGIN.tzinfo)
        if day in days:
            earn.from_purchases(program, days[day], now=evening, letters=False)
        while referrals.advance_due(now=evening):
            pass
        day += timedelta(days=1)


def _sale(it: Comer | Inviter, account: int, at: datetime, amount: int) -> Sale:
    return Sale(
        source="web", reference=f"{account}-{at:%Y%m%d}", made_at=at, account_id=account,
        lines=(SaleLine(amount_minor=amount),), payment_hash=it.payment, address=it.delivery,
    )  # fmt: skip


def _count(seed: int, made: dict[bool, list[int]]) -> Figures:
    held = Referral.objects.held().filter(friend__in=made[False]).count()
    theirs = Referral.objects.filter(friend__in=made[True])
    given = [theirs.filter(**{f"{side}_gift": "given"}).count() for side in ("friend", "advocate")]
    return Figures(
        seed=seed, honest=len(made[False]), honest_held=held, accounts=len(made[True]),
        bonuses=2 * len(made[True]), spendable=sum(given),
    )  # fmt: skip
