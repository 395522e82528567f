"""Writing down what was handed out: redemptions, each with its voucher."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from loyalty.days import local_date, start_of
from loyalty.ledger.book import Line
from loyalty.public_ids import new_public_id
from loyalty.rewards.models import Redemption, Voucher
from loyalty.rewards.shelf import Shelved
from loyalty.rewards.supply import Code


@dataclass(slots=True, kw_only=True, eq=False)
class Issue:
    """One thing that is about to be handed out. Its name is known before it is written."""

    account_id: int
    key: str
    worth_minor: int | None = None
    expires_at: datetime | None = None
    reward: Shelved | None = None  # None: points that pay as money.
    line: Line | None = None  # What was paid for it; None: a present.
    code: Code | None = None  # Taken last of all, because whoever takes holds up the others.
    public_id: str = field(default_factory=new_public_id)

    @property
    def cause(self) -> str:
        """What the ledger calls it. No caller's key can be mistaken for it."""
        return f"redemption:{self.public_id}"


def issue_of(reward: Shelved, account_id: int, *, key: str, now: datetime, zone: str) -> Issue:
    return Issue(
        account_id=account_id, key=key, reward=reward, worth_minor=reward.worth_minor,
        expires_at=_expires_at(reward, local_date(now, zone), zone),
    )  # fmt: skip


def _expires_at(reward: Shelved, today: date, zone: str) -> datetime | None:
    """A voucher is good for the rest of the day and so many whole days after it."""
    if reward.voucher_days is None:
        return None
    return start_of(today + timedelta(days=reward.voucher_days + 1), zone)


def write(program_id: int, issues: Sequence[Issue], *, now: datetime) -> list[Redemption]:
    """Write issues down, in two statements. What they cost is in the ledger by now."""
    redemptions = [
        Redemption(
            program_id=program_id, public_id=it.public_id, account_id=it.account_id,
            reward_id=it.reward.id if it.reward else None, entry_id=it.line.id if it.line else None,
            key=it.key, worth_minor=it.worth_minor, made_at=now,
        )
        for it in issues
    ]  # fmt: skip
    Redemption.objects.bulk_create(redemptions)
    Voucher.objects.bulk_create(
        _voucher(it, redemption) for it, redemption in zip(issues, redemptions, strict=True)
    )
    return redemptions


def _voucher(issue: Issue, redemption: Redemption) -> Voucher:
    if issue.code is None:
        raise AssertionError("What is handed out has a code.")
    return Voucher(
        program_id=redemption.program_id, redemption=redemption, code_hash=issue.code.hash,
        code_sealed=issue.code.sealed, expires_at=issue.expires_at,
    )  # fmt: skip
