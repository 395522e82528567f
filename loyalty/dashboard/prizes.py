"""The fields by which a prize is chosen: points, a reward or a badge. Any form may hold some.

In a page: ``{% include "components/prize.html" with form=prize_form only %}``, inside the page's
own form. Once ``form.is_valid()``, ``form.prize`` is what ``loyalty.flows.prizes`` gives.
"""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.fields import PointsField, RadioCards
from loyalty.flows import prizes
from loyalty.flows.prizes import BADGE, POINTS, REWARD, PrizeRefused
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program

KINDS = [
    (POINTS, gettext_lazy("Points")),
    (REWARD, gettext_lazy("A reward")),
    (BADGE, gettext_lazy("A badge")),
]


class PrizeForm(forms.Form):
    """A prize of a program. ``required=False`` lets it be none, and ``prize`` is None then."""

    prize: dict[str, Any] | None = None

    def __init__(
        self,
        program: Program,
        data: Any = None,
        *,
        prefix: str = "prize",
        prize: prizes.Prize | None = None,
        required: bool = True,
    ) -> None:
        held = prize or {}
        super().__init__(data, prefix=prefix, initial=dict(held))
        self.program, self.required = program, required
        self.held = prize  # What was promised may stay, even if it could not be chosen anew.
        wallets = list(program.wallets.all())
        badges = _with(program.badges, held.get(BADGE))
        kinds = [it for it in KINDS if it[0] != BADGE or badges]
        first = POINTS if required else ""
        self.fields["kind"] = forms.ChoiceField(
            label=_("The prize"),
            choices=kinds if required else [("", _("None")), *kinds],
            initial=held.get("kind", first),
            required=required,
            widget=RadioCards(),
        )
        unit = next((it for it in wallets if it.kind == Wallet.Kind.POINTS), None)
        self.fields["points"] = PointsField(
            wallet=unit or Wallet(unit_many=_("points")), label=_("How many"), min_value=1,
            max_value=prizes.MOST_POINTS, required=False,
            **({} if len(wallets) == 1 else {"widget": forms.NumberInput}),
        )  # fmt: skip
        self.fields["wallet"] = _choice(
            _("Into the wallet"), [(it.pk, str(it.unit_many)) for it in wallets], unit
        )
        self.fields["reward"] = _choice(
            _("Which reward"), [(it.pk, str(it)) for it in _with(program.rewards, held.get(REWARD))]
        )
        self.fields["badge"] = _choice(_("Which badge"), [(it.pk, str(it)) for it in badges])
        self.one_wallet = len(wallets) == 1

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        kind = told.get("kind")
        if self.errors or not kind:
            return told
        names = sorted(prizes.FIELDS[kind])
        data = {"kind": kind} | {name: told.get(name) for name in names}
        if data == self.held:
            self.prize = data
            return told
        try:
            self.prize = prizes.clean(self.program, data, at=timezone.now())
        except PrizeRefused as refusal:
            for name, sentence in refusal.facts["problems"].items():
                self.add_error(name if name in self.fields else None, sentence)
        return told


def _with(rows: Any, held: int | None) -> list[Any]:
    """What can be chosen, and what is chosen already."""
    found = list(rows.kept())
    if held and all(it.pk != held for it in found):
        found += rows.filter(pk=held)
    return found


def _choice(
    label: Any, choices: list[tuple[int, str]], initial: Wallet | None = None
) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, choices=[("", "—"), *choices], coerce=int, empty_value=None, required=False,
        initial=initial.pk if initial else None,
    )  # fmt: skip
