"""The campaigns that a program has promised, compiled once: plain values, ready to be judged by."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from campaigns.effects import Times, effect_from_json
from campaigns.holdout import is_held_out
from campaigns.models import Campaign
from loyalty.earning.activity import Activity
from loyalty.earning.caps import TOTAL, Cap
from loyalty.earning.parts import BadRule
from loyalty.earning.rulebook import Rule, asking, compile_rule
from loyalty.kept import Kept
from loyalty.merchants.models import Program

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A campaign, compiled. What it shares with a standing rule is in ``rule``."""

    id: int
    name: Any  # Localized
    starts_at: datetime
    ends_at: datetime
    rule: Rule
    stacking: str
    priority: int
    seed: str = ""  # Of the draw of who is held out …
    held_out_percent: int = 0  # … and how many of a hundred are.

    @property
    def times(self) -> int | None:
        """How many times the usual, in percent; None where it gives something of its own."""
        return self.rule.effect.percent if isinstance(self.rule.effect, Times) else None

    def holds(self, at: datetime) -> bool:
        return self.starts_at <= at < self.ends_at

    def leaves_out(self, account_id: int) -> bool:
        """Whether a member is held out of it, to be compared with."""
        return is_held_out(self.seed, account_id, self.held_out_percent)


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignBook:
    """A program's promised campaigns as of one version, those that come first ahead."""

    promises: Mapping[str, tuple[Promise, ...]]  # By trigger.
    # Those that give something else than points.
    presents: Mapping[str, tuple[Promise, ...]] = field(default_factory=dict)
    counts_purchases: frozenset[str] = frozenset()
    counts_activities: frozenset[str] = frozenset()
    needs_last_purchase: frozenset[str] = frozenset()

    def holding(self, kind: str, at: datetime) -> Sequence[Promise]:
        """The campaigns that an activity of a kind falls into."""
        return [it for it in self.promises.get(kind, ()) if it.holds(at)]

    def presents_at(self, kind: str, at: datetime) -> Sequence[Promise]:
        return [it for it in self.presents.get(kind, ()) if it.holds(at)]

    def for_activity(self, activity: Activity) -> Sequence[Promise]:
        live = self.holding(activity.kind, activity.occurred_at)
        return [it for it in live if not it.leaves_out(activity.account_id)]


def book_for(program_id: int, version: int) -> CampaignBook:
    """A program's campaigns, at least as new as the version asked for."""
    return _kept.get(program_id, version)


def compile_book(campaigns: Iterable[Campaign]) -> CampaignBook:
    promises = [it for it in map(_compiled_or_none, campaigns) if it is not None]
    promises.sort(key=lambda it: (it.priority, it.id))
    rules = [it.rule for it in promises]
    return CampaignBook(
        promises=_by_trigger([it for it in promises if not it.rule.effect.prize]),
        presents=_by_trigger([it for it in promises if it.rule.effect.prize]),
        counts_purchases=asking(rules, "purchases"),
        counts_activities=asking(rules, "activities"),
        needs_last_purchase=asking(rules, "last_purchase"),
    )


def _by_trigger(promises: Sequence[Promise]) -> dict[str, tuple[Promise, ...]]:
    triggers = {it.rule.trigger for it in promises}
    return {name: tuple(it for it in promises if it.rule.trigger == name) for name in triggers}


def compile_campaign(campaign: Campaign) -> Promise:
    """A stored campaign as it is judged by; BadRule if it cannot be read."""
    rule = compile_rule(campaign, effect_from_json)
    if campaign.budget is not None:
        budget = Cap(limit=campaign.budget, period="ever", scope=TOTAL)
        rule = replace(rule, caps=(*rule.caps, budget))
    return Promise(
        id=campaign.pk,
        name=campaign.name,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        rule=rule,
        stacking=str(campaign.stacking),
        priority=campaign.priority,
        seed=campaign.public_id,
        held_out_percent=campaign.held_out_percent,
    )


def _compiled_or_none(campaign: Campaign) -> Promise | None:
    try:
        return compile_campaign(campaign)
    except BadRule as bad:
        log.error("Campaign %s gives nothing: %s", campaign.public_id, bad)
        return None


def _load(program_id: int) -> tuple[int, CampaignBook]:
    # The version first: campaigns that change meanwhile are then newer than it says.
    version = Program.objects.values_list("version", flat=True).get(pk=program_id)
    return version, compile_book(Campaign.objects.promised().filter(program=program_id))


_kept = Kept(_load)
