"""Prizes: points, a reward or a badge, given by whatever a member has won or achieved.

A prize is plain data, kept with what promises it, by our own numbers:
``{"kind": "points", "wallet": 3, "points": 50}``, ``{"kind": "reward", "reward": 7}`` or
``{"kind": "badge", "badge": 2}``. In files and over the API it names the wallet's code and public
ids instead: see ``written``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty import formats
from loyalty.days import local_date
from loyalty.flows import redeem, spending
from loyalty.ledger import moving, posting
from loyalty.ledger.models import Entry, Wallet
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal
from loyalty.rewards.models import Redemption, Reward, Voucher
from members import badges
from members.models import Badge, Member

POINTS, REWARD, BADGE = "points", "reward", "badge"
KINDS = (POINTS, REWARD, BADGE)
MOST_POINTS = 10**9
FIELDS = {POINTS: {"wallet", "points"}, REWARD: {"reward"}, BADGE: {"badge"}}

Prize = Mapping[str, Any]


class PrizeRefused(Refusal):
    """What was told is no prize; ``problems`` in its facts name each wrong field."""

    code = "bad_prize"


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What came of a prize. ``is_new`` says whether this very call gave it."""

    is_new: bool
    entry_id: int | None = None
    redemption: Redemption | None = None


@transaction.atomic
def give(
    member: Member,
    prize: Prize,
    *,
    key: str,
    source: str,
    at: datetime,
    reason: Any = "",
    letters: bool = True,
) -> Given:
    """Give a prize, once a key. ``source`` is who gives it ("contest:3"), ``reason`` its name.

    Refused where it cannot be given: the reward has run out, or the member is not active.
    """
    member = member.survivor
    if prize["kind"] == POINTS:
        return _give_points(member, prize, key=key, source=source, at=at, reason=reason)
    if prize["kind"] == REWARD:
        reward = Reward.objects.get(pk=prize["reward"], program=member.program_id)
        made = Redemption.objects.filter(account=member.account_id, key=f"gift:{key}")
        is_new = not made.exists()
        redemption = redeem.gift(member, reward, key=key, now=at, letters=letters)
        return Given(is_new=is_new, redemption=redemption)
    spending.check_active(member.account_id)
    badge = Badge.objects.get(pk=prize["badge"], program=member.program_id)
    return Given(is_new=badges.give(member, badge, key=key, at=at))


def resolved(program_id: int, prize: Prize) -> dict[str, Any] | None:
    """A prize that names a reward or a badge by public id, by number; None: there is none."""
    kind = prize["kind"]
    model: Any = Reward if kind == REWARD else Badge
    found = model.objects.kept().filter(program=program_id, public_id=prize[kind])
    pk = found.values_list("pk", flat=True).first()
    return None if pk is None else {"kind": kind, kind: pk}


@transaction.atomic
def take_back(
    member: Member, prize: Prize, *, key: str, source: str, at: datetime, reason: Any = ""
) -> bool:
    """Take a prize back that was given under a key, as far as it can be; whether anything was.

    Points are reversed; a voucher that was not used is withdrawn; a badge is taken back.
    """
    member = member.survivor
    if prize["kind"] == BADGE:
        return badges.take_back(member, Badge.objects.get(pk=prize["badge"]), at=at, key=key)
    if prize["kind"] == REWARD:
        return withdraw(member.account_id, key=key, at=at)
    return _take_points(member, prize, key=key, source=source, at=at, reason=reason)


def withdraw(account_id: int, *, key: str, at: datetime) -> bool:
    """Take back a reward that was given under a key, unless its voucher was used or is over."""
    made = Redemption.objects.filter(
        account=account_id, key=f"gift:{key}", status=Redemption.Status.DONE,
        voucher__in=Voucher.objects.usable(at),
    ).select_related("program").first()  # fmt: skip
    if made is None:
        return False
    redeem.cancel(made, now=at)
    return True


def clean(program: Program, data: Any, *, at: datetime) -> dict[str, Any]:
    """A prize of a program from data that anybody may have written, by number or by code.

    Raises PrizeRefused, whose ``problems`` name every wrong field.
    """
    kind = data.get("kind") if isinstance(data, dict) else None
    if kind not in KINDS:
        raise _refused({"kind": _("Give one of these words: %(words)s.") % {
            "words": ", ".join(KINDS)
        }})  # fmt: skip
    if unknown := data.keys() - FIELDS[kind] - {"kind"}:
        raise _refused(
            {str(name)[:40]: _("There is no such field in a prize.") for name in unknown}
        )
    if kind == POINTS:
        return _clean_points(program, data)
    if kind == REWARD:
        return {"kind": REWARD, "reward": _clean_reward(program, data.get("reward"), at).pk}
    found = _named(program.badges.kept(), data.get("badge"), "public_id")
    if found is None:
        raise _refused({"badge": _("Choose one of your badges that is not archived.")})
    return {"kind": BADGE, "badge": found.pk}


def told(prize: Prize) -> str:
    """The prize in words: "50 points", "Free coffee", "the badge “Regular”"."""
    return told_all([prize])[0]


def told_all(prizes: Sequence[Prize]) -> list[str]:
    """Several prizes in words, in three questions however many they are."""
    found = _Found.of(prizes)
    return [found.sentence(prize) for prize in prizes]


def written(prize: Prize) -> dict[str, Any]:
    """The prize as files and the API have it: with the names that stay the same elsewhere."""
    found = _Found.of([prize])
    data = dict(prize)
    if prize["kind"] == POINTS:
        return data | {"wallet": found.wallets[prize["wallet"]].code}
    name = REWARD if prize["kind"] == REWARD else BADGE
    rows: Mapping[int, Any] = found.rewards if name == REWARD else found.badges
    return data | {name: rows[prize[name]].public_id}


@dataclass(frozen=True, slots=True)
class _Found:
    """The rows that prizes name."""

    wallets: Mapping[int, Wallet]
    rewards: Mapping[int, Reward]
    badges: Mapping[int, Badge]

    @classmethod
    def of(cls, prizes: Sequence[Prize]) -> "_Found":
        ids = {
            name: [it[name] for it in prizes if name in it] for name in ("wallet", REWARD, BADGE)
        }
        wallets = Wallet.objects.select_related("program").filter(pk__in=ids["wallet"])
        return cls(
            {it.pk: it for it in wallets} if ids["wallet"] else {},
            Reward.objects.in_bulk(ids[REWARD]) if ids[REWARD] else {},
            Badge.objects.in_bulk(ids[BADGE]) if ids[BADGE] else {},
        )

    def sentence(self, prize: Prize) -> str:
        if prize["kind"] == POINTS:
            return formats.points(prize["points"], self.wallets[prize["wallet"]])
        if prize["kind"] == REWARD:
            return str(self.rewards[prize["reward"]])
        return _("the badge “%(badge)s”") % {"badge": self.badges[prize["badge"]]}


def _give_points(
    member: Member, prize: Prize, *, key: str, source: str, at: datetime, reason: Any
) -> Given:
    program = member.program
    wallet = Wallet.objects.get(pk=prize["wallet"], program=program)
    book = spending.lock(program, member.account_id, now=at)
    spending.check_active(member.account_id)
    line = posting.accrue(
        book, posting.held(book, member.account_id, wallet.pk), prize["points"], key=key,
        source=source, at=at, available_at=at,
        expires_on=wallet.expires_on(local_date(at, program.time_zone)),
        explanation=[_step(prize, reason)],
    )  # fmt: skip
    if line.is_new:
        posting.write(book)
        return Given(is_new=True, entry_id=line.id)
    return Given(is_new=False, entry_id=line.id)


def _take_points(
    member: Member, prize: Prize, *, key: str, source: str, at: datetime, reason: Any
) -> bool:
    # It may have been given to a membership that became part of this one since.
    theirs = {member.account_id, *moving.parts_of([member.account_id])}
    given = Entry.objects.select_related("balance").filter(
        balance__account__in=theirs, balance__wallet=prize["wallet"], key=key
    )
    entry = given.first()
    if entry is None:
        return False
    program = member.program
    accounts = moving.family([entry.balance.account_id, member.account_id])
    book = posting.open_book(program.pk, program.time_zone, accounts, now=at)
    line = posting.take_back(
        book, entry, total=entry.points, key=f"{key}/taken", source=source, at=at,
        absorb=program.shortfall == Program.Shortfall.ABSORB,
        explanation=[_step(prize, reason) | {"step": "prize_taken"}],
    )  # fmt: skip
    if line is None or not line.is_new:
        return False
    posting.write(book)
    return True


def _step(prize: Prize, reason: Any) -> dict[str, Any]:
    name = dict(reason) if isinstance(reason, dict) else str(reason)
    return {"step": "prize", "name": name, "gives": prize["points"]}


def _clean_points(program: Program, data: Any) -> dict[str, Any]:
    problems: dict[str, str] = {}
    wallet = _named(program.wallets.all(), data.get("wallet"), "code")
    points = data.get("points")
    if wallet is None:
        problems["wallet"] = _("Choose one of your wallets.")
    if type(points) is not int or not 0 < points <= MOST_POINTS:
        problems["points"] = _("Give a whole number above 0.")
    if problems or wallet is None:
        raise _refused(problems)
    return {"kind": POINTS, "wallet": wallet.pk, "points": points}


def _clean_reward(program: Program, told: Any, at: datetime) -> Reward:
    reward: Reward | None = _named(program.rewards.kept(), told, "public_id")
    if reward is None:
        raise _refused({"reward": _("Choose one of your rewards that is not archived.")})
    if reward.ends_at is not None and reward.ends_at <= at:
        raise _refused({"reward": _("This reward is over. Choose another one.")})
    if reward.stock == 0 or (reward.uses_pool and not reward.pool.filter(taken_at=None).exists()):
        raise _refused({"reward": _("None of this reward is left. Add some first.")})
    return reward


def _named(rows: Any, told: Any, by: str) -> Any:
    if type(told) is int:
        return rows.filter(pk=told).first() if 0 < told < 2**63 else None
    return rows.filter(**{by: told}).first() if isinstance(told, str) and "\0" not in told else None


def _refused(problems: dict[str, str]) -> PrizeRefused:
    return PrizeRefused(" ".join(dict.fromkeys(problems.values())), problems=problems)
