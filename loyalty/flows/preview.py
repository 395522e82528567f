"""What a rule that is still being written would give for a basket. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from campaigns.book import CampaignBook, compile_campaign
from campaigns.campaign_forms import clean_campaign
from campaigns.models import Campaign
from campaigns.rules import bonuses_for
from loyalty.earning import rules
from loyalty.earning.activity import PURCHASE, Activity, Who
from loyalty.earning.conditions import Condition, Counted
from loyalty.earning.models import EarningRule
from loyalty.earning.parts import BadRule
from loyalty.earning.rule_forms import clean_rule
from loyalty.earning.rulebook import Rule, Rulebook, compile_rulebook, rulebook_for
from loyalty.flows.campaigns import CampaignRefused
from loyalty.flows.causes import of_purchase
from loyalty.flows.earning import activity_of
from loyalty.flows.rules import RuleRefused
from loyalty.merchants.models import Program
from loyalty.purchases import spend
from loyalty.purchases.recording import Recorded
from loyalty.purchases.sale import Sale, check
from members.models import Tier

MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The rule, and what it would give; or the conditions that do not hold."""

    rule: EarningRule | Campaign
    points: int = 0
    steps: Sequence[dict[str, Any]] = ()
    unmet: Sequence[Condition] = ()
    is_present: bool = False  # It gives a reward or a badge, and would.


def preview(
    program: Program, told: dict[str, Any], sale: Sale, *, tier: Tier | None, now: datetime
) -> Preview:
    """Judge a sale to somebody of a tier who joined today, by this rule alone and before caps."""
    check(sale, now=now)
    wallets = {wallet.code: wallet for wallet in program.wallets.all()}
    try:
        rule = EarningRule(program=program, **clean_rule(told, wallets=wallets))
        rulebook = compile_rulebook(program, wallets.values(), [rule])
    except BadRule as bad:
        raise RuleRefused(str(bad), problems=bad.problems) from bad
    if rule.trigger != PURCHASE:
        return Preview(rule=rule)
    (compiled,) = (rulebook.rules or rulebook.presents)[PURCHASE]
    activity = activity_for(sale, tier, rulebook, [compiled])
    return _judged(rule, compiled, activity, rulebook)


def preview_campaign(
    program: Program, told: dict[str, Any], sale: Sale, *, tier: Tier | None, now: datetime
) -> Preview:
    """What a campaign would add to what the program's rules give, were it live at that moment."""
    check(sale, now=now)
    wallets = {wallet.code: wallet for wallet in program.wallets.all()}
    try:
        campaign = Campaign(program=program, **clean_campaign(told, wallets=wallets))
        promise = replace(compile_campaign(campaign), starts_at=now, ends_at=now + MOMENT)
    except BadRule as bad:
        raise CampaignRefused(str(bad), problems=bad.problems) from bad
    if campaign.trigger != PURCHASE:
        return Preview(rule=campaign)
    rulebook = rulebook_for(program.pk, program.version)
    activity = activity_for(sale, tier, rulebook, [promise.rule])
    if promise.rule.effect.prize:
        return _judged(campaign, promise.rule, activity, rulebook)
    book = CampaignBook(promises={PURCHASE: (promise,)})
    bonuses = bonuses_for(activity, rules.awards_for(activity, rulebook), rulebook, book)
    if bonuses:
        steps = [step for bonus in bonuses for step in bonus.steps]
        return Preview(rule=campaign, points=sum(it.points for it in bonuses), steps=steps)
    return Preview(rule=campaign, unmet=rules.unmet_conditions(promise.rule, activity))


def _judged(
    told: EarningRule | Campaign, rule: Rule, activity: Activity, rulebook: Rulebook
) -> Preview:
    basket = Counted(activity.items, activity.counted_minor)
    award = rules.judge(rule, activity, basket, rulebook.rounding)
    if award is None:
        return Preview(rule=told, unmet=rules.unmet_conditions(rule, activity))
    if rule.effect.prize:
        return Preview(rule=told, is_present=True)
    return Preview(rule=told, points=award.points, steps=award.steps)


def activity_for(
    sale: Sale, tier: Tier | None, rulebook: Rulebook, meant: Sequence[Rule]
) -> Activity:
    """A sale to somebody of a tier who joined that day, and whom the rule means."""
    who = Who(
        enrolled_on=sale.made_at.astimezone(rulebook.zone).date(),
        tier_rank=tier.rank if tier else 0,
        tier_name=tier.name if tier else "",
        multiplier_percent=tier.multiplier_percent if tier else 100,
        facts=frozenset(
            fact
            for rule in meant
            for one in rule.conditions
            if not getattr(one, "out", False)
            for fact in one.facts
        ),
    )
    cause = of_purchase(Recorded(sale, account_id=0, counted=spend.counted(sale, rulebook)))
    return activity_of(cause, who, rulebook.zone)
