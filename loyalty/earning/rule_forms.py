"""A whole rule: told as one sentence, read strictly from data, written back as data.

API, dashboard and program files all come through here, so a rule is checked once and in one way.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial, reduce
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from loyalty.earning.activity import PURCHASE, RESERVED_KINDS
from loyalty.earning.caps import Cap
from loyalty.earning.conditions import Condition, condition_from_json
from loyalty.earning.conditions.who import OwnDays
from loyalty.earning.effects import Effect, effect_from_json
from loyalty.earning.models import EarningRule
from loyalty.earning.parts import BadRule
from loyalty.earning.rulebook import Promised, compile_rule
from loyalty.earning.terms import HasCurrency, Terms
from loyalty.ledger.models import Wallet
from loyalty.localized import Localized

MOST_CONDITIONS = 20
MOST_CAPS = 6
LONGEST_NAME = 120
LAST_POSITION = 32_767
TRIGGER = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
FIELDS = (
    "name", "trigger", "conditions", "effect", "wallet", "caps",
    "multiplied_by_tier", "is_qualifying", "is_active", "position",
)  # fmt: skip


def rule_sentence(
    rule: Promised,
    program: HasCurrency,
    *,
    tiers: Mapping[int, Any] | None = None,
    locations: Mapping[str, Any] | None = None,
    segments: Mapping[str, Any] | None = None,
    badges: Mapping[str, Any] | None = None,
    rewards: Mapping[str, Any] | None = None,
    read_effect: Callable[[Any], Effect] = effect_from_json,
) -> str:
    """The rule in a sentence: "1 point for every ฿25 spent on weekdays, at most 300 points a day".

    ``tiers`` names ranks, ``locations`` codes, ``segments`` and ``badges`` public ids; what has no
    name is told by its number or code, and members are not told of segments.
    """
    terms = Terms.of(
        program,
        rule.wallet,
        tiers=tiers,
        locations=locations,
        segments=segments,
        badges=badges,
        rewards=rewards,
    )
    try:
        compiled = compile_rule(rule, read_effect)
    except BadRule as bad:
        return _("This rule cannot be read and gives nothing. %(why)s") % {"why": bad}
    told = compiled.effect.sentence(terms, compiled.trigger)
    clauses = [condition.sentence(terms) for condition in compiled.all_conditions]
    # Two short clauses need no comma; an aside like "not counting …" does.
    if compiled.line_conditions or len(clauses) > 2:
        told = reduce(_with, clauses, told)
    else:
        told = " ".join([told, *clauses])
    if compiled.effect.prize:
        # What is limited are presents, whatever the wallet holds.
        terms = replace(terms, unit_one=_("time"), unit_many=_("times"), is_money=False)
    return reduce(_with, [cap.sentence(terms) for cap in compiled.caps], told)


def _with(told: str, more: str) -> str:
    return _("%(told)s, %(more)s") % {"told": told, "more": more}


def rule_data(rule: EarningRule) -> dict[str, Any]:
    """The rule as program files and the API write it; ``clean_rule`` reads it back."""
    same = ("trigger", "conditions", "effect", "caps", "is_active", "position")
    return {
        "name": dict(rule.name),
        **{field: getattr(rule, field) for field in same},
        "wallet": rule.wallet.code,
        "multiplied_by_tier": rule.multiplied_by_tier,
        "is_qualifying": rule.is_qualifying,
    }


def clean_rule(
    data: Any,
    *,
    wallets: Mapping[str, Wallet],
    read_effect: Callable[[Any], Effect] = effect_from_json,
) -> dict[str, Any]:
    """What EarningRule is made of, from data that anybody may have written. ``wallets`` by code.

    Raises BadRule, whose ``problems`` name every wrong field: {"conditions.0.minor": "…"}.
    """
    if not isinstance(data, dict):
        raise BadRule({"": _("Give the rule as an object.")})
    read = _Reading(data)
    name = read.one("name", clean_name)
    trigger = read.one("trigger", _trigger, default=PURCHASE)
    effect = read.one("effect", read_effect)
    wallet = read.one("wallet", partial(_wallet, wallets=wallets))
    conditions = read.several("conditions", condition_from_json, most=MOST_CONDITIONS)
    caps = read.several("caps", Cap.from_json, most=MOST_CAPS)
    flags = {
        flag: read.one(flag, _flag, default=None)
        for flag in ("multiplied_by_tier", "is_qualifying", "is_active")
    }
    position = read.one("position", _position, default=0)
    read.refuse_problems()

    _refuse_clashes(effect, wallet, trigger, flags["multiplied_by_tier"])
    _refuse_misplaced(trigger, conditions, caps)
    if read_effect is effect_from_json:
        _refuse_own_days(conditions)
    defaults = {
        "multiplied_by_tier": effect.is_pro_rata and wallet.kind != Wallet.Kind.STAMPS,
        "is_qualifying": wallet.kind in (Wallet.Kind.POINTS, Wallet.Kind.STATUS),
        "is_active": True,
    }
    return {
        "name": name,
        "trigger": trigger,
        "conditions": [condition.to_json() for condition in conditions],
        "effect": effect.to_json(),
        "wallet": wallet,
        "caps": [cap.to_json() for cap in caps],
        **{flag: defaults[flag] if told is None else told for flag, told in flags.items()},
        "position": position,
    }


class _Reading:
    """Reads field by field and collects what is wrong, so that it is all told at once."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.problems = {
            str(name)[:40]: _("There is no such field in a rule.")
            for name in data.keys() - set(FIELDS)
        }

    def one(self, field: str, reader: Callable[[Any], Any], **default: Any) -> Any:
        if self.data.get(field) is None:
            if not default:
                self.problems[field] = _("This field is missing.")
            return default.get("default")
        return self._read(field, reader, self.data[field])

    def several(self, field: str, reader: Callable[[Any], Any], *, most: int) -> list[Any]:
        told = self.data.get(field) or []
        if not isinstance(told, list) or len(told) > most:
            self.problems[field] = _("Give a list of at most %(most)s.") % {"most": most}
            return []
        return [self._read(f"{field}.{place}", reader, one) for place, one in enumerate(told)]

    def _read(self, place: str, reader: Callable[[Any], Any], told: Any) -> Any:
        try:
            return reader(told)
        except BadRule as bad:
            self.problems |= bad.under(place)
            return None

    def refuse_problems(self) -> None:
        if self.problems:
            raise BadRule(self.problems)


def _refuse_clashes(effect: Effect, wallet: Wallet, trigger: str, multiplied: bool | None) -> None:
    if effect.needs_purchase and trigger != PURCHASE:
        raise BadRule(
            {"effect.kind": _("Only a purchase has spend and items. Give a fixed number.")}
        )
    if effect.wallet_kind and wallet.kind != effect.wallet_kind:
        kind = {"kind": Wallet.Kind(effect.wallet_kind).label}
        raise BadRule({"wallet": _("This goes into a wallet of the kind “%(kind)s” only.") % kind})
    if multiplied and not effect.can_multiply:
        raise BadRule({"multiplied_by_tier": _("Stamps are whole: a tier cannot multiply them.")})


def _refuse_misplaced(trigger: str, conditions: list[Condition], caps: list[Cap]) -> None:
    problems = {
        f"conditions.{place}.kind": _("This condition never holds for what the rule is about.")
        for place, condition in enumerate(conditions)
        if not condition.fits_trigger(trigger)
    }
    told: set[tuple[str, str, bool]] = set()
    for place, cap in enumerate(caps):
        if cap.per_subject and trigger in RESERVED_KINDS:
            problems[f"caps.{place}.per_subject"] = _(
                "Only an activity that you named is done to different things."
            )
        same = (cap.period, cap.scope, cap.per_subject)
        if same in told:
            problems[f"caps.{place}.period"] = _("There is another limit for this period already.")
        told.add(same)
    if problems:
        raise BadRule(problems)


def _refuse_own_days(conditions: list[Condition]) -> None:
    problems = {
        f"conditions.{place}.kind": _("Only a campaign can have days that members choose.")
        for place, condition in enumerate(conditions)
        if isinstance(condition, OwnDays)
    }
    if problems:
        raise BadRule(problems)


def clean_name(told: Any) -> Localized:
    languages = {code for code, _language in settings.LANGUAGES}
    if not isinstance(told, dict) or not told or not told.keys() <= languages:
        codes = {"codes": ", ".join(sorted(languages))}
        raise BadRule({"": _("Give the name by language: %(codes)s.") % codes})
    names = {code: text.strip() for code, text in told.items() if isinstance(text, str)}
    if len(names) < len(told) or not any(names.values()):
        raise BadRule({"": _("Give a name in one language at least.")})
    for code, text in names.items():
        if len(text) > LONGEST_NAME or not text.isprintable():
            most = {"most": LONGEST_NAME}
            raise BadRule({code: _("Give a name of at most %(most)s letters.") % most})
    return Localized({code: text for code, text in names.items() if text})


def _trigger(told: Any) -> str:
    if not isinstance(told, str) or not TRIGGER.fullmatch(told):
        words = {"kinds": ", ".join(RESERVED_KINDS)}
        raise BadRule(
            {"": _("Give one of %(kinds)s, or a name of your own like watched_video.") % words}
        )
    return told


def _wallet(told: Any, wallets: Mapping[str, Wallet]) -> Wallet:
    if not isinstance(told, str) or told not in wallets:
        codes = {"codes": ", ".join(wallets)}
        raise BadRule({"": _("Give the code of one of these wallets: %(codes)s.") % codes})
    return wallets[told]


def _flag(told: Any) -> bool:
    if not isinstance(told, bool):
        raise BadRule({"": _("Give true or false.")})
    return told


def _position(told: Any) -> int:
    if type(told) is not int or not 0 <= told <= LAST_POSITION:
        most = {"most": LAST_POSITION}
        raise BadRule({"": _("Give a whole number from 0 to %(most)s.") % most})
    return told
