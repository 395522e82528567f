"""Everything a program has promised, compiled once: plain values, ready to be judged by."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from loyalty.earning.caps import Cap
from loyalty.earning.conditions import Condition, LineCondition, condition_from_json
from loyalty.earning.conditions.basket import BASKET, MinimumSpend
from loyalty.earning.effects import Effect, effect_from_json
from loyalty.earning.models import EarningRule
from loyalty.earning.parts import BadRule
from loyalty.kept import Kept
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletFacts:
    """A wallet as plain values."""

    id: int
    code: str
    kind: str
    exponent: int
    unit_one: Any  # Localized
    unit_many: Any
    is_spendable: bool
    expires_on: Callable[[date], date | None]  # The first day on which a lot is gone.


class Promised(Protocol):
    """A stored rule: an EarningRule, or what else reads like one."""

    pk: int
    name: Any
    trigger: str
    conditions: list[Any]
    effect: Any
    wallet_id: int
    wallet: Wallet
    caps: list[Any]
    multiplied_by_tier: bool
    is_qualifying: bool

    @property
    def source(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A standing promise, compiled. See EarningRule."""

    id: int
    source: str
    name: Any  # Localized
    trigger: str
    line_conditions: tuple[LineCondition, ...]  # These narrow the basket …
    conditions: tuple[Condition, ...]  # … and these then ask.
    effect: Effect
    wallet_id: int
    caps: tuple[Cap, ...]
    multiplied_by_tier: bool
    is_qualifying: bool
    facts: frozenset[str] = frozenset()  # What must be known of the member: see ``Who.facts``.

    @property
    def all_conditions(self) -> tuple[Condition, ...]:
        return (*self.line_conditions, *self.conditions)

    def minimum_spend(self, *, is_part: bool) -> int:
        """The least value that a fixed award stays whole at. Of a part of the basket, a minimum
        that was asked of the whole basket says nothing."""
        return max(
            (
                asked.minor
                for asked in self.conditions
                if isinstance(asked, MinimumSpend) and not (is_part and asked.of == BASKET)
            ),
            default=1,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulebook:
    """A program's live rules, wallets and settings, as of one version."""

    program_id: int
    version: int
    currency: str
    time_zone: str
    languages: tuple[str, ...]
    rounding: str
    pending_days: int
    counts_tax: bool
    counts_shipping: bool
    counts_gift_cards: bool
    counts_points_paid: bool
    wallets: Mapping[int, WalletFacts]
    rules: Mapping[str, tuple[Rule, ...]]  # By trigger, in the merchant's order.
    # Triggers of which some live rule asks for history; a flow looks it up for these only.
    counts_purchases: frozenset[str]
    counts_activities: frozenset[str]
    needs_last_purchase: frozenset[str]
    # The rules that give something else than points, by trigger.
    presents: Mapping[str, tuple[Rule, ...]] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def main_wallet(self) -> WalletFacts | None:
        """The wallet of points that comes first: what presents of points go into."""
        return next((it for it in self.wallets.values() if it.kind == Wallet.Kind.POINTS), None)


def rulebook_for(program_id: int, version: int) -> Rulebook:
    """A program's rulebook, at least as new as the version asked for. Kept until a newer is."""
    return _kept.get(program_id, version)


def load(program_id: int) -> Rulebook:
    """Read and compile what the database holds now."""
    # The version is read first: rules that change meanwhile are then newer than it says, never
    # older, and the next one to ask reads them again.
    program = Program.objects.get(pk=program_id)
    wallets = Wallet.objects.filter(program=program_id)
    rules = EarningRule.objects.live().filter(program=program_id)
    return compile_rulebook(program, wallets, rules)


def compile_rulebook(
    program: Program, wallets: Iterable[Wallet], rules: Iterable[EarningRule]
) -> Rulebook:
    compiled = [rule for rule in map(_compiled_or_none, rules) if rule is not None]
    return Rulebook(
        program_id=program.pk,
        version=program.version,
        currency=program.currency,
        time_zone=program.time_zone,
        languages=tuple(program.languages),
        rounding=str(program.rounding),
        pending_days=program.pending_days,
        counts_tax=program.counts_tax,
        counts_shipping=program.counts_shipping,
        counts_gift_cards=program.counts_gift_cards,
        counts_points_paid=program.counts_points_paid,
        wallets={wallet.pk: _facts(wallet) for wallet in wallets},
        rules=_by_trigger([rule for rule in compiled if not rule.effect.prize]),
        presents=_by_trigger([rule for rule in compiled if rule.effect.prize]),
        counts_purchases=asking(compiled, "purchases"),
        counts_activities=asking(compiled, "activities"),
        needs_last_purchase=asking(compiled, "last_purchase"),
    )


def compile_rule(rule: Promised, read_effect: Callable[[Any], Effect] = effect_from_json) -> Rule:
    """A stored rule as it is judged by; BadRule if it cannot be read."""
    conditions = tuple(condition_from_json(data).bound(rule.source) for data in rule.conditions)
    effect = read_effect(rule.effect)
    return Rule(
        id=rule.pk,
        source=rule.source,
        name=rule.name,
        trigger=rule.trigger,
        line_conditions=tuple(one for one in conditions if isinstance(one, LineCondition)),
        conditions=tuple(one for one in conditions if not isinstance(one, LineCondition)),
        effect=effect,
        wallet_id=rule.wallet_id,
        caps=tuple(Cap.from_json(data) for data in rule.caps),
        multiplied_by_tier=rule.multiplied_by_tier and effect.can_multiply,
        is_qualifying=rule.is_qualifying,
        facts=frozenset().union(*(one.facts for one in conditions)),
    )


def _compiled_or_none(rule: EarningRule) -> Rule | None:
    try:
        return compile_rule(rule)
    except BadRule as bad:
        # It was checked when it was saved, so a newer Taem wrote it. The till must go on.
        log.error("Earning rule %s gives nothing: %s", rule.public_id, bad)
        return None


def _facts(wallet: Wallet) -> WalletFacts:
    return WalletFacts(
        id=wallet.pk,
        code=wallet.code,
        kind=str(wallet.kind),
        exponent=wallet.exponent,
        unit_one=wallet.unit_one,
        unit_many=wallet.unit_many,
        is_spendable=wallet.is_spendable,
        expires_on=wallet.expires_on,
    )


def _by_trigger(rules: list[Rule]) -> dict[str, tuple[Rule, ...]]:
    triggers = {rule.trigger for rule in rules}
    return {name: tuple(rule for rule in rules if rule.trigger == name) for name in triggers}


def asking(rules: Iterable[Rule], history: str) -> frozenset[str]:
    """The triggers of which some rule asks for this history."""
    return frozenset(
        rule.trigger for rule in rules if any(one.asks == history for one in rule.conditions)
    )


def _load(program_id: int) -> tuple[int, Rulebook]:
    book = load(program_id)
    return book.version, book


_kept = Kept(_load)
