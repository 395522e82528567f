"""What a change did, as people read it: "Points wait: no → 14 days"."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from campaigns.contests.models import Contest
from campaigns.referrals.terms import FriendGets
from loyalty import formats
from loyalty.dashboard.prizes import KINDS as PRIZES
from loyalty.dashboard.reward_forms import PERIODS
from loyalty.dashboard.rule_parts import TRIGGERS
from loyalty.earning.activity import PURCHASE
from loyalty.earning.caps import Cap
from loyalty.earning.conditions import condition_from_json
from loyalty.earning.effects import effect_from_json
from loyalty.earning.parts import BadRule
from loyalty.earning.terms import Terms
from loyalty.ledger.models import Wallet
from loyalty.localized import LANGUAGE_NAMES
from loyalty.merchants.keys import SCOPES
from loyalty.merchants.models import Program, Role
from loyalty.messaging.catalog import KINDS
from loyalty.rewards.models import Reward
from members.models import TierPolicy

MOST_LETTERS = 300
# Names of what changes, by the key that the flows write down.
LABELS: Mapping[str, Any] = {
    "slug": gettext_lazy("Address"),
    "name": gettext_lazy("Name"),
    "brand_color": gettext_lazy("Colour"),
    "currency": gettext_lazy("Currency"),
    "time_zone": gettext_lazy("Time zone"),
    "languages": gettext_lazy("Languages"),
    "rounding": gettext_lazy("Rounding"),
    "counts_tax": gettext_lazy("Tax counts"),
    "counts_shipping": gettext_lazy("Shipping counts"),
    "counts_gift_cards": gettext_lazy("Gift cards count"),
    "counts_points_paid": gettext_lazy("What points paid counts"),
    "pending_days": gettext_lazy("Days until points can be spent"),
    "shortfall": gettext_lazy("Points that were spent already"),
    "claim_days": gettext_lazy("Days back that joining pays"),
    "pay_points": gettext_lazy("Points that pay"),
    "pay_minor": gettext_lazy("What they pay"),
    "margin_percent": gettext_lazy("Margin in percent"),
    "letter_hour": gettext_lazy("Hour of letters"),
    "expiry_notice_days": gettext_lazy("Days of notice before points expire"),
    "letters_kept_days": gettext_lazy("Days that letters are kept"),
    "left_kept_months": gettext_lazy("Months until those who left are forgotten"),
    "silent_letters": gettext_lazy("Letters that are off"),
    "adjustment_limits": gettext_lazy("Points a month by hand"),
    "hold_hours": gettext_lazy("Hours without spending after a change of sign-in"),
    "second_step_from": gettext_lazy("Second step for the team from"),
    "idle_minutes": gettext_lazy("Minutes until the dashboard closes"),
    "code": gettext_lazy("Code"),
    "role": gettext_lazy("Role"),
    "email": gettext_lazy("E-mail"),
    "location": gettext_lazy("Shop"),
    "kind": gettext_lazy("Kind"),
    "unit_one": gettext_lazy("One is called"),
    "unit_many": gettext_lazy("Several are called"),
    "expiry": gettext_lazy("Expiry"),
    "expiry_count": gettext_lazy("Expires after"),
    "trigger": gettext_lazy("What earns"),
    "conditions": gettext_lazy("Conditions"),
    "effect": gettext_lazy("What it gives"),
    "caps": gettext_lazy("Limits"),
    "wallet": gettext_lazy("Wallet"),
    "multiplied_by_tier": gettext_lazy("Multiplied by the tier"),
    "is_qualifying": gettext_lazy("Counts towards a tier"),
    "is_active": gettext_lazy("In use"),
    "position": gettext_lazy("Place in the list"),
    "price": gettext_lazy("Price"),
    "stock": gettext_lazy("Stock"),
    "threshold": gettext_lazy("Threshold"),
    "multiplier_percent": gettext_lazy("Multiplier in percent"),
    "benefits": gettext_lazy("Benefits"),
    "description": gettext_lazy("Description"),
    "points": gettext_lazy("Points"),
    "phone": gettext_lazy("Phone"),
    "birthday": gettext_lazy("Birthday"),
    "scopes": gettext_lazy("What it may do"),
    "amount_minor": gettext_lazy("Worth"),
    "percent": gettext_lazy("Percent off"),
    "product": gettext_lazy("Product code"),
    "member_limit": gettext_lazy("How often a member may have it"),
    "member_limit_period": gettext_lazy("Counted in"),
    "from_rank": gettext_lazy("From the tier of rank"),
    "voucher_days": gettext_lazy("Days that its voucher is good for"),
    "is_automatic": gettext_lazy("Given by itself"),
    "uses_pool": gettext_lazy("Codes of a partner"),
    "starts_at": gettext_lazy("On offer from"),
    "ends_at": gettext_lazy("Offered until"),
    "buys_from": gettext_lazy("Purchases count from"),
    "buys_until": gettext_lazy("Purchases count until"),
    "freezes_at": gettext_lazy("The board is frozen"),
    "raised_to": gettext_lazy("Reward for each friend"),
    "prizes": gettext_lazy("What is won"),
    "takes_links": gettext_lazy("Entries may be links"),
    "takes_pictures": gettext_lazy("Entries may be pictures"),
    "added": gettext_lazy("New codes"),
    "steps": gettext_lazy("Steps"),
    "days": gettext_lazy("Within so many days"),
    "weeks": gettext_lazy("Weeks in a row"),
    "repeats": gettext_lazy("Again and again"),
    "winners": gettext_lazy("How many prizes there are"),
    "free_daily": gettext_lazy("One spin a day is free"),
    "most_daily": gettext_lazy("Spins a day at most"),
    "segments": pgettext_lazy("wheel", "Segments"),
    "of": gettext_lazy("What is counted"),
    "codes": gettext_lazy("Which ones"),
    "count": gettext_lazy("Counted in"),
    "every": gettext_lazy("After how many"),
    "on": gettext_lazy("What it is on"),
    "reward": gettext_lazy("Reward"),
    "prize": gettext_lazy("The prize"),
    "about": gettext_lazy("What members read"),
    "entry_points": gettext_lazy("A present on reaching it"),
    "entry_reward": gettext_lazy("A reward on reaching it"),
    "measure": gettext_lazy("What counts"),
    "window": gettext_lazy("Counted over"),
    "kept_years": gettext_lazy("Years that a tier is kept"),
    "downgrade": gettext_lazy("Who does not reach it again falls"),
    "grace_days": gettext_lazy("Days of grace"),
    "notice_days": gettext_lazy("Days of notice before a loss"),
    "entry": gettext_lazy("Movement"),
    "undoes": gettext_lazy("Undoes"),
    "proposed_by": gettext_lazy("Asked for by"),
    "redemption": gettext_lazy("Redemption"),
    "language": gettext_lazy("Language"),
    "external_id": gettext_lazy("Your own number for the member"),
    "mail/account": gettext_lazy("Letters about points and tier"),
    "mail/offers": gettext_lazy("Greetings and offers by e-mail"),
    "state": gettext_lazy("State"),
    "member": gettext_lazy("The other membership"),
    "reason": gettext_lazy("Reason"),
    "note": gettext_lazy("Note"),
    "reference": gettext_lazy("Receipt number"),
    "source": gettext_lazy("Told by"),
    "is_on": gettext_lazy("Members can invite friends"),
    "advocate_prize": gettext_lazy("Who invites gets"),
    "friend_prize": gettext_lazy("The friend gets"),
    "friend_gets": gettext_lazy("When the friend gets their reward"),
    "minimum_minor": gettext_lazy("The friend buys for at least"),
    "within_days": gettext_lazy("Days the friend has to buy"),
    "return_days": gettext_lazy("Days until the purchase has cleared"),
    "month_limit": gettext_lazy("Rewards a month for one member"),
    "ever_limit": gettext_lazy("Rewards in all for one member"),
    "title": gettext_lazy("Heading of the page for friends"),
    "message": gettext_lazy("What members send"),
    "rows": gettext_lazy("Which of them"),
    "template": pgettext_lazy("mail", "Letter"),
    "to": pgettext_lazy("mail", "To"),
}
_CHOICES: Mapping[str, Mapping[str, Any]] = {
    "rounding": dict(Program.Rounding.choices),
    "shortfall": dict(Program.Shortfall.choices),
    "role": dict(Role.choices),
    "languages": LANGUAGE_NAMES,
    "silent_letters": {name: kind.label for name, kind in KINDS.items()},
    "scopes": SCOPES,
    "trigger": TRIGGERS,
    "member_limit_period": dict(PERIODS),
    "kind": {**dict(Wallet.Kind.choices), **dict(Reward.Kind.choices)},
    "expiry": dict(Wallet.Expiry.choices),
    "measure": {**dict(Contest.Measure.choices), **dict(TierPolicy.Measure.choices)},
    "window": dict(TierPolicy.Window.choices),
    "downgrade": dict(TierPolicy.Downgrade.choices),
    "friend_gets": dict(FriendGets.choices),
}


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was."""

    label: str
    before: str
    after: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any], *, currency: str) -> list[Change]:
    """What differs, in the order in which it is told."""
    names = [*after, *(name for name in before if name not in after)]
    return [
        Change(
            label=str(LABELS.get(name, name.replace("_", " "))),
            before=_shortened(_told(name, before.get(name), currency)),
            after=_shortened(_told(name, after.get(name), currency)),
        )
        for name in names
        if before.get(name) != after.get(name)
    ]


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[:MOST_LETTERS]}…"


def _told(name: str, value: Any, currency: str) -> str:
    if value is None or value in ("", [], {}):
        return "—"
    if isinstance(value, dict):
        return _part(name, value, currency) or _pairs(value)
    if isinstance(value, list):
        return _listed(_part(name, each, currency) or _word(name, each) for each in value)
    if name.endswith("_minor"):
        return formats.money(value, currency)
    return _word(name, value)


def _part(name: str, value: Any, currency: str) -> str:
    """A part of an earning rule as its sentence. Whose unit it counts is told beside it."""
    if name not in _PARTS:
        return ""
    try:
        return _PARTS[name](value, Terms(currency=currency))
    except BadRule:
        return ""


def _word(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return formats.number(value)
    if isinstance(value, dict):
        return _pairs(value)
    if isinstance(value, list):
        return _listed(_word("", each) for each in value)
    return str(_CHOICES.get(name, {}).get(value, value))


def _effect(data: Any, terms: Terms) -> str:
    """What a rule gives; what it is for, the change does not tell."""
    effect = effect_from_json(data)
    if effect.needs_purchase:
        return effect.sentence(terms, PURCHASE)
    (value,) = (each for name, each in data.items() if name != "kind")
    return terms.worth(value)


def _prize(data: Any, _terms: Terms) -> str:
    """What a survey, a call or the places of a contest give."""
    if "gives" not in data:
        return str(data.get("points") or dict(PRIZES)[data["kind"]])
    return _prize_row(data)


def _prize_row(data: Any) -> str:
    """Places and what they win. What a reward is called, the contest's own page says."""
    gives = _listed(prize.get("points") or prize["kind"] for prize in data["gives"])
    return f"{data['first']}–{data['last']}: {gives}"


_PARTS: Mapping[str, Callable[[Any, Terms], str]] = {
    "conditions": lambda data, terms: condition_from_json(data).sentence(terms),
    "effect": _effect,
    "caps": lambda data, terms: Cap.from_json(data).sentence(terms),
    "prizes": _prize,
    "picture_prizes": _prize,
}


def _pairs(value: Mapping[str, Any]) -> str:
    """Texts by language are told by language, anything else by its names."""
    if value.keys() <= dict(settings.LANGUAGES).keys():
        return " / ".join(str(text) for text in value.values() if text)
    known = {**dict(Role.choices), "key": _("Each API key")}
    return _listed(f"{known.get(name, name)}: {_word('', each)}" for name, each in value.items())


def _listed(parts: Iterable[Any]) -> str:
    return ", ".join(str(part) for part in parts)
