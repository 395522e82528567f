"""Trying a rule on a basket while it is being written."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty import formats
from loyalty.dashboard.fields import MomentField
from loyalty.dashboard.rule_builder import Builder, location_names
from loyalty.earning.activity import PURCHASE
from loyalty.earning.effects import GivesBadge, GivesReward
from loyalty.earning.explanation import sentences
from loyalty.earning.rule_forms import rule_sentence
from loyalty.fields import MoneyField
from loyalty.flows.preview import Preview, preview
from loyalty.merchants.models import Program
from loyalty.money import exponent
from loyalty.purchases.sale import Sale, SaleLine
from loyalty.refusal import Refusal
from members.models import Tier

ANY_NAME = {"en": "…"}  # A rule can be tried before it has a name.
BASKET = "basket"


class BasketForm(forms.Form):
    """A purchase to try a rule on."""

    product = forms.CharField(max_length=80, required=False)
    category = forms.CharField(max_length=80, required=False)

    def __init__(self, program: Program, data: Any = None) -> None:
        super().__init__(data, prefix=BASKET)
        self.fields["amount"] = MoneyField(
            currency=program.currency,
            label=_("Spent"),
            initial=250 * 10 ** exponent(program.currency),
            max_value=10_000_000,
        )
        self.fields["at"] = MomentField(label=_("Bought at"), initial=timezone.now)
        shops = location_names(program)
        if shops:
            choices = [("", "—"), *((code, str(name) or code) for code, name in shops.items())]
            self.fields["shop"] = forms.ChoiceField(
                label=_("At the shop"), choices=choices, required=False
            )
        self.fields["product"].label = _("Product code")
        self.fields["category"].label = _("Category")
        tiers = [(tier.rank, str(tier)) for tier in program.tiers.kept()]
        if len(tiers) > 1:
            self.fields["tier"] = forms.TypedChoiceField(
                label=_("By a member of"), choices=tiers, coerce=int
            )
        self.order_fields(("amount", "tier", "at", "shop", "product", "category"))


def trial(program: Program, builder: Builder, data: QueryDict | None) -> dict[str, Any]:
    """The rule's sentence and what it gives for the basket; without them while it is not whole."""
    has_basket = data is not None and f"{BASKET}-amount" in data
    basket = BasketForm(program, data if has_basket else None)
    tried: dict[str, Any] = {"basket": basket}
    told = draft_of(builder)
    if told is None:
        return tried
    sale = sale_of(basket)
    try:
        # A basket of next Monday is tried as if it were Monday.
        found = preview(program, told, sale, tier=tier_of(program, basket), now=sale.made_at)
    except Refusal:
        return tried
    sentence = rule_sentence(
        found.rule,
        program,
        tiers=builder.terms.tiers,
        locations=builder.terms.locations,
        segments=builder.terms.segments,
        badges=builder.terms.badges,
        rewards=builder.terms.rewards,
    )
    return tried | shown(program, builder, found, sentence)


def draft_of(builder: Builder) -> dict[str, Any] | None:
    """The rule as far as it is written, if it is whole but for its name."""
    if not builder.form.is_bound:
        return {**builder.held, "name": ANY_NAME} if builder.rule else None
    builder.is_valid()
    others = [error for error in builder.form.errors if error != "name"]
    rest = [
        builder.effects[builder.effect],
        *(row.form for row in builder.conditions + builder.caps),
    ]
    if others or any(form.errors for form in rest):
        return None
    builder.form.cleaned_data.setdefault("name", ANY_NAME)
    return builder.told()


def shown(program: Program, builder: Builder, found: Preview, sentence: str) -> dict[str, Any]:
    """What came of a trial, as the page tells it."""
    wallet, terms = found.rule.wallet, builder.terms
    told: dict[str, Any] = {"sentence": sentence}
    if found.rule.trigger != PURCHASE:
        return told
    gives = formats.points(found.points, wallet)
    if found.rule.effect["kind"] in (GivesReward.kind, GivesBadge.kind):
        gives = _("It would be given.") if found.is_present else _("It would not be given.")
    return told | {
        "is_purchase": True,
        "gives": gives,
        "points": found.points,
        "lines": sentences(
            found.steps,
            currency=program.currency,
            unit_one=wallet.unit_one,
            unit_many=wallet.unit_many,
            is_money=terms.is_money,
        ),
        "unmet": [condition.sentence(terms) for condition in found.unmet],
    }


def sale_of(basket: BasketForm) -> Sale:
    asked = _asked(basket)
    line = SaleLine(
        amount_minor=asked.get("amount", basket.fields["amount"].initial),
        product=asked.get("product", ""),
        category=asked.get("category", ""),
    )
    return Sale(
        source="preview",
        reference="1",
        made_at=asked.get("at") or timezone.now(),
        lines=(line,),
        location_code=asked.get("shop", ""),
    )


def tier_of(program: Program, basket: BasketForm) -> Tier | None:
    return program.tiers.kept().filter(rank=_asked(basket).get("tier", 0)).first()


def _asked(basket: BasketForm) -> dict[str, Any]:
    return basket.cleaned_data if basket.is_bound and basket.is_valid() else {}
