"""The rewards that give themselves, as plain values: what earning asks of every purchase."""

from dataclasses import dataclass
from datetime import datetime

from loyalty.kept import Kept
from loyalty.localized import Localized
from loyalty.merchants.models import Program
from loyalty.rewards.models import Reward


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelved:
    """A reward as plain values: all that giving it out needs to know."""

    id: int
    public_id: str
    name: Localized
    wallet_id: int
    price: int
    worth_minor: int | None
    has_stock: bool  # Whether stock is counted; how much is left changes with every sale.
    uses_pool: bool
    member_limit: int | None
    member_limit_period: str
    from_rank: int
    voucher_days: int | None
    starts_at: datetime | None
    ends_at: datetime | None

    @property
    def source(self) -> str:
        return f"reward:{self.id}"

    def is_given(self, at: datetime) -> bool:
        begun = self.starts_at is None or self.starts_at <= at
        return begun and (self.ends_at is None or self.ends_at > at)


Shelf = tuple[Shelved, ...]  # In the order of their ids, in which they are locked.


def shelf_for(program_id: int, version: int) -> Shelf:
    """A program's automatic rewards, at least as new as the version asked for."""
    return _kept.get(program_id, version)


def shelved(reward: Reward) -> Shelved:
    return Shelved(
        id=reward.pk, public_id=reward.public_id, name=reward.name, wallet_id=reward.wallet_id,
        price=reward.price, worth_minor=reward.worth_minor, has_stock=reward.stock is not None,
        uses_pool=reward.uses_pool, member_limit=reward.member_limit,
        member_limit_period=reward.member_limit_period, from_rank=reward.from_rank,
        voucher_days=reward.voucher_days, starts_at=reward.starts_at, ends_at=reward.ends_at,
    )  # fmt: skip


def _load(program_id: int) -> tuple[int, Shelf]:
    version = Program.objects.values_list("version", flat=True).get(pk=program_id)
    rewards = Reward.objects.kept().filter(program=program_id, is_active=True, is_automatic=True)
    return version, tuple(shelved(reward) for reward in rewards.order_by("pk"))


_kept = Kept(_load)
