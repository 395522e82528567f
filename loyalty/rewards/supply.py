"""What there is to hand out: one out of stock, and the code that stands for it.

Whoever takes holds the reward's row until the transaction ends. Several rewards are therefore taken
in the order of their ids.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext as _

from loyalty import bulk
from loyalty.refusal import Refusal
from loyalty.rewards import codes
from loyalty.rewards.models import PoolCode, Reward, Voucher
from loyalty.rewards.shelf import Shelved

# Whether there was one is asked by RETURNING: where statements go together, nobody counts yet.
_TAKE_STOCK = """
UPDATE rewards_reward SET stock = stock - 1
FROM {rows} WHERE rewards_reward.id = v.id AND rewards_reward.stock >= 1
RETURNING rewards_reward.id
"""


class SoldOut(Refusal):
    code = "sold_out"

    def __init__(self) -> None:
        super().__init__(_("This reward has run out."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A voucher's code as it is kept."""

    hash: str
    sealed: str

    @classmethod
    def new(cls) -> "Code":
        code = codes.new_code()
        return cls(hash=codes.hash_of(code), sealed=codes.seal(code))


def hold(rewards: Collection[int]) -> None:
    """Lock the stock of several rewards, before any of them is taken."""
    counted = Reward.objects.filter(pk__in=rewards, stock__isnull=False).order_by("pk")
    list(counted.select_for_update(no_key=True).values_list("pk", flat=True))


def take(reward: Shelved, *, now: datetime) -> Code | None:
    """Take one, if there is one. Of the last one only one taker is told that it was there."""
    if reward.has_stock and not _take_stock(reward.id):
        return None
    if not reward.uses_pool:
        return Code.new()
    code = _take_pool_code(reward.id, now)
    if code is None:
        put_back(reward.id)
    return code


def put_back(reward_id: int) -> None:
    """One is in stock again. A code that somebody has seen is not handed out again."""
    Reward.objects.filter(pk=reward_id, stock__isnull=False).update(stock=F("stock") + 1)


def _take_stock(reward_id: int) -> bool:
    return bool(bulk.fetch(_TAKE_STOCK, {"id": "bigint"}, [(reward_id,)]))


def _take_pool_code(reward_id: int, now: datetime) -> Code | None:
    # Two rewards may have been given the same list; what one has handed out, the other has not.
    handed_out = Voucher.objects.filter(
        program=OuterRef("reward__program"), code_hash=OuterRef("code_hash")
    )
    waiting = PoolCode.objects.filter(~Exists(handed_out), reward=reward_id, taken_at=None)
    code = waiting.select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
    if code is None:
        return None
    PoolCode.objects.filter(pk=code.pk).update(taken_at=now)
    return Code(hash=code.code_hash, sealed=code.code_sealed)
