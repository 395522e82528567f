"""The ladder: what it counts, and its steps."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.flows import tiers as flow
from loyalty.flows.program_files.context import Context, Wrong
from loyalty.flows.program_files.fields import (
    ABSENT,
    Choice,
    Field,
    Group,
    InLanguages,
    Whole,
    attempt,
)
from loyalty.flows.program_files.nouns.base import Load, Noun, Single
from loyalty.flows.program_files.tree import Node
from loyalty.flows.program_files.values import Hundredths, Money, Ref
from loyalty.merchants.models import Program
from loyalty.money import MOST_MINOR
from loyalty.refusal import Refusal
from members.models import Tier, TierPolicy
from members.tier_drafts import POLICY_BOUNDS, POLICY_CHOICES, policy_facts, tier_facts


class TierIsAway(Refusal):
    code = "tier_is_away"


class Policy(Single):
    name = "tier_policy"
    title = gettext_lazy("How tiers are reached")
    about = "What tiers are reached by, and how they are lost. What is left out stays as it is."

    @property
    def fields(self) -> Group:
        about = {
            "measure": "What is counted: spend, points earned, or days with a purchase.",
            "window": "Over which time.",
            "downgrade": "To the tier that fits, or one step at a time.",
            "kept_years": "Years that a tier is kept after the one that it was reached in.",
            "grace_days": "Days to win a tier back before it is lost.",
            "notice_days": "Days before that members are warned.",
        }
        words: dict[str, Field] = {
            name: Choice(about[name], lambda known=known: known.values, default=ABSENT)  # type: ignore[misc]
            for name, known in POLICY_CHOICES.items()
        }
        numbers = {
            name: Whole(about[name], least=least, most=most, default=ABSENT)
            for name, (least, most) in POLICY_BOUNDS.items()
        }
        return Group({**words, **numbers})

    def facts(self, program: Program, at: Context) -> dict[str, Any]:
        policy = TierPolicy.objects.filter(program=program).first()
        return policy_facts(policy) if policy else {}

    def save(self, told: dict[str, Any], load: Load) -> None:
        flow.save_policy(load.program, by=load.by, now=load.now, **told)


class Threshold(Field):
    """Money where spend is counted, else a whole number."""

    money, whole = Money(least=0, most=MOST_MINOR), Whole(most=10**9)

    def _mine(self, at: Context) -> Field:
        return self.money if at.measure == "spend" else self.whole

    def read(self, node: Node, path: str, at: Context) -> Any:
        if node.value == 0 and type(node.value) is int:
            return 0  # The base tier, whatever is counted.
        return self._mine(at).read(node, path, at)

    def write(self, value: Any, at: Context) -> Any:
        return self._mine(at).write(value, at) if value else 0

    def schema(self) -> dict[str, Any]:
        return {"anyOf": [self.whole.schema(), self.money.schema()]}


class LaterReward(Ref):
    """Rewards name tiers, and tiers rewards: this is said when both are there."""

    def read(self, node: Node, path: str, at: Context) -> Any:
        return ABSENT


WELCOME = Ref("rewards")


class Tiers(Noun):
    name = "tiers"
    title = gettext_lazy("Tiers")
    about = "The steps, the lowest first: it is everybody's, and is reached at 0."
    called_in_file: Mapping[str, str] = {"multiplier_percent": "multiplier"}

    @property
    def fields(self) -> Group:
        return Group({
            "name": InLanguages("What members call it."),
            "threshold": Threshold("What reaches it: money in quotes where spend is counted, else "
                                   "a whole number."),
            "multiplier": Hundredths("So many times the points of the rules that it multiplies.",
                                     least=100, most=10_000, default=100),
            "benefits": InLanguages("What members read of it.", most=2000, long=True, default={}),
            "entry_points": Whole("Given on reaching it.", default=0),
            "entry_reward": LaterReward("rewards", "Given on reaching it.", default=ABSENT),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[Tier]:
        return list(program.tiers.kept().select_related("entry_reward"))

    def facts(self, row: Tier, at: Context) -> dict[str, Any]:
        facts = tier_facts(row)
        if facts["entry_reward"] is None:
            del facts["entry_reward"]
        return facts | {"multiplier": row.multiplier_percent}

    def find(self, program: Program, key: str) -> Tier | None:
        return program.tiers.filter(public_id=key).first()

    def in_turn(self, things: Mapping[str, Node], at: Context) -> Iterable[str]:
        """Those that rise from the top down, those that fall from the bottom up, then the new."""
        kept = {at.names.name(self.name, it.public_id): it for it in self.rows(at.program, at.now)}
        told = {name: self._threshold(node, at) for name, node in things.items()}
        known = [name for name in things if name in kept]
        rising = [name for name in known if told[name] > kept[name].threshold]
        falling = [name for name in known if told[name] <= kept[name].threshold]
        new = [name for name in things if name not in kept]
        return [
            *sorted(rising, key=lambda name: -kept[name].rank),
            *sorted(falling, key=lambda name: kept[name].rank),
            *sorted(new, key=lambda name: told[name]),
        ]

    def _threshold(self, node: Node, at: Context) -> int:
        """Only to sort by: what is wrong with it is told where it is read."""
        told = node.at("threshold")
        try:
            return int(Threshold().read(told, "", at)) if told is not node else 0
        except Wrong:
            return 0

    def save(self, row: Tier | None, told: dict[str, Any], load: Load) -> Tier:
        told["multiplier_percent"] = told.pop("multiplier")
        return flow.save_tier(load.program, row, by=load.by, now=load.now, **told)

    def restore(self, row: Tier, load: Load) -> None:
        if row.archived_at:
            raise TierIsAway(_("This tier was put away. Give the new one another name."))

    def archive(self, row: Tier, load: Load) -> None:
        flow.archive_tier(row, by=load.by, now=load.now)

    def finish(self, row: Tier, node: Node, path: str, load: Load) -> None:
        child = node.value.get("entry_reward")
        reward = None
        if child is not None and child.value is not None:
            key = attempt(WELCOME, child, f"{path}.entry_reward", load.at)
            if key is ABSENT:
                return
            reward = load.program.rewards.filter(public_id=key).first()
        if (row.entry_reward and row.entry_reward.pk) != (reward and reward.pk):
            flow.save_tier(load.program, row, by=load.by, now=load.now, entry_reward=reward)
