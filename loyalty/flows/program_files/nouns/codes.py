"""Batches of codes on products: what they give, and never the codes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.codes.models import CodeBatch
from loyalty.flows import code_batches as flow
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Choice, Group, InLanguages, OrNone, Whole
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.flows.program_files.tree import Node
from loyalty.flows.program_files.values import Moment, Ref, Worth
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal

SAME = (
    "kind", "count", "points", "starts_at", "ends_at", "member_limit", "member_daily_limit",
    "total_limit",
)  # fmt: skip


class PrintedAlready(Refusal):
    code = "codes_are_printed"


class Codes(Noun):
    name = "codes"
    title = gettext_lazy("Codes on products")
    about = "Batches that are not over, without their codes. A new batch makes codes of its own."
    can_archive = False

    @property
    def fields(self) -> Group:
        limit = {"least": 1, "most": 10**6}
        return Group({
            "name": InLanguages("Members read it beside what they got."),
            "kind": Choice("One code for everybody, or a code for each thing.",
                           lambda: CodeBatch.Kind.values),
            "count": Whole("Of single ones.", least=1, most=flow.MOST_CODES, default=1),
            "wallet": OrNone(Ref("wallets", "Into which the points go.")),
            "points": OrNone(Worth("What a code gives; or:", most=flow.MOST_POINTS)),
            "reward": OrNone(Ref("rewards", "What a code gives.")),
            "starts_at": OrNone(Moment()),
            "ends_at": OrNone(Moment("The first moment at which it is over.")),
            "member_limit": OrNone(Whole("Of single codes, ever.", **limit)),
            "member_daily_limit": OrNone(Whole("Of single codes, a day.", **limit)),
            "total_limit": OrNone(Whole("Of the shared code, all together.", **limit)),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[CodeBatch]:
        kept = program.code_batches.filter(Q(ends_at=None) | Q(ends_at__gt=now), voided_at=None)
        return list(kept.select_related("wallet", "reward").order_by("created_at", "pk"))

    def is_over(self, row: CodeBatch, now: datetime) -> bool:
        return bool(row.voided_at or (row.ends_at and row.ends_at <= now))

    def facts(self, row: CodeBatch, at: Context) -> dict[str, Any]:
        return {name: getattr(row, name) for name in SAME} | {
            "name": dict(row.name),
            "wallet": row.wallet.code if row.wallet else None,
            "reward": row.reward.public_id if row.reward else None,
        }

    def write(self, row: CodeBatch, at: Context) -> dict[str, Any]:
        with at.speaking_of(row.wallet.code if row.wallet else ""):
            return super().write(row, at)

    def read(self, node: Node, path: str, at: Context) -> dict[str, Any]:
        wallet = node.at("wallet").value
        with at.speaking_of(wallet if isinstance(wallet, str) else ""):
            return super().read(node, path, at)

    def find(self, program: Program, key: str) -> CodeBatch | None:
        found = program.code_batches.filter(public_id=key)
        return found.select_related("wallet", "reward").first()

    def save(self, row: CodeBatch | None, told: dict[str, Any], load: Load) -> CodeBatch:
        if row is not None:
            if self.facts(row, load.at) == told:
                return row
            raise PrintedAlready(_("Codes stay as they were printed. Make another batch."))
        wallet, reward = told.pop("wallet"), told.pop("reward")
        return flow.make(
            load.program, by=load.by, now=load.now, **told,
            wallet=load.program.wallets.get(code=wallet) if wallet else None,
            reward=load.program.rewards.get(public_id=reward) if reward else None,
        )  # fmt: skip
