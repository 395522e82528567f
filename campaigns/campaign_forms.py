"""A whole campaign, read strictly from data that anybody may have written, and written back."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from campaigns.effects import Times, effect_from_json
from campaigns.holdout import MOST_PERCENT
from campaigns.models import Campaign
from loyalty.earning.parts import BadRule
from loyalty.earning.rule_forms import clean_rule, rule_sentence
from loyalty.earning.terms import HasCurrency
from loyalty.ledger.models import Wallet
from loyalty.localized import Localized

LONGEST_ABOUT = 1_000
LAST_PRIORITY = 32_767
MOST_BUDGET = 10**12
SAME_AS_RULE = (
    "name", "trigger", "conditions", "effect", "wallet", "caps", "multiplied_by_tier",
    "is_qualifying",
)  # fmt: skip
OWN = ("about", "starts_at", "ends_at", "stacking", "priority", "budget", "held_out_percent")


def campaign_sentence(
    campaign: Campaign,
    program: HasCurrency,
    *,
    tiers: Mapping[int, Any] | None = None,
    locations: Mapping[str, Any] | None = None,
    segments: Mapping[str, Any] | None = None,
    badges: Mapping[str, Any] | None = None,
    rewards: Mapping[str, Any] | None = None,
) -> str:
    """What it gives, in a sentence like an earning rule's: "2 times the usual on weekdays"."""
    return rule_sentence(
        campaign,
        program,
        tiers=tiers,
        locations=locations,
        segments=segments,
        badges=badges,
        rewards=rewards,
        read_effect=effect_from_json,
    )


def campaign_data(campaign: Campaign) -> dict[str, Any]:
    """The campaign as program files write it; ``clean_campaign`` reads it back."""
    same = ("trigger", "conditions", "effect", "caps", "multiplied_by_tier", "is_qualifying")
    return {
        "name": dict(campaign.name),
        "about": dict(campaign.about),
        **{field: getattr(campaign, field) for field in same},
        "wallet": campaign.wallet.code,
        "starts_at": campaign.starts_at.isoformat(),
        "ends_at": campaign.ends_at.isoformat(),
        "stacking": str(campaign.stacking),
        "priority": campaign.priority,
        "budget": campaign.budget,
        "held_out_percent": campaign.held_out_percent,
    }


def clean_campaign(data: Any, *, wallets: Mapping[str, Wallet]) -> dict[str, Any]:
    """What a Campaign is made of. Raises BadRule, whose ``problems`` name every wrong field."""
    if not isinstance(data, dict):
        raise BadRule({"": _("Give the campaign as an object.")})
    problems: dict[str, str] = {
        str(name)[:40]: _("There is no such field in a campaign.")
        for name in data.keys() - {*SAME_AS_RULE, *OWN}
    }
    told = {"multiplied_by_tier": False, "is_qualifying": False}
    told |= {name: value for name, value in data.items() if name in SAME_AS_RULE}
    cleaned: dict[str, Any] = {}
    try:
        cleaned = clean_rule(told, wallets=wallets, read_effect=effect_from_json)
    except BadRule as bad:
        problems |= bad.problems
    readers: dict[str, Callable[[Any, str, dict[str, str]], Any]] = {
        "about": _about, "starts_at": _instant, "ends_at": _instant, "stacking": _stacking,
        "priority": _priority, "budget": _budget, "held_out_percent": _held_out,
    }  # fmt: skip
    own = {name: reader(data.get(name), name, problems) for name, reader in readers.items()}
    if own["starts_at"] and own["ends_at"] and own["ends_at"] <= own["starts_at"]:
        problems["ends_at"] = _("A campaign ends after it starts.")
    if cleaned and cleaned["effect"]["kind"] == Times.kind and not _can_be_multiplied(cleaned):
        problems["wallet"] = _("Stamps are whole: they cannot be multiplied.")
    if problems:
        raise BadRule(problems)
    return {name: cleaned[name] for name in SAME_AS_RULE} | own


def _can_be_multiplied(cleaned: dict[str, Any]) -> bool:
    return cleaned["wallet"].kind != Wallet.Kind.STAMPS


def _about(told: Any, name: str, problems: dict[str, str]) -> Localized:
    languages = {code for code, _language in settings.LANGUAGES}
    if not told:
        return Localized({})
    fits = isinstance(told, dict) and all(
        code in languages and isinstance(text, str) and len(text) <= LONGEST_ABOUT
        for code, text in told.items()
    )
    if not fits:
        problems[name] = _("Give a text by language, of at most %(most)s letters.") % {
            "most": LONGEST_ABOUT
        }
        return Localized({})
    return Localized({code: text.strip() for code, text in told.items() if text.strip()})


def _instant(told: Any, name: str, problems: dict[str, str]) -> datetime | None:
    at = told
    if isinstance(told, str):
        try:
            at = parse_datetime(told)
        except ValueError:
            at = None
    if not isinstance(at, datetime) or at.tzinfo is None:
        problems[name] = _("Give a date and a time with its zone.")
        return None
    return at


def _stacking(told: Any, name: str, problems: dict[str, str]) -> str:
    told = told or Campaign.Stacking.MULTIPLY
    if told not in Campaign.Stacking.values:
        words = {"words": ", ".join(Campaign.Stacking.values)}
        problems[name] = _("Give one of these words: %(words)s.") % words
    return str(told)


def _priority(told: Any, name: str, problems: dict[str, str]) -> int:
    told = told or 0
    if type(told) is not int or not 0 <= told <= LAST_PRIORITY:
        most = {"most": LAST_PRIORITY}
        problems[name] = _("Give a whole number from 0 to %(most)s.") % most
        return 0
    return told


def _held_out(told: Any, name: str, problems: dict[str, str]) -> int:
    told = told or 0
    if type(told) is not int or not 0 <= told <= MOST_PERCENT:
        problems[name] = _("Give a whole number from 0 to %(most)s.") % {"most": MOST_PERCENT}
        return 0
    return told


def _budget(told: Any, name: str, problems: dict[str, str]) -> int | None:
    if told is not None and (type(told) is not int or not 0 < told <= MOST_BUDGET):
        problems[name] = _("Give a whole number above 0, or none for no budget.")
        return None
    return told
