"""What campaigns owe beside the standing rules. Nothing here reads or writes anything.

A campaign that gives a multiple looks at each award of the rules, as exact as it was before it was
rounded. How several go together is each one's own word: it multiplies what is there, adds its part
of what the rule alone gives, or stands alone and counts only if that is more. Rounding happens on
the sum, in the order of the campaigns, so that what they give adds up to it.
"""

from collections.abc import Iterator, Sequence

from campaigns import explaining  # noqa: F401 Makes known how its steps are told.
from campaigns.book import CampaignBook, Promise
from campaigns.models import Campaign
from loyalty.earning import rules
from loyalty.earning.activity import Activity, Award
from loyalty.earning.conditions import Counted
from loyalty.earning.effects import Amount, Step, exact
from loyalty.earning.rulebook import Rule, Rulebook

MULTIPLY, ADD, BEST = Campaign.Stacking.MULTIPLY, Campaign.Stacking.ADD, Campaign.Stacking.BEST

Covering = tuple[Promise, Counted]  # A campaign that holds, and what it counts.


def bonuses_for(
    activity: Activity, awards: Sequence[Award], rulebook: Rulebook, book: CampaignBook
) -> list[Award]:
    """What a program's campaigns owe beside the awards of its rules, before caps."""
    live = book.for_activity(activity)
    if not live:
        return []
    basket = Counted(activity.items, activity.counted_minor)
    holding = [(it, rules.counted_by(it.rule, activity, basket)) for it in live]
    multiples = [(it, counted) for it, counted in holding if counted and it.times]
    bonuses = [
        bonus
        for it in live
        if not it.times and (bonus := rules.judge(it.rule, activity, basket, rulebook.rounding))
    ]
    by_source = {rule.source: rule for rule in rulebook.rules.get(activity.kind, ())}
    for award in awards:
        covering = [(it, part) for it, part in multiples if it.rule.wallet_id == award.wallet_id]
        rule = by_source[award.source]
        if covering and rule.effect.can_multiply:
            bonuses += _multiplied(activity, basket, award, rule, covering, rulebook.rounding)
    return bonuses


def _multiplied(  # noqa: PLR0917
    activity: Activity,
    basket: Counted,
    award: Award,
    rule: Rule,
    covering: Sequence[Covering],
    rounding: str,
) -> Iterator[Award]:
    """What campaigns add to one award, each with its own line in the books."""
    counted = rules.counted_by(rule, activity, basket)
    assert counted is not None
    percent = rules.tier_percent(rule, activity)
    added: dict[int, Amount] = {}
    shares: dict[int, list[Counted]] = {}
    for part, campaigns in _parts(rule, counted, covering):
        base = rule.effect.gives(part)[0]
        for it, amount in _stacked(base, rules.times(base, percent), campaigns):
            added[it.id] = added.get(it.id, 0) + amount
            shares.setdefault(it.id, []).append(part)
    total, told = rules.times(rule.effect.gives(counted)[0], percent), award.points
    for it, _counted in covering:
        if not added.get(it.id):
            continue
        total += added[it.id]
        points = rules.rounded(total, rounding) - told
        told += points
        if points > 0:
            part = _together(shares[it.id], counted)
            yield Award(
                wallet_id=award.wallet_id,
                points=points,
                source=it.rule.source,
                key=f"{it.rule.source}/{award.source}",
                steps=tuple(_steps(it, part, added[it.id], total, points)),
                is_qualifying=it.rule.is_qualifying,
                value_minor=part.minor,
                basis=rules.lines_of(part) if part.is_part else None,
                whole_above_minor=award.whole_above_minor,
            )


def _parts(
    rule: Rule, counted: Counted, covering: Sequence[Covering]
) -> Iterator[tuple[Counted, list[Promise]]]:
    """The parts of what a rule counts, each with the campaigns that cover it."""
    everything = [it for it, part in covering if not part.is_part]
    if len(everything) == len(covering) or not rule.effect.is_pro_rata:
        yield counted, [it for it, _part in covering]
        return
    numbers = {it.id: {item.number for item in part.items} for it, part in covering}
    by_cover: dict[tuple[int, ...], list[int]] = {}
    for place, item in enumerate(counted.items):
        cover = tuple(
            it.id for it, part in covering if not part.is_part or item.number in numbers[it.id]
        )
        by_cover.setdefault(cover, []).append(place)
    for cover, places in by_cover.items():
        if cover:
            items = tuple(counted.items[place] for place in places)
            part = Counted(items, sum(item.counted_minor for item in items), True)
            yield part, [it for it, _part in covering if it.id in cover]


def _stacked(
    base: Amount, tiered: Amount, campaigns: Sequence[Promise]
) -> list[tuple[Promise, Amount]]:
    """What each campaign adds: ``base`` is what the rule alone gives, ``tiered`` with the tier."""
    added: list[tuple[Promise, Amount]] = []
    multiplied = tiered
    for it in campaigns:
        assert it.times is not None
        if it.stacking == MULTIPLY:
            more = rules.times(multiplied, it.times - 100)
            multiplied += more
            added.append((it, more))
        elif it.stacking == ADD:
            added.append((it, rules.times(base, it.times - 100)))
    alone = [it for it in campaigns if it.stacking == BEST]
    if alone:
        best = max(alone, key=lambda it: it.times or 0)
        instead = rules.times(base, best.times or 0)
        if instead > tiered + sum(amount for _it, amount in added):
            return [(best, instead - tiered)]
    return added


def _together(parts: Sequence[Counted], whole: Counted) -> Counted:
    items = tuple(item for part in parts for item in part.items)
    if len(items) == len(whole.items):
        return whole
    return Counted(items, sum(part.minor for part in parts), True)


def _steps(it: Promise, part: Counted, added: Amount, total: Amount, points: int) -> Iterator[Step]:
    if part.is_part:
        lines = list(rules.lines_of(part))
        yield {"step": "campaign_lines", "lines": lines, "of_minor": part.minor}
    yield {
        "step": "campaign", "name": it.name, "percent": it.times, "stacking": it.stacking,
        "total": exact(total), "adds": exact(added), "gives": str(points),
    }  # fmt: skip
