"""What a member sees on offer, and what stands between them and each reward."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from loyalty.ledger.models import Balance
from loyalty.merchants.models import Program
from loyalty.rewards import limits
from loyalty.rewards.models import PoolCode, Reward


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A reward as one member sees it. ``missing`` and the like say why they cannot have it yet."""

    reward: Reward
    price: int
    points: int  # What the member can spend in the reward's wallet.
    missing: int  # 0: the points suffice.
    locked_rank: int | None  # The rank of the tier that it takes, if the member's is lower.
    is_sold_out: bool
    times_left: int | None  # None: as often as one likes.

    @property
    def is_affordable(self) -> bool:
        return not self.missing

    @property
    def locked(self) -> str:
        """Why the member cannot have it whatever they earn: a code, or nothing."""
        if self.locked_rank is not None:
            return "tier_too_low"
        if self.is_sold_out:
            return "sold_out"
        return "member_limit_reached" if self.times_left == 0 else ""

    @property
    def can_be_had(self) -> bool:
        return self.is_affordable and not self.locked


def offers_for(
    program: Program,
    account_id: int,
    *,
    rank: int,
    at: datetime,
    points: Mapping[int, int] | None = None,
) -> list[Offer]:
    """The catalog for an account with a tier of this rank; ``points`` by wallet, if known."""
    rewards = list(_on_offer(program, at))
    if points is None:
        points = dict(Balance.objects.filter(account=account_id).values_list("wallet", "points"))
    had = limits.had(rewards, [account_id], at=at, zone=program.time_zone)
    return [
        Offer(
            reward=reward,
            price=reward.price,
            points=points.get(reward.wallet_id, 0),
            missing=max(0, reward.price - points.get(reward.wallet_id, 0)),
            locked_rank=reward.from_rank if reward.from_rank > rank else None,
            is_sold_out=_is_sold_out(reward),
            times_left=limits.left(reward, account_id, had),
        )
        for reward in rewards
    ]


def offer_for(
    program: Program, account_id: int, public_id: str, *, rank: int, at: datetime
) -> Offer | None:
    """One offer of the catalog, if it is in it."""
    offers = offers_for(program, account_id, rank=rank, at=at)
    return next((it for it in offers if it.reward.public_id == public_id), None)


def _on_offer(program: Program, at: datetime):  # type: ignore[no-untyped-def]
    waiting = PoolCode.objects.filter(reward=OuterRef("pk"), taken_at=None)
    rewards = Reward.objects.on_offer(at).filter(program=program).select_related("wallet")
    return rewards.annotate(has_code=Exists(waiting))


def _is_sold_out(reward: Reward) -> bool:
    return reward.stock == 0 or (reward.uses_pool and not reward.has_code)  # type: ignore[attr-defined]
