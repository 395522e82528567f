"""What sales would have earned with a campaign and without it, limits and refunds included.

Two worlds are lived through side by side. The rules of today hold in both, and so do the other
campaigns of that time; only in one of them there is the campaign. What lies between is its doing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from campaigns.book import CampaignBook, Promise
from campaigns.rules import bonuses_for
from loyalty.earning import caps, rules
from loyalty.earning.activity import Activity, Award
from loyalty.earning.caps import CapKey, Limit
from loyalty.earning.conditions import Counted
from loyalty.earning.rulebook import Rule, Rulebook
from loyalty.insights.replay.happened import CameBack, Sold, SoldLine
from loyalty.purchases import keeping

RULES, OTHERS, WITH, PRESENTS = "rules", "others", "with", "presents"


@dataclass(slots=True)
class Given:
    """An award of a replay, as ``purchases.keeping`` asks for it, and what was taken back."""

    world: str
    award: Award
    keys: Sequence[CapKey]
    basis: Mapping[str, int] | None
    back: int = 0

    @property
    def points(self) -> int:
        return self.award.points

    @property
    def value_minor(self) -> int:
        return self.award.value_minor

    @property
    def whole_above_minor(self) -> int | None:
        return self.award.whole_above_minor


@dataclass(frozen=True, slots=True)
class Share:
    """What a sale adds to the sums, or what a refund takes from them: points of one wallet."""

    sale: Sold
    rules: int = 0
    added: int = 0  # Because of the campaign: by itself, or by others that multiply it.
    itself: int = 0
    paid: int = 0  # In fact, less what came back since.
    own: int = 0  # Of that by the campaign itself.
    presents: int = 0  # Rewards or badges, where the campaign gives those.
    is_sale: bool = False


@dataclass(slots=True)
class Worlds:
    """The two worlds, and what limits are used up in each of them."""

    rulebook: Rulebook
    others: CampaignBook
    together: CampaignBook
    wallet_id: int
    own_source: str
    budget: int | None = None  # Of the campaign.
    budget_spent_on: date | None = None  # The first day on which nothing was left of it.
    used: dict[str, Counter[CapKey]] = field(default_factory=lambda: defaultdict(Counter))
    _rules: dict[str, Rule] = field(init=False)  # And campaigns, by their source.
    _presents: list[Promise] = field(init=False)  # The campaign, where it gives presents.
    _badged: set[int] = field(default_factory=set)  # Accounts: a badge is held once.
    _kept: dict[int, tuple[Sold, list[Given]]] = field(default_factory=dict)
    _early: dict[int, list[CameBack]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        promised = [it for some in self.together.promises.values() for it in some]
        presents = [it for some in self.together.presents.values() for it in some]
        self._presents = [it for it in presents if it.rule.source == self.own_source]
        promised += self._presents
        standing = [rule for some in self.rulebook.rules.values() for rule in some]
        self._rules = {rule.source: rule for rule in (*standing, *(it.rule for it in promised))}

    def sold(self, sale: Sold) -> Iterator[Share]:
        """Judge a sale in both worlds."""
        activity = sale.activity
        awards = rules.awards_for(activity, self.rulebook)
        given = [self._within(RULES, award, activity) for award in awards]
        worlds = [(WITH, self.together)]
        if self.others.promises:
            worlds.append((OTHERS, self.others))
        for world, book in worlds:
            bonuses = bonuses_for(activity, awards, self.rulebook, book)
            given += [self._within(world, bonus, activity) for bonus in bonuses]
        given += self._presented(activity)
        if sale.lines:
            self._kept[sale.id] = (sale, given)
        paid = sale.paid
        standing, added, itself, presents = self._sums(given)
        yield Share(
            sale, standing, added, itself, paid.points, paid.own, presents=presents, is_sale=True
        )  # fmt: skip
        for piece in self._early.pop(sale.id, ()):
            yield from self.came_back(piece)

    def came_back(self, piece: CameBack) -> Iterator[Share]:
        """Take back of a sale what each award gave for what came back of it."""
        if piece.is_earlier:
            return
        if piece.purchase_id not in self._kept:
            self._early[piece.purchase_id].append(piece)
            return
        sale, given = self._kept[piece.purchase_id]
        for line in sale.lines:
            line.refunded_minor += piece.lines.get(line.number, 0)
        before = self._sums(given, back=True)
        for it in given:
            self._take_back(it, sale.lines)
        after = self._sums(given, back=True)
        taken = [was - now for was, now in zip(before, after, strict=True)]
        if taken[3]:
            self._badged.discard(sale.activity.account_id)
        yield Share(sale, rules=taken[0], added=taken[1], itself=taken[2], presents=taken[3])

    def _presented(self, activity: Activity) -> Iterator[Given]:
        """The reward or badge of the campaign, where that is what it gives."""
        basket = Counted(activity.items, activity.counted_minor)
        account = activity.account_id
        for promise in self._presents:
            is_badge = (promise.rule.effect.prize or {}).get("kind") == "badge"
            if promise.leaves_out(account) or (is_badge and account in self._badged):
                continue
            award = rules.judge(promise.rule, activity, basket, self.rulebook.rounding)
            if award and (given := self._within(PRESENTS, award, activity)).points:
                if is_badge:
                    self._badged.add(account)
                yield given

    def _take_back(self, it: Given, lines: Sequence[SoldLine]) -> None:
        more = keeping.to_take_back(it, lines) - it.back
        it.back += more
        for key in it.keys:
            self.used[it.world][key] = max(self.used[it.world][key] - more, 0)

    def _within(self, world: str, award: Award, activity: Activity) -> Given:
        """What limits leave of an award, counted as used."""
        limits = caps.limits_for(award, self._rules[award.source], activity)
        if limits:
            award = caps.limit(award, limits, self.used[world])
            self.used[world].update(caps.usage(award, limits))
            self._watch_budget(world, award, limits, activity)
        basis = None
        if award.basis is not None:
            basis = {str(line): minor for line, minor in award.basis.items()}
        return Given(world, award, [it.key for it in limits], basis)

    def _watch_budget(
        self, world: str, award: Award, limits: Sequence[Limit], activity: Activity
    ) -> None:
        if self.budget is None or self.budget_spent_on or award.source != self.own_source:
            return
        key = limits[-1].key  # The budget is the last of a campaign's limits.
        if world != OTHERS and self.used[world][key] >= self.budget:
            self.budget_spent_on = activity.on

    def _sums(self, given: Sequence[Given], *, back: bool = False) -> tuple[int, int, int, int]:
        """What rules give in one wallet, what is added, by the campaign itself, and presents."""
        sums, itself, presents = {RULES: 0, OTHERS: 0, WITH: 0}, 0, 0
        for it in given:
            points = it.back if back else it.award.points
            if it.world == PRESENTS:
                presents += points
            elif it.award.wallet_id == self.wallet_id:
                sums[it.world] += points
                itself += points if it.award.source == self.own_source else 0
        return sums[RULES], sums[WITH] - sums[OTHERS], itself, presents
