"""Standing promises: what earns, under which conditions, how much at most."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from loyalty.earning.effects import EFFECTS, effect_from_json
from loyalty.earning.models import EarningRule
from loyalty.earning.parts import BadRule
from loyalty.earning.rule_forms import TRIGGER, rule_data
from loyalty.flows import rules as flow
from loyalty.flows.program_files import parts
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Field, Flag, Group, InLanguages, Text
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.flows.program_files.tree import Node
from loyalty.flows.program_files.values import Ref
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program

CALLED = {"is_qualifying": "qualifying", "is_active": "active"}
ABOUT_TRIGGER = (
    "What earns: purchase, sign_up, profile_complete, birthday, membership_month, "
    "membership_year, or an activity of your own, like watched_video."
)


def promise_fields(effect: Field) -> dict[str, Field]:
    """What rules and campaigns have in common."""
    return {
        "name": InLanguages(),
        "trigger": Text(ABOUT_TRIGGER, most=40, pattern=TRIGGER.pattern, default="purchase"),
        "wallet": Ref("wallets", "What it gives into."),
        "effect": effect,
        "conditions": parts.conditions(),
        "caps": parts.limits(),
    }


class Rules(Noun):
    name = "rules"
    title = gettext_lazy("Earning rules")
    about = "Earning rules, in their order."
    is_ordered = True
    called_in_file: Mapping[str, str] = CALLED

    @property
    def fields(self) -> Group:
        return Group({
            **promise_fields(parts.PartField(EFFECTS, "What it gives.")),
            "multiplied_by_tier": Flag("Left out: if it grows with the spend.", default=None),
            "qualifying": Flag("Whether its points count towards a tier. Left out: those of points "
                               "and status points do.", default=None),
            "active": Flag(default=True),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[EarningRule]:
        return list(program.earning_rules.kept().select_related("wallet"))

    def facts(self, row: EarningRule, at: Context) -> dict[str, Any]:
        data = rule_data(row)
        del data["position"]
        if data["multiplied_by_tier"] == usually_multiplied(row):
            data["multiplied_by_tier"] = None
        if data["is_qualifying"] == (row.wallet.kind in (Wallet.Kind.POINTS, Wallet.Kind.STATUS)):
            data["is_qualifying"] = None
        return {CALLED.get(name, name): value for name, value in data.items()}

    def write(self, row: EarningRule, at: Context) -> dict[str, Any]:
        with at.speaking_of(row.wallet.code):
            return super().write(row, at)

    def read(self, node: Node, path: str, at: Context) -> dict[str, Any]:
        wallet = node.at("wallet").value
        with at.speaking_of(wallet if isinstance(wallet, str) else ""):
            return super().read(node, path, at)

    def find(self, program: Program, key: str) -> EarningRule | None:
        return program.earning_rules.filter(public_id=key).first()

    def save(self, row: EarningRule | None, told: dict[str, Any], load: Load) -> EarningRule:
        own = {short: name for name, short in CALLED.items()}
        fields = {own.get(name, name): value for name, value in told.items()}
        return flow.save_rule(load.program, row, by=load.by, now=load.now, **fields)

    def place(self, row: EarningRule, position: int, load: Load) -> None:
        flow.save_rule(load.program, row, by=load.by, now=load.now, position=position)

    def restore(self, row: EarningRule, load: Load) -> None:
        flow.restore_rule(row, by=load.by, now=load.now)

    def archive(self, row: EarningRule, load: Load) -> None:
        flow.archive_rule(row, by=load.by, now=load.now)


def usually_multiplied(rule: EarningRule) -> bool:
    """What a rule is where nobody says whether a tier multiplies it; see ``clean_rule``."""
    try:
        effect = effect_from_json(rule.effect)
    except BadRule:
        return False
    return effect.is_pro_rata and rule.wallet.kind != Wallet.Kind.STAMPS
