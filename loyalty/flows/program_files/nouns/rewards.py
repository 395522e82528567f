"""What members get for what they collected."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from loyalty.days import PERIODS
from loyalty.flows import rewards as flow
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Choice, Flag, Group, InLanguages, OrNone, Text, Whole
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.flows.program_files.tree import Node
from loyalty.flows.program_files.values import Moment, Money, Ref, TierRank, Worth
from loyalty.merchants.models import Program
from loyalty.rewards.drafts import MOST
from loyalty.rewards.models import Reward

CALLED = {
    "amount_minor": "amount", "is_automatic": "automatic", "from_rank": "from_tier",
    "is_active": "active",
}  # fmt: skip
SAME = (
    "kind", "amount_minor", "percent", "product", "price", "is_automatic", "stock", "member_limit",
    "member_limit_period", "from_rank", "voucher_days", "uses_pool", "starts_at", "ends_at",
    "is_active",
)  # fmt: skip


class Rewards(Noun):
    name = "rewards"
    title = gettext_lazy("Rewards")
    about = "The catalog, in the order in which members see it."
    is_ordered = True
    called_in_file = CALLED

    @property
    def fields(self) -> Group:
        return Group({
            "name": InLanguages(),
            "description": InLanguages(most=2000, long=True, default={}),
            "kind": Choice("What it is.", lambda: Reward.Kind.values, default="custom"),
            "amount": Money("What amount_off and store_credit are worth.", default=None),
            "percent": Whole("What percent_off takes off.", least=1, most=100, default=None),
            "product": Text("What free_product is, as the till knows it.", most=80, default=""),
            "wallet": Ref("wallets", "What it is paid from."),
            "price": Worth("In the wallet's own unit; money in quotes.", most=MOST),
            "automatic": Flag("Given by itself when the wallet holds the price.", default=False),
            "stock": OrNone(Whole("How many there are when it is made. What is left of a reward "
                                  "that exists stays as it is.", most=MOST)),
            "member_limit": Whole("How often a member may have it …", least=1, most=30_000,
                                  default=None),
            "member_limit_period": Choice("… in each of these.", lambda: list(PERIODS),
                                          default="ever"),
            "from_tier": TierRank("The lowest tier that may have it.", default=0),
            "voucher_days": OrNone(Whole("Days that its voucher is good for; null: without end.",
                                         most=3650), default=30),
            "uses_pool": Flag("Codes come from a partner's list, which no file holds.",
                              default=False),
            "starts_at": Moment("On offer from then on.", default=None),
            "ends_at": Moment("The first moment at which it is not.", default=None),
            "active": Flag(default=True),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[Reward]:
        return list(program.rewards.kept().select_related("wallet"))

    def facts(self, row: Reward, at: Context) -> dict[str, Any]:
        texts = {"name": dict(row.name), "description": dict(row.description)}
        values = {CALLED.get(name, name): getattr(row, name) for name in SAME}
        return texts | values | {"wallet": row.wallet.code}

    def write(self, row: Reward, at: Context) -> dict[str, Any]:
        with at.speaking_of(row.wallet.code):
            return super().write(row, at)

    def read(self, node: Node, path: str, at: Context) -> dict[str, Any]:
        wallet = node.at("wallet").value
        with at.speaking_of(wallet if isinstance(wallet, str) else ""):
            return super().read(node, path, at)

    def find(self, program: Program, key: str) -> Reward | None:
        return program.rewards.filter(public_id=key).first()

    def save(self, row: Reward | None, told: dict[str, Any], load: Load) -> Reward:
        own = {short: name for name, short in CALLED.items()}
        fields = {own.get(name, name): value for name, value in told.items()}
        fields["wallet"] = load.program.wallets.get(code=told["wallet"])
        if row and row.stock is not None and fields["stock"] is not None:
            del fields["stock"]  # What is sold meanwhile stays sold.
        return flow.save_reward(load.program, row, by=load.by, now=load.now, **fields)

    def place(self, row: Reward, position: int, load: Load) -> None:
        flow.save_reward(load.program, row, by=load.by, now=load.now, position=position)

    def restore(self, row: Reward, load: Load) -> None:
        flow.restore_reward(row, by=load.by, now=load.now)

    def archive(self, row: Reward, load: Load) -> None:
        flow.archive_reward(row, by=load.by, now=load.now)
