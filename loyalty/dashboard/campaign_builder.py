"""The builder of a campaign: an earning rule's, with a time, a budget and a place among others."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from campaigns.campaign_forms import LAST_PRIORITY, campaign_data, campaign_sentence
from campaigns.effects import KINDS, Times
from campaigns.holdout import MOST_PERCENT
from campaigns.models import Campaign
from loyalty.dashboard.fields import MomentField
from loyalty.dashboard.rule_builder import Builder
from loyalty.dashboard.rule_parts import RuleForm, first_rule
from loyalty.dashboard.rule_trial import BASKET, BasketForm, draft_of, sale_of, shown, tier_of
from loyalty.earning.effects import Effect
from loyalty.fields import PointsField, RadioCards
from loyalty.flows.preview import preview_campaign
from loyalty.ledger.models import Wallet
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal

OWN = ("about", "starts_at", "ends_at", "stacking", "priority", "budget", "held_out_percent")
STACKING_HINTS = {
    "multiply": _("Tier × 1.5 and this × 2 make three times as much."),
    "add": _("Tier × 1.5 and this × 2 make two and a half times as much."),
    "best": _("Tier × 1.5 or this × 2, whichever is more: twice as much."),
}


class CampaignForm(RuleForm):
    """What is not a condition, the effect or a limit."""

    about = LocalizedFormField(
        label=_("What members read"),
        help_text=_("In their own words: what to do, and what they get for it."),
        long=True,
        required=False,
    )
    starts_at = MomentField(label=_("Starts"))
    ends_at = MomentField(label=_("Ends"), help_text=_("At this moment it is over."))
    stacking = forms.ChoiceField(
        label=_("Together with the tier and with other campaigns it …"),
        choices=Campaign.Stacking.choices,
        widget=RadioCards(hints=STACKING_HINTS),
    )
    priority = forms.IntegerField(
        label=_("Place among campaigns"),
        help_text=_("Where it matters which one comes first: the lowest does."),
        min_value=0,
        max_value=LAST_PRIORITY,
        required=False,
    )

    held_out_percent = forms.IntegerField(
        label=_("Hold out so many of a hundred members"),
        help_text=_(
            "They are drawn at random, get nothing of it and do not see it. Afterwards you can tell"
            " whether the others bought more because of it. 10 is a good beginning; 0: nobody."
        ),
        min_value=0,
        max_value=MOST_PERCENT,
        required=False,
    )

    def __init__(self, wallets: list[Wallet], unit: Wallet, *args: Any, **kwargs: Any) -> None:
        super().__init__(wallets, *args, **kwargs)
        self.fields["name"].label = _("Name of the campaign")
        self.fields["starts_at"].required = self.fields["ends_at"].required = True
        effect = self.fields["effect"]
        assert isinstance(effect, forms.ChoiceField)
        effect.choices = [(kind, it.label) for kind, it in KINDS.items()]
        self.fields["budget"] = PointsField(
            wallet=unit,
            label=_("Budget"),
            help_text=_("What it gives at most, to all members together. Empty: no budget."),
            min_value=1,
            required=False,
        )


class CampaignBuilder(Builder):
    kinds: ClassVar[Mapping[str, type[Effect]]] = KINDS
    has_own_days: ClassVar[bool] = True

    def __init__(
        self,
        program: Program,
        rule: Campaign | None = None,
        data: QueryDict | None = None,
        *,
        model: Campaign | None = None,
    ) -> None:
        self.model = model  # What a new one begins as.
        super().__init__(program, rule, data)

    def told(self) -> dict[str, Any]:
        told = super().told()
        own = {name: self.form.cleaned_data.get(name) for name in OWN}
        own |= {"about": dict(own["about"] or {}), "priority": own["priority"] or 0}
        own["held_out_percent"] = own["held_out_percent"] or 0
        return told | {"multiplied_by_tier": False, "is_qualifying": False} | own

    def _held(self) -> dict[str, Any]:
        if self.rule:
            return campaign_data(self.rule)
        if self.model:
            data = campaign_data(self.model)
            return {name: it for name, it in data.items() if name not in ("starts_at", "ends_at")}
        return first_rule(self.wallets) | {
            "effect": {"kind": Times.kind, "percent": 200}, "stacking": "multiply",
            "multiplied_by_tier": False, "is_qualifying": False,
        }  # fmt: skip

    def _form(self, data: QueryDict | None, initial: Mapping[str, Any]) -> RuleForm:
        own = {name: self.held[name] for name in OWN if name in self.held}
        if self.rule:
            own |= {"starts_at": self.rule.starts_at, "ends_at": self.rule.ends_at}
        return CampaignForm(self.wallets, self.wallet, data, initial={**own, **initial})


def trial(program: Program, builder: CampaignBuilder, data: QueryDict | None) -> dict[str, Any]:
    """The campaign's sentence and what it adds for a basket; without them while it is not whole."""
    has_basket = data is not None and f"{BASKET}-amount" in data
    basket = BasketForm(program, data if has_basket else None)
    told = draft_of(builder)
    if told is None:
        return {"basket": basket}
    sale = sale_of(basket)
    try:
        found = preview_campaign(
            program, told, sale, tier=tier_of(program, basket), now=sale.made_at
        )
    except Refusal:
        return {"basket": basket}
    assert isinstance(found.rule, Campaign)
    sentence = campaign_sentence(
        found.rule,
        program,
        tiers=builder.terms.tiers,
        locations=builder.terms.locations,
        segments=builder.terms.segments,
        badges=builder.terms.badges,
        rewards=builder.terms.rewards,
    )
    return {"basket": basket} | shown(program, builder, found, sentence)
