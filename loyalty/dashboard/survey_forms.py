"""What a merchant says about a survey: its words, whom it asks, and what an answer gives."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.surveys.models import Survey
from loyalty.dashboard.fields import OnceForm, offer
from loyalty.dashboard.prizes import PrizeForm
from loyalty.dashboard.question_builder import QuestionBuilder
from loyalty.fields import AffixInput, RadioCards
from loyalty.flows.surveys import BOUNDS, KINDS
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Program

ASKS_HINTS = {
    Survey.Asks.OPEN: gettext_lazy("A card on the first page of the portal. Nobody is written to."),
    Survey.Asks.PURCHASE: gettext_lazy("A letter and a card, to those who bought."),
    Survey.Asks.EVERYBODY: gettext_lazy("A letter and a card, at the hour of your letters."),
}
OWN = ("name", "intro", "asks", *BOUNDS)


def days_input() -> AffixInput:
    return AffixInput(after=gettext_lazy("days"), attrs={"inputmode": "numeric"})


def tiers_of(program: Program) -> list[tuple[int, str]]:
    """Who may take part, by the lowest tier."""
    kept = [it for it in program.tiers.kept() if it.rank]
    from_on = gettext_lazy("From %(tier)s on")
    everybody: list[tuple[int, str]] = [(0, _("Everybody"))]
    return everybody + [(it.rank, str(from_on) % {"tier": it.name}) for it in kept]


class SurveyForm(OnceForm):
    name = LocalizedFormField(label=gettext_lazy("Name of the survey"))
    intro = LocalizedFormField(
        label=gettext_lazy("What members read first"),
        help_text=gettext_lazy("Why you ask, and what you do with the answers."),
        long=True,
        required=False,
    )
    asks = forms.ChoiceField(
        label=gettext_lazy("Who is asked"),
        choices=Survey.Asks.choices,
        widget=RadioCards(hints=ASKS_HINTS),
    )
    after_days = forms.IntegerField(
        label=gettext_lazy("So long after the purchase"),
        min_value=BOUNDS["after_days"][0],
        max_value=BOUNDS["after_days"][1],
        widget=days_input(),
    )
    again_days = forms.IntegerField(
        label=gettext_lazy("Asked again after"),
        help_text=gettext_lazy("At the earliest. Empty: each member is asked once."),
        min_value=BOUNDS["again_days"][0],
        max_value=BOUNDS["again_days"][1],
        required=False,
        widget=days_input(),
    )
    good_days = forms.IntegerField(
        label=gettext_lazy("Can be answered for"),
        help_text=gettext_lazy("So long the link in the letter works."),
        min_value=BOUNDS["good_days"][0],
        max_value=BOUNDS["good_days"][1],
        widget=days_input(),
    )
    from_rank = forms.TypedChoiceField(label=gettext_lazy("Of which tiers"), coerce=int)


class SurveyBuilder:
    """The whole page: the survey itself, its questions, and what an answer gives."""

    def __init__(
        self, program: Program, survey: Survey | None, data: Any = None, model: Survey | None = None
    ) -> None:
        held = survey or model or Survey(program=program)
        initial = {name: getattr(held, name) for name in OWN}
        self.form = SurveyForm(data, initial=initial)
        offer(self.form, "from_rank", tiers_of(program))
        self.questions = QuestionBuilder(KINDS, held.asked, data)
        self.prize = PrizeForm(
            program, data, prize=next(iter(held.prizes), None), required=False
        )  # fmt: skip

    def is_valid(self) -> bool:
        return all([self.form.is_valid(), self.questions.is_valid(), self.prize.is_valid()])

    def told(self) -> dict[str, Any]:
        told = {name: self.form.cleaned_data[name] for name in OWN}
        told |= {name: dict(told[name] or {}) for name in ("name", "intro")}
        prizes = [self.prize.prize] if self.prize.prize else []
        return told | {"questions": self.questions.told(), "prizes": prizes}

    def refuse(self, problems: dict[str, str]) -> None:
        """Show what the house found wrong beside the field that it is about."""
        for name, sentence in problems.items():
            self.form.add_error(name if name in self.form.fields else None, sentence)
