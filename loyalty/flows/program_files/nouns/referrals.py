"""On which terms members bring their friends."""

from typing import Any

from django.utils.translation import gettext_lazy

from campaigns.referrals.models import ReferralTerms
from loyalty.flows import referral_terms as flow
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import (
    ABSENT,
    Choice,
    Field,
    Flag,
    Group,
    InLanguages,
    OrNone,
    Whole,
)
from loyalty.flows.program_files.nouns.base import Load, Single
from loyalty.flows.program_files.prizes import NoPrize
from loyalty.flows.program_files.values import Money
from loyalty.merchants.models import Program

CALLED = {"is_on": "active", "minimum_minor": "minimum"}


class Referrals(Single):
    name = "referrals"
    title = gettext_lazy("Friends of members")
    about = "On which terms members bring friends. What is left out stays as it is."
    called_in_file = CALLED

    @property
    def fields(self) -> Group:
        fields: dict[str, Field] = {
            "active": Flag("Members can bring friends."),
            "advocate_prize": OrNone(NoPrize("For who brings a friend; null: nothing.")),
            "friend_prize": OrNone(NoPrize("For the friend; null: nothing.")),
            "friend_gets": Choice("When the friend has it.",
                                  lambda: ReferralTerms.FriendGets.values),
            "minimum": Money("Of the friend's purchase.", least=0),
            "within_days": Whole("From joining to that purchase.", least=1, most=3650),
            "return_days": Whole("Until it has cleared.", most=3650),
            "month_limit": OrNone(Whole("Friends of one member a month.", least=1, most=30_000)),
            "ever_limit": OrNone(Whole("Friends of one member, ever.", least=1, most=10**6)),
            "title": InLanguages("For the friend, on the page that they land on.", most=2000,
                                 long=True),
            "message": InLanguages("What members send, unless they change it.", most=2000,
                                   long=True),
        }  # fmt: skip
        for each in fields.values():
            each.default = ABSENT
        return Group(fields)

    def facts(self, program: Program, at: Context) -> dict[str, Any]:
        terms = flow.terms_of(program)
        if not terms.pk:
            return {}
        data = {CALLED.get(name, name): it for name, it in flow.terms_data(terms).items()}
        return {name: it for name, it in data.items() if name not in ("title", "message") or it}

    def save(self, told: dict[str, Any], load: Load) -> None:
        own = {short: name for name, short in CALLED.items()}
        fields = {own.get(name, name): it for name, it in told.items()}
        for name in flow.PRIZES:
            if name in fields:
                fields[name] = fields[name] or {}
        flow.save(load.program, by=load.by, now=load.now, **fields)
