"""What a door tells of what it asked for: earned, kept, repeated, refused, and the entries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loyalty.earning.telling import RecordedActivity
from loyalty.ledger.book import Line
from loyalty.ledger.models import Entry
from loyalty.purchases.recording import Recorded
from loyalty.refusal import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """One entry that came of it."""

    id: int
    wallet_id: int
    seq: int
    kind: str
    points: int
    key: str
    source: str
    steps: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one thing that we were told."""

    status: str  # "earned", "kept" (nobody's yet), "repeated", "refused"
    source: str
    reference: str
    id: int = 0
    public_id: str = ""
    account_id: int | None = None
    entries: list[Earned] = field(default_factory=list)
    problem: Refusal | None = None

    def unless_refused(self) -> "Outcome":
        if self.problem:
            raise self.problem
        return self

    def points(self, wallet_id: int) -> int:
        return sum(entry.points for entry in self.entries if entry.wallet_id == wallet_id)

    def awards(self) -> list[dict[str, int]]:
        """What it gave, a wallet each, as letters tell it."""
        wallets = dict.fromkeys(entry.wallet_id for entry in self.entries)
        return [{"wallet_id": wallet, "points": self.points(wallet)} for wallet in wallets]


def of_purchases(told: Sequence[Recorded], earned: Mapping[str, list[Line]]) -> list[Outcome]:
    before = _posted_for("award__purchase", [it.id for it in told if it.id and not it.is_new])
    return [
        _outcome(
            it, it.sale.source, it.sale.reference, it.account_id, earned, before.get(it.id, [])
        )
        for it in told
    ]


def of_activities(
    told: Sequence[RecordedActivity], earned: Mapping[str, list[Line]]
) -> list[Outcome]:
    repeated = [it for it in told if it.id and not it.is_new]
    return [
        _outcome(
            it, it.told.source, it.told.reference, it.told.account_id, earned,
            _under(it.told.account_id, it.key) if it in repeated else [],
        )
        for it in told
    ]  # fmt: skip


def _outcome(  # noqa: PLR0917
    it: Recorded | RecordedActivity,
    source: str,
    reference: str,
    account_id: int | None,
    earned: Mapping[str, list[Line]],
    before: list[Earned],
) -> Outcome:
    is_new = it.is_new or (isinstance(it, Recorded) and it.is_adopted)
    if it.problem:
        status = "refused"
    elif not is_new:
        status = "repeated"
    else:
        status = "earned" if account_id else "kept"
    entries = [of_line(line) for line in earned.get(it.key, [])] if is_new else before
    return Outcome(
        status=status, source=source, reference=reference, id=it.id, public_id=it.public_id,
        account_id=account_id, entries=[] if it.problem else entries, problem=it.problem,
    )  # fmt: skip


def of_line(line: Line) -> Earned:
    assert line.id is not None
    return Earned(
        id=line.id, wallet_id=line.held.wallet_id, seq=line.seq, kind=line.kind,
        points=line.points, key=line.key, source=line.source, steps=line.steps,
    )  # fmt: skip


def of_entry(entry: Entry) -> Earned:
    return Earned(
        id=entry.pk, wallet_id=entry.balance.wallet_id, seq=entry.seq, kind=entry.kind,
        points=entry.points, key=entry.key, source=entry.source, steps=entry.explanation,
    )  # fmt: skip


def _posted_for(path: str, ids: Iterable[int]) -> dict[int, list[Earned]]:
    found: dict[int, list[Earned]] = {}
    if wanted := list(ids):
        entries = Entry.objects.filter(**{f"{path}__in": wanted})
        for entry in entries.select_related("balance", "award").order_by("pk"):
            found.setdefault(entry.award.purchase_id, []).append(of_entry(entry))
    return found


def _under(account_id: int, key: str) -> list[Earned]:
    entries = Entry.objects.filter(balance__account=account_id, key__startswith=f"{key}/")
    return [of_entry(entry) for entry in entries.select_related("balance").order_by("pk")]
