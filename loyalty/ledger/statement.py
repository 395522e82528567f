"""What an account holds and how that came about, as its owner reads it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Sum

from loyalty.ledger.models import Balance, Draw, Entry, Lot, Wallet


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiring:
    """So many points, and the last day on which they can be spent."""

    points: int
    last_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What an account has in one wallet."""

    wallet: Wallet
    points: int
    pending: int
    owed: int
    lifetime: int
    next_expiry: Expiring | None = None
    next_available: tuple[datetime, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """One line of a statement."""

    id: int
    number: str  # Its public name within the account: "points-17".
    wallet: Wallet
    kind: str
    points: int
    balance_after: int
    occurred_at: datetime
    posted_at: datetime
    source: str
    key: str
    explanation: list[dict[str, Any]]
    status: str  # "pending", "available", "used", "expired", "reversed"; "done" for debits.
    remaining: int = 0
    available_at: datetime | None = None
    last_day: date | None = None
    reverses: str = ""  # The number of the line that it answers.
    reversed_points: int = 0
    owed: int = 0
    draws: list[tuple[str, int]] = field(default_factory=list)


def holdings(account_id: int) -> list[Holding]:
    """What an account has, wallet by wallet, with what expires and what matures next."""
    balances = Balance.objects.filter(account=account_id).select_related("wallet")
    ordered = sorted(balances, key=lambda it: (it.wallet.position, it.wallet_id))
    expiring = _next_expiry([it.pk for it in ordered])
    maturing = _next_available([it.pk for it in ordered])
    return [
        Holding(
            wallet=it.wallet, points=it.points, pending=it.pending, owed=it.owed,
            lifetime=it.lifetime, next_expiry=expiring.get(it.pk),
            next_available=maturing.get(it.pk),
        )
        for it in ordered
    ]  # fmt: skip


def movements(
    account_id: int, *, wallet_id: int | None = None, before: int | None = None, limit: int = 30
) -> list[Movement]:
    """The newest lines first; ``before`` is the id of the last line of the page above."""
    entries = Entry.objects.filter(balance__account=account_id)
    if wallet_id:
        entries = entries.filter(balance__wallet=wallet_id)
    if before:
        entries = entries.filter(pk__lt=before)
    return _told(list(_with_facts(entries).order_by("-pk")[:limit]))


def find(account_id: int, number: str) -> Movement | None:
    """One line by its public name, with the lots it drew from."""
    code, _dash, seq = number.rpartition("-")
    if not seq.isascii() or not seq.isdigit() or len(seq) > 18:
        return None
    entries = Entry.objects.filter(
        balance__account=account_id, balance__wallet__code=code, seq=int(seq)
    )
    found = _told(list(_with_facts(entries)))
    if not found:
        return None
    for draw in Entry.objects.get(pk=found[0].id).draws.select_related("lot__entry"):
        found[0].draws.append((f"{code}-{draw.lot.entry.seq}", draw.points))
    return found[0]


def lots(account_id: int) -> list[Lot]:
    """The open lots of an account, soonest to expire first."""
    return list(
        Lot.objects.open()
        .filter(balance__account=account_id)
        .select_related("balance__wallet", "entry")
    )


def expiring_within(account_id: int, *, today: date, days: int) -> list[tuple[Wallet, Expiring]]:
    """What will expire soon, by wallet and day."""
    due = Lot.objects.expiring(today, days).filter(balance__account=account_id)
    rows = due.order_by().values("balance__wallet", "expires_on").annotate(sum=Sum("remaining"))
    wallets = Wallet.objects.in_bulk({row["balance__wallet"] for row in rows})
    return [
        (wallets[row["balance__wallet"]], _expiring(row["sum"], row["expires_on"]))
        for row in rows.order_by("expires_on")
    ]


def _with_facts(entries: QuerySet[Entry]) -> QuerySet[Any]:
    """Entries with what was reversed of them, and what of their lots expired."""
    reversals = Entry.objects.filter(reverses=OuterRef("pk")).order_by().values("reverses")
    expiries = Draw.objects.filter(lot__entry=OuterRef("pk"), entry__kind=Entry.Kind.EXPIRY)
    return entries.select_related("balance__wallet", "lot", "reverses", "debt", "remark").annotate(
        reversed_sum=Subquery(reversals.annotate(sum=Sum("points")).values("sum")),
        expired_sum=Subquery(
            expiries.order_by().values("lot").annotate(sum=Sum("points")).values("sum")
        ),
    )


def _told(entries: Sequence[Any]) -> list[Movement]:
    return [_movement(entry) for entry in entries]


def _movement(entry: Any) -> Movement:
    wallet = entry.balance.wallet
    lot = getattr(entry, "lot", None)
    debt = getattr(entry, "debt", None)
    return Movement(
        id=entry.pk, number=f"{wallet.code}-{entry.seq}", wallet=wallet, kind=entry.kind,
        points=entry.points, balance_after=entry.balance_after, occurred_at=entry.occurred_at,
        posted_at=entry.posted_at, source=entry.source, key=entry.key,
        explanation=entry.steps, status=_status(entry, lot),
        remaining=lot.remaining if lot else 0,
        available_at=lot.available_at if lot else None,
        last_day=lot.last_day if lot else None,
        reverses=f"{wallet.code}-{entry.reverses.seq}" if entry.reverses else "",
        reversed_points=-(entry.reversed_sum or 0),
        owed=debt.remaining if debt else 0,
    )  # fmt: skip


def _status(entry: Entry, lot: Lot | None) -> str:
    taken_back = -(entry.reversed_sum or 0)  # type: ignore[attr-defined]
    if lot is None:
        return "reversed" if taken_back else "done"
    if taken_back >= lot.granted:
        return "reversed"
    if lot.remaining:
        return "pending" if lot.is_pending else "available"
    return "expired" if entry.expired_sum else "used"  # type: ignore[attr-defined]


def _expiring(points: int, expires_on: date | None) -> Expiring:
    last = Lot(expires_on=expires_on).last_day
    assert last is not None
    return Expiring(points=points, last_day=last)


def _next_expiry(balances: list[int]) -> dict[int, Expiring]:
    due = Lot.objects.filter(balance__in=balances, remaining__gt=0, expires_on__isnull=False)
    found: dict[int, Expiring] = {}
    rows = due.values("balance", "expires_on").annotate(sum=Sum("remaining"))
    for row in rows.order_by("expires_on"):
        found.setdefault(row["balance"], _expiring(row["sum"], row["expires_on"]))
    return found


def _next_available(balances: list[int]) -> dict[int, tuple[datetime, int]]:
    due = Lot.objects.filter(balance__in=balances, is_pending=True, remaining__gt=0)
    found: dict[int, tuple[datetime, int]] = {}
    rows = due.values("balance", "available_at").annotate(sum=Sum("remaining"))
    for row in rows.order_by("available_at"):
        found.setdefault(row["balance"], (row["available_at"], row["sum"]))
    return found
