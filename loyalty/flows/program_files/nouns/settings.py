"""The program itself: its name, its clock and currency, what counts, and its limits."""

from typing import Any

from django.conf import settings as django_settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.flows import settings as flow
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import (
    ABSENT,
    Choice,
    Flag,
    Group,
    InLanguages,
    Many,
    OrNone,
    Text,
    Whole,
)
from loyalty.flows.program_files.nouns.base import Load, Single
from loyalty.flows.program_files.values import Money
from loyalty.merchants.access import may
from loyalty.merchants.models import ApiKey, Program, Staff, default_adjustment_limits
from loyalty.messaging.catalog import OPTIONAL
from loyalty.refusal import Refusal

# The address is no part of it: each installation gives out its own.
SAME = (
    "name", "brand_color", "currency", "time_zone", "languages", "rounding", "counts_tax",
    "counts_shipping", "counts_gift_cards", "counts_points_paid", "pending_days", "shortfall",
    "claim_days", "letter_hour", "expiry_notice_days", "silent_letters", "hold_hours",
    "letters_kept_days", "left_kept_months", "margin_percent",
)  # fmt: skip
LIMITS = ("adjustment_limits", "hold_hours")  # Only the owner changes these.


class NotYourLimits(Refusal):
    code = "limits_are_the_owners"


class Settings(Single):
    name = "program"
    title = gettext_lazy("Settings")
    about = "What the program is. What is left out stays as it is."

    @property
    def fields(self) -> Group:
        languages = [code for code, _name in django_settings.LANGUAGES]
        limit = OrNone(Whole("Points a month; null for no limit."), default=ABSENT)
        pays = Group({"points": Whole(most=1_000_000), "amount": Money(least=0, most=10**9)})
        pays.about = "So many points pay so much at the till; 0 points: members do not pay so."
        fields = {
            "name": InLanguages("What members call it."),
            "brand_color": Text("Its colour.", pattern="#[0-9a-fA-F]{6}", hint=_("Give a colour "
                                "in quotes, like “#8a3b12”.")),
            "currency": Text("ISO 4217.", pattern="[A-Z]{3}", hint=_("Give a code like THB.")),
            "time_zone": Text("An IANA zone: its days begin and end there.", most=40),
            "languages": Many(Choice("", lambda: languages), most=len(languages), least=1),
            "rounding": Choice("Of parts of a point.", lambda: Program.Rounding.values),
            "counts_tax": Flag("Tax counts as spend."),
            "counts_shipping": Flag("Shipping counts as spend."),
            "counts_gift_cards": Flag("Buying a gift card counts as spend."),
            "counts_points_paid": Flag("What was paid with points counts as spend."),
            "pending_days": Whole("Days until points can be spent.", most=365),
            "shortfall": Choice("When points that were spent are taken back: the member owes them, "
                                "or the merchant bears them.", lambda: Program.Shortfall.values),
            "claim_days": Whole("Days before joining whose purchases are paid.", most=730),
            "points_pay": pays,
            "margin_percent": Whole("Of the price, what is left after the goods.", most=100),
            "letter_hour": Whole("The local hour of birthday wishes, warnings and such.", most=23),
            "expiry_notice_days": Whole("0: no notice.", most=365),
            "silent_letters": Many(Choice("", lambda: OPTIONAL), most=len(OPTIONAL)),
            "hold_hours": Whole("Hours without spending after a change of sign-in.", least=24,
                                most=72),
            "adjustment_limits": Group(dict.fromkeys(default_adjustment_limits(), limit),
                                       "Points a month that each may give or take by hand."),
            "letters_kept_days": Whole(least=60, most=3650),
            "left_kept_months": Whole("0: until they ask to be forgotten.", most=120),
        }  # fmt: skip
        fields["silent_letters"].about = "Letters that the merchant does not send."
        fields["languages"].about = "Of members. The first is the one that letters fall back to."
        for each in fields.values():
            each.default = ABSENT
        return Group(fields)

    def facts(self, program: Program, at: Context) -> dict[str, Any]:
        limits = default_adjustment_limits().keys()
        return {name: getattr(program, name) for name in SAME} | {
            "points_pay": {"points": program.pay_points, "amount": program.pay_minor},
            "adjustment_limits": {
                role: limit for role, limit in program.adjustment_limits.items() if role in limits
            },
        }

    def save(self, told: dict[str, Any], load: Load) -> None:
        if pays := told.pop("points_pay", None):
            told |= {"pay_points": pays["points"], "pay_minor": pays["amount"]}
        if limits := told.pop("adjustment_limits", None):
            told["adjustment_limits"] = load.program.adjustment_limits | limits
        for name in LIMITS:
            if name in told and told[name] != getattr(load.program, name):
                _refuse_others(name, load)
        flow.change(load.program, by=load.by, now=load.now, **told)


def _refuse_others(name: str, load: Load) -> None:
    """A manager who could raise the limits would have none, and neither would a machine."""
    if isinstance(load.by, ApiKey) or (
        isinstance(load.by, Staff) and not may(load.by, "limits.change")
    ):
        raise NotYourLimits(_("Only the owner changes the limits by hand."), field=name)
