"""What a merchant says about a call: what members hand in, who may, and what approval gives."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from campaigns.contributions.models import Call
from campaigns.questions import LONG, Question
from loyalty.dashboard.fields import MomentField, OnceForm, offer
from loyalty.dashboard.prizes import PrizeForm
from loyalty.dashboard.question_builder import QuestionBuilder
from loyalty.dashboard.survey_forms import days_input, tiers_of
from loyalty.fields import RadioCards
from loyalty.flows.calls import BOUNDS, FLAGS, KINDS, MOMENTS
from loyalty.localized import Localized, LocalizedFormField
from loyalty.merchants.models import Program

KIND_HINTS = {
    Call.Kind.CONTRIBUTION: _("To be an ambassador, a model, a guest on your blog."),
    Call.Kind.REVIEW: _("A product, one to five stars and a text, once a product and member."),
}
TEXTS = ("name", "about")
NUMBERS = ("least_pictures", "most_pictures", "keep_days")
OWN = ("kind", *TEXTS, *NUMBERS, "from_rank", *sorted(FLAGS), *MOMENTS)
FIRST = (
    Question(
        key="text", kind=LONG, required=True,
        words=Localized(en="Tell us about it", th="เล่าให้เราฟังหน่อย"),
    ),
)  # fmt: skip


class CallForm(OnceForm):
    kind = forms.ChoiceField(
        label=_("What members hand in"),
        choices=Call.Kind.choices,
        widget=RadioCards(hints=KIND_HINTS),
    )
    name = LocalizedFormField(label=_("Name"))
    about = LocalizedFormField(
        label=_("What members read first"),
        help_text=_("What you look for, and what happens with what they send."),
        long=True,
        required=False,
    )
    least_pictures = forms.IntegerField(
        label=_("Pictures that must be sent"), min_value=0, max_value=BOUNDS["least_pictures"][1]
    )
    most_pictures = forms.IntegerField(
        label=_("Pictures that may be sent"), min_value=0, max_value=BOUNDS["most_pictures"][1]
    )
    keep_days = forms.IntegerField(
        label=_("Pictures are kept"),
        help_text=_("Counted from your decision. Then they are deleted."),
        min_value=1,
        max_value=BOUNDS["keep_days"][1],
        widget=days_input(),
    )
    from_rank = forms.TypedChoiceField(label=_("Of which tiers"), coerce=int)
    badge = forms.TypedChoiceField(
        label=_("Only for holders of a badge"), coerce=int, empty_value=None, required=False
    )
    is_repeatable = forms.BooleanField(
        label=_("Members may hand in several"),
        help_text=_("Each is decided on, and gives something, by itself."),
        required=False,
    )
    only_bought = forms.BooleanField(
        label=_("Only what they bought"),
        help_text=_("The product must be among their purchases, and not brought back."),
        required=False,
    )
    opens_at = MomentField(label=_("Opens"), help_text=_("Empty: at once."))
    closes_at = MomentField(label=_("Closes"), help_text=_("Empty: when you close it."))


class CallBuilder:
    """The whole page: the call itself, its questions, and what approval gives."""

    def __init__(self, program: Program, call: Call | None, data: Any = None) -> None:
        held = call or Call(program=program)
        initial = {name: getattr(held, name) for name in OWN} | {"badge": held.badge_id}
        self.form = CallForm(data, initial=initial)
        self.badges = {it.pk: it for it in program.badges.kept()}
        if held.badge:
            self.badges.setdefault(held.badge.pk, held.badge)
        offer(self.form, "from_rank", tiers_of(program))
        offer(self.form, "badge", [("", "—"), *((pk, str(it)) for pk, it in self.badges.items())])
        self.questions = QuestionBuilder(KINDS, held.asked if call else FIRST, data)
        prizes = [*held.prizes, None, None]
        self.prizes = [
            PrizeForm(program, data, prefix=f"prize{number}", prize=prizes[number], required=False)
            for number in range(2)
        ]
        self.picture_prize = PrizeForm(
            program, data, prefix="picture", prize=next(iter(held.picture_prizes), None),
            required=False,
        )  # fmt: skip

    def is_valid(self) -> bool:
        parts: list[Any] = [self.form, self.questions, *self.prizes, self.picture_prize]
        found = [it.is_valid() for it in parts]  # Each says what is wrong with it, not the first.
        return all(found)

    def told(self) -> dict[str, Any]:
        told = {name: self.form.cleaned_data[name] for name in OWN}
        told |= {name: dict(told[name] or {}) for name in TEXTS}
        badge = self.form.cleaned_data["badge"]
        return told | {
            "badge": self.badges.get(badge),
            "questions": self.questions.told(),
            "prizes": [it.prize for it in self.prizes if it.prize],
            "picture_prizes": [self.picture_prize.prize] if self.picture_prize.prize else [],
        }

    def refuse(self, problems: dict[str, str]) -> None:
        """Show what the house found wrong beside the field that it is about."""
        for name, sentence in problems.items():
            self.form.add_error(name if name in self.form.fields else None, sentence)
