"""The pieces of a rule's page: its own form, and a row for each condition and limit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.dashboard.fields import OnceForm, offer
from loyalty.earning.activity import (
    BIRTHDAY,
    MEMBERSHIP_MONTH,
    MEMBERSHIP_YEAR,
    PRODUCT_CODE,
    PROFILE_COMPLETE,
    PURCHASE,
    RESERVED_KINDS,
    SIGN_UP,
)
from loyalty.earning.caps import Cap
from loyalty.earning.conditions import CONDITIONS
from loyalty.earning.effects import EFFECTS
from loyalty.earning.parts import BadRule, PartForm, read_part
from loyalty.earning.rule_forms import MOST_CONDITIONS
from loyalty.ledger.models import Wallet
from loyalty.localized import LocalizedFormField

NAMED = "named"
TRIGGERS: Mapping[str, Any] = {
    PURCHASE: gettext_lazy("A purchase"),
    SIGN_UP: gettext_lazy("Joining the program"),
    PROFILE_COMPLETE: gettext_lazy("Completing the profile"),
    BIRTHDAY: gettext_lazy("The birthday"),
    MEMBERSHIP_MONTH: gettext_lazy("Each month of membership"),
    MEMBERSHIP_YEAR: gettext_lazy("Each year of membership"),
    PRODUCT_CODE: gettext_lazy("A code on a product"),
    NAMED: gettext_lazy("Something else, by its name"),
}
CAP = "cap"
# What can be chosen below depends on these two, so the page is shown anew when they change.
AGAIN = {
    "hx-post": "",
    "hx-trigger": "change",
    "hx-target": "#builder",
    "hx-select": "#builder",
    "hx-swap": "outerHTML",
    "hx-vals": '{"act": "again"}',
}


class RuleForm(OnceForm):
    """What is not a condition, the effect or a limit."""

    name = LocalizedFormField(
        label=gettext_lazy("Name of the rule"),
        help_text=gettext_lazy("Members see it beside what they earned."),
    )
    trigger = forms.ChoiceField(
        label=gettext_lazy("What earns"),
        choices=list(TRIGGERS.items()),
        widget=forms.Select(attrs=AGAIN),
    )
    activity = forms.CharField(
        label=gettext_lazy("Its name"),
        help_text=gettext_lazy("As the API tells it: small letters, digits and _: watched_video"),
        max_length=40,
        required=False,
    )
    wallet = forms.ChoiceField(
        label=gettext_lazy("Into the wallet"), widget=forms.Select(attrs=AGAIN)
    )
    effect = forms.ChoiceField(
        label=gettext_lazy("It gives"),
        choices=[(kind, effect.label) for kind, effect in EFFECTS.items()],
    )
    multiplied_by_tier = forms.BooleanField(
        label=gettext_lazy("Tiers multiply it"),
        help_text=gettext_lazy("A tier of 1.5 gives one and a half times as much."),
        required=False,
    )
    is_qualifying = forms.BooleanField(
        label=gettext_lazy("It counts towards a tier"),
        help_text=gettext_lazy("Where tiers are reached by points."),
        required=False,
    )

    def __init__(self, wallets: list[Wallet], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "wallet", [(each.code, str(each.unit_many)) for each in wallets])

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("trigger") == NAMED and not told.get("activity", "").strip():
            self.add_error("activity", _("Give it a name, like watched_video."))
        return told


@dataclass
class Row:
    """A condition or a limit on the page."""

    number: int
    kind: str
    form: PartForm

    @property
    def token(self) -> str:
        return f"{self.number}:{self.kind}"

    @property
    def label(self) -> Any:
        return CONDITIONS[self.kind].label if self.kind in CONDITIONS else Cap.label


def part_or_none(data: Any, kinds: Mapping[str, Any]) -> Any:
    """A stored part; None for one that a newer Taem wrote and this one cannot read."""
    try:
        return read_part(data, kinds)
    except BadRule:
        return None


def first_rule(wallets: list[Wallet]) -> dict[str, Any]:
    """What a new rule begins with: a point for every so much spent."""
    first = next((each for each in wallets if each.kind == Wallet.Kind.POINTS), wallets[0])
    return {
        "name": {}, "trigger": PURCHASE, "conditions": [], "effect": {}, "caps": [],
        "wallet": first.code, "multiplied_by_tier": True, "is_qualifying": True,
    }  # fmt: skip


def initial_of(rule: Any, held: Mapping[str, Any]) -> dict[str, Any]:
    own = held["trigger"] not in RESERVED_KINDS
    initial = {
        **{name: held[name] for name in ("name", "wallet", "multiplied_by_tier", "is_qualifying")},
        "trigger": NAMED if own else held["trigger"],
        "activity": held["trigger"] if own else "",
        "effect": held["effect"].get("kind", next(iter(EFFECTS))),
    }
    return initial | ({"once": rule.public_id} if rule else {})


def tokens(data: QueryDict, name: str, kinds: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """The numbers and kinds of what is on the page, each number once."""
    seen: set[int] = set()
    for token in data.getlist(name)[:MOST_CONDITIONS]:
        number, _colon, kind = token.partition(":")
        is_number = number.isascii() and number.isdigit() and len(number) < 6
        if is_number and kind in kinds and int(number) not in seen:
            seen.add(int(number))
            yield int(number), kind


def next_number(rows: Sequence[Row]) -> int:
    return max((row.number for row in rows), default=-1) + 1


def typed(form: forms.BaseForm) -> dict[str, Any]:
    """What was typed into a form, as it was typed."""
    if not form.is_bound:
        return dict(form.initial)
    return {
        name: field.widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
        for name, field in form.fields.items()
    }
