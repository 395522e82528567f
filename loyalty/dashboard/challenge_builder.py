"""The builder of a challenge: its steps, each with conditions as rules have them.

Which steps and conditions the page holds stands in its hidden fields, so it works without
JavaScript: adding and removing are submit buttons, and what was typed stays typed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.challenges.models import Challenge
from campaigns.challenges.reading import (
    LONGEST_DAYS,
    LONGEST_WEEKS,
    MOST_CONDITIONS,
    MOST_STEPS,
    MOST_TIMES,
    MOST_WINNERS,
    challenge_data,
)
from loyalty.dashboard.fields import MomentField, OnceForm
from loyalty.dashboard.games import terms_of
from loyalty.dashboard.prizes import PrizeForm
from loyalty.dashboard.rule_parts import AGAIN, NAMED, TRIGGERS, Row, part_or_none, tokens, typed
from loyalty.earning.activity import PURCHASE, RESERVED_KINDS
from loyalty.earning.conditions import CONDITIONS
from loyalty.fields import RadioCards
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Program

OWN = ("about", "starts_at", "ends_at", "kind", "days", "weeks", "repeats", "winners")
HINTS = {
    "steps": gettext_lazy("Buy three times and write a review, within two weeks."),
    "streak": gettext_lazy("Something each week, from Monday to Sunday, several weeks in a row."),
}


class ChallengeForm(OnceForm):
    name = LocalizedFormField(label=gettext_lazy("Name of the challenge"))
    about = LocalizedFormField(label=gettext_lazy("What members read"), long=True, required=False)
    starts_at = MomentField(label=gettext_lazy("Starts"))
    ends_at = MomentField(
        label=gettext_lazy("Ends"),
        help_text=gettext_lazy("At this moment it is over. Empty: it goes on until you end it."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Which kind"), choices=Challenge.Kind.choices,
        widget=RadioCards(hints=HINTS),
    )  # fmt: skip
    days = forms.IntegerField(
        label=gettext_lazy("Within so many days"),
        help_text=gettext_lazy("What was done longer ago no longer counts. Empty: it always does."),
        min_value=1, max_value=LONGEST_DAYS, required=False,
    )  # fmt: skip
    weeks = forms.IntegerField(
        label=gettext_lazy("Weeks in a row"), min_value=2, max_value=LONGEST_WEEKS, required=False
    )
    repeats = forms.BooleanField(
        label=gettext_lazy("Who has done it may begin again"), required=False
    )
    winners = forms.IntegerField(
        label=gettext_lazy("How many prizes there are"),
        help_text=gettext_lazy("The first have them. Empty: as many as are won."),
        min_value=1, max_value=MOST_WINNERS, required=False,
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["starts_at"].required = True


class StepForm(forms.Form):
    trigger = forms.ChoiceField(
        label=gettext_lazy("What counts"), choices=list(TRIGGERS.items()),
        widget=forms.Select(attrs=AGAIN),
    )  # fmt: skip
    activity = forms.CharField(
        label=gettext_lazy("Its name"),
        help_text=gettext_lazy("As the API tells it: small letters, digits and _: watched_video"),
        max_length=40, required=False,
    )  # fmt: skip
    times = forms.IntegerField(
        label=gettext_lazy("How often"), min_value=1, max_value=MOST_TIMES, initial=1
    )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("trigger") == NAMED and not told.get("activity", "").strip():
            self.add_error("activity", _("Give it a name, like watched_video."))
        return told


@dataclass
class StepRow:
    """One step on the page."""

    number: int
    form: StepForm
    conditions: list[Row]

    @property
    def trigger(self) -> str:
        chosen = str(self.form["trigger"].value() or PURCHASE)
        return str(self.form["activity"].value() or NAMED) if chosen == NAMED else chosen

    @property
    def is_named(self) -> bool:
        return self.form["trigger"].value() == NAMED

    def offered_conditions(self) -> list[tuple[str, Any]]:
        if len(self.conditions) >= MOST_CONDITIONS:
            return []
        return [
            (kind, it.label) for kind, it in CONDITIONS.items() if it.fits_trigger(self.trigger)
        ]

    def told(self) -> dict[str, Any]:
        told = self.form.cleaned_data
        named = told["trigger"] == NAMED
        return {
            "trigger": told["activity"].strip() if named else told["trigger"],
            "times": told["times"],
            "conditions": [row.form.part.to_json() for row in self.conditions],
        }


class ChallengeBuilder:
    """A challenge on its way between a page and the flow."""

    def __init__(
        self, program: Program, challenge: Challenge | None = None, data: QueryDict | None = None
    ) -> None:
        self.program, self.challenge, self.data = program, challenge, data
        self.terms = terms_of(program)
        held: dict[str, Any] = {"kind": "steps", "steps": [{}]}
        if challenge:
            held = challenge_data(challenge)
        self.form = ChallengeForm(data, initial=self._initial(held))
        self.prize = PrizeForm(program, data, prize=held.get("prize"))
        self.steps = self._posted() if data is not None else self._held(held["steps"])

    @property
    def may_add_step(self) -> bool:
        return len(self.steps) < MOST_STEPS

    def is_valid(self) -> bool:
        return not [form for form in self._forms() if not form.is_valid()]

    def told(self) -> dict[str, Any]:
        """The challenge as the flow wants it. Only of a valid one."""
        told = {name: self.form.cleaned_data.get(name) for name in OWN}
        return told | {
            "name": dict(self.form.cleaned_data["name"]),
            "about": dict(told["about"] or {}),
            "steps": [row.told() for row in self.steps],
            "prize": self.prize.prize,
        }

    def act(self, act: str) -> None:
        """Do what a button asks for, and show what was typed without judging it yet."""
        verb, _colon, what = act.partition(":")
        number, _colon, inner = what.partition(":")
        if verb == "remove-step":
            self.steps = [row for row in self.steps if str(row.number) != number]
        for row in self.steps:
            if verb == "remove-condition" and str(row.number) == number:
                row.conditions = [it for it in row.conditions if str(it.number) != inner]
        self._as_typed()
        if verb == "add-step" and self.may_add_step:
            self.steps.append(self._step(_next(self.steps)))
        for row in self.steps:
            if verb == "add-condition" and str(row.number) == number and self.data:
                kind = self.data.get(f"s{row.number}-new", "")
                if kind in dict(row.offered_conditions()):
                    row.conditions.append(self._condition(row.number, _next(row.conditions), kind))

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Show each problem where it belongs: "steps.0.times" at the first step."""
        for place, sentence in problems.items():
            form, field = self._place(place.split("."))
            form.add_error(field if field in form.fields else None, sentence)

    # --- Making the forms ---------------------------------------------------------------------

    def _initial(self, held: dict[str, Any]) -> dict[str, Any]:
        initial = {name: held.get(name) for name in ("name", *OWN)}
        if self.challenge:
            initial |= {
                "starts_at": self.challenge.starts_at, "ends_at": self.challenge.ends_at,
                "once": self.challenge.public_id,
            }  # fmt: skip
        else:
            initial["starts_at"] = timezone.now().replace(second=0, microsecond=0)
        return initial

    def _forms(self) -> Iterator[forms.Form]:
        yield self.form
        yield self.prize
        for row in self.steps:
            yield row.form
            yield from (it.form for it in row.conditions)

    def _place(self, path: list[str]) -> tuple[forms.Form, str]:
        head, *rest = path
        if head == "prize":
            return self.prize, rest[-1] if rest else ""
        if head != "steps" or not rest or not rest[0].isdigit() or int(rest[0]) >= len(self.steps):
            return self.form, head
        row = self.steps[int(rest[0])]
        if len(rest) > 3 and rest[1] == "conditions" and int(rest[2]) < len(row.conditions):
            return row.conditions[int(rest[2])].form, rest[-1]
        return row.form, rest[-1]

    def _held(self, steps: list[dict[str, Any]]) -> list[StepRow]:
        rows = []
        for number, told in enumerate(steps):
            trigger = told.get("trigger", PURCHASE)
            own = trigger not in RESERVED_KINDS
            initial = {
                "trigger": NAMED if own else trigger, "activity": trigger if own else "",
                "times": told.get("times", 3),
            }  # fmt: skip
            parts = [part_or_none(it, CONDITIONS) for it in told.get("conditions", ())]
            conditions = [
                self._condition(number, place, part.kind, part)
                for place, part in enumerate(parts)
                if part
            ]
            rows.append(StepRow(number, StepForm(prefix=f"s{number}", initial=initial), conditions))
        return rows

    def _posted(self) -> list[StepRow]:
        assert self.data is not None
        numbers = dict.fromkeys(
            int(it) for it in self.data.getlist("step")[:MOST_STEPS]
            if it.isascii() and it.isdigit() and len(it) < 4
        )  # fmt: skip
        return [
            StepRow(
                number,
                StepForm(self.data, prefix=f"s{number}"),
                [
                    self._condition(number, place, kind, data=self.data)
                    for place, kind in tokens(self.data, f"s{number}-condition", CONDITIONS)
                ],
            )
            for number in numbers
        ]

    def _step(self, number: int) -> StepRow:
        return StepRow(number, StepForm(prefix=f"s{number}", initial={"trigger": PURCHASE}), [])

    def _condition(
        self, step: int, number: int, kind: str, part: Any = None, data: QueryDict | None = None
    ) -> Row:
        form = CONDITIONS[kind].form(self.terms, data, prefix=f"s{step}c{number}", part=part)
        return Row(number, kind, form)

    def _as_typed(self) -> None:
        self.form = ChallengeForm(initial=typed(self.form))
        told = typed(self.prize)
        self.prize = PrizeForm(self.program)
        self.prize.initial = told
        for row in self.steps:
            row.form = StepForm(prefix=row.form.prefix, initial=typed(row.form))
            for it in row.conditions:
                it.form = type(it.form)(prefix=it.form.prefix, initial=typed(it.form))


def _next(rows: list[Any]) -> int:
    return max((row.number for row in rows), default=-1) + 1
