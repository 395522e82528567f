"""What a basket would earn, with the explanation. Nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from campaigns.book import CampaignBook, book_for
from campaigns.rules import bonuses_for
from loyalty.earning import cap_usage, caps, rules
from loyalty.earning import history as doings
from loyalty.earning.activity import PURCHASE, Activity, Award, Who
from loyalty.earning.rulebook import Rule, Rulebook, rulebook_for
from loyalty.flows.causes import of_purchase
from loyalty.flows.earning import activity_of
from loyalty.merchants.models import Program
from loyalty.purchases import history, spend
from loyalty.purchases.recording import Recorded
from loyalty.purchases.sale import Sale, check
from members import audience
from members.ladder import ladder_for
from members.standing import Standings


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What one rule or campaign would give, or why it would not."""

    source: str  # "rule:3", "campaign:7"
    name: Any  # Localized
    wallet_id: int
    points: int
    steps: Sequence[dict[str, Any]] = ()
    unmet: Sequence[Any] = ()  # Conditions that do not hold: each has a sentence.


def quote(program: Program, sale: Sale, *, now: datetime) -> list[Quoted]:
    """What each rule and live campaign would give for a sale; of nobody, as a new member earns."""
    check(sale, now=now)
    rulebook = rulebook_for(program.pk, program.version)
    recorded = Recorded(
        sale, account_id=sale.account_id or 0, counted=spend.counted(sale, rulebook)
    )
    cause = of_purchase(recorded)
    book = book_for(program.pk, program.version)
    who = _who(program, rulebook, cause.account_id, sale)
    if cause.account_id and (wanted := _facts_asked(rulebook, book, sale)):
        moment = (cause.account_id, sale.made_at)
        known = audience.facts(program, wanted, [moment])
        who = replace(who, facts=known.get(moment, frozenset()))
    activity = activity_of(cause, who, rulebook.zone)
    awards = rules.awards_for(activity, rulebook)
    awards += bonuses_for(activity, awards, rulebook, book)
    promised = [*rulebook.rules.get(PURCHASE, ()), *(it.rule for it in book.for_activity(activity))]
    return [
        _quoted(rule, [award for award in awards if award.source == rule.source], activity)
        for rule in promised
    ]


def _facts_asked(rulebook: Rulebook, book: CampaignBook, sale: Sale) -> set[str]:
    promised = _promised(rulebook, book, PURCHASE, sale.made_at)
    return {fact for rule in promised for fact in rule.facts}


def _promised(rulebook: Rulebook, book: CampaignBook, kind: str, at: datetime) -> list[Rule]:
    """The rules, and the campaigns live then, by which something of a kind is judged."""
    return [*rulebook.rules.get(kind, ()), *(it.rule for it in book.holding(kind, at))]


def quote_activities(
    program: Program, account_id: int, asked: Sequence[tuple[str, str]], *, now: datetime
) -> list[list[Quoted]]:
    """What members' doings, each a kind and a subject, would give to a member now."""
    rulebook = rulebook_for(program.pk, program.version)
    book = book_for(program.pk, program.version)
    wanted = {
        fact for kind, _subject in asked for rule in _promised(rulebook, book, kind, now)
        for fact in rule.facts
    }  # fmt: skip
    moment = (account_id, now)
    known = audience.facts(program, wanted, [moment]) if wanted else {}
    on = now.astimezone(rulebook.zone).date()
    ladder = ladder_for(program.pk, program.version)
    standings = Standings.load(ladder, rulebook, {account_id: [on]})
    kinds = {kind for kind, _subject in asked}
    before = doings.counts([account_id], kinds, without=[])
    number, last = history.counts([account_id], without=[]).get(account_id, (0, None))
    found = []
    for kind, subject in asked:
        who = standings.who(
            account_id, purchases_before=number, last_purchase_on=last,
            activities_before=before.get((account_id, kind), 0),
            facts=known.get(moment, frozenset()),
        )  # fmt: skip
        activity = Activity(
            kind=kind, account_id=account_id, key="", occurred_at=now, who=who, subject=subject,
            local=now.astimezone(rulebook.zone),
        )  # fmt: skip
        awards = rules.awards_for(activity, rulebook)
        awards += bonuses_for(activity, awards, rulebook, book)
        found.append([
            _quoted(it, [one for one in awards if one.source == it.source], activity)
            for it in _promised(rulebook, book, kind, now)
        ])  # fmt: skip
    return found


def _who(program: Program, rulebook: Rulebook, account_id: int, sale: Sale) -> Who:
    on = sale.made_at.astimezone(rulebook.zone).date()
    if not account_id:
        return Who(enrolled_on=on)
    standings = Standings.load(
        ladder_for(program.pk, program.version), rulebook, {account_id: [on]}
    )
    number, last = history.counts([account_id], without=[]).get(account_id, (0, None))
    return standings.who(account_id, purchases_before=number, last_purchase_on=last)


def _quoted(rule: Rule, awards: Sequence[Award], activity: Activity) -> Quoted:
    """What is left of what one source gives; a campaign may add to several rules."""
    points = 0
    steps: list[dict[str, Any]] = []
    limits = caps.limits_for(rule, rule, activity) if awards else []
    used = cap_usage.peek([limit.key for limit in limits]) if limits else {}
    for award in awards:
        left = caps.limit(award, limits, used)
        for key, more in caps.usage(left, limits).items():
            used[key] += more
        points += left.points
        steps += left.steps
    return Quoted(
        source=rule.source, name=rule.name, wallet_id=rule.wallet_id, points=points, steps=steps,
        unmet=() if awards else rules.unmet_conditions(rule, activity),
    )  # fmt: skip
