"""The builder of a segment: its name, what it is made of, and a row for each condition.

Which conditions the page holds stands in its hidden fields ("3:spent"), as in a rule's builder.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from loyalty.dashboard.fields import OnceForm
from loyalty.dashboard.rule_builder import location_names, tier_names
from loyalty.dashboard.rule_parts import Row, next_number, part_or_none, tokens, typed
from loyalty.earning.terms import Terms
from loyalty.fields import RadioCards
from loyalty.flows import segments as flow
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Program
from members import segments
from members.models import Member, Segment
from members.segment_conditions import CONDITIONS

Kind = Segment.Kind
KIND_HINTS = {
    Kind.LIVE: _("They come and go by themselves, as what they do changes."),
    Kind.LIST: _("You upload card numbers, e-mails or phone numbers."),
    Kind.CODE: _("Members enter it in their portal, or open its link."),
}


class SegmentForm(OnceForm):
    name = LocalizedFormField(
        label=_("Name of the segment"), help_text=_("Only your team reads it.")
    )
    kind = forms.ChoiceField(
        label=_("Who is in it"),
        choices=Kind.choices,
        initial=Kind.LIVE,
        widget=RadioCards(hints=KIND_HINTS),
    )
    conditions = forms.CharField(required=False, widget=forms.HiddenInput)  # Its errors only.
    code = forms.CharField(
        label=_("The code"),
        help_text=_("Letters from A to Z, digits, - and _: SUMMER26"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
    )


class SegmentRow(Row):
    @property
    def label(self) -> Any:
        return CONDITIONS[self.kind].label


class SegmentBuilder:
    """A segment on its way between a page and the flow."""

    def __init__(
        self, program: Program, segment: Segment | None = None, data: QueryDict | None = None
    ) -> None:
        self.program, self.segment, self.data = program, segment, data
        self.terms = terms_of(program)
        initial = flow.facts(segment) | {"once": segment.public_id} if segment else {}
        self.form = SegmentForm(data, initial=initial)
        if segment:
            self.form.fields["kind"].disabled = True
        self.rows = self._rows()

    @property
    def kind(self) -> str:
        return str(self.segment.kind if self.segment else self.form["kind"].value())

    def offered(self) -> list[tuple[str, Any]]:
        """The conditions that could be added."""
        if len(self.rows) >= segments.MOST_CONDITIONS:
            return []
        has = {"badge": self.terms.badges, "tier": self.terms.tiers}
        return [(kind, it.label) for kind, it in CONDITIONS.items() if has.get(kind, True)]

    def act(self, act: str) -> None:
        """Do what a button asks for, and show what was typed without judging it yet."""
        verb, _colon, what = act.partition(":")
        if verb == "remove-condition":
            self.rows = [row for row in self.rows if str(row.number) != what]
        self.form = SegmentForm(initial=typed(self.form))
        for row in self.rows:
            row.form = type(row.form)(prefix=row.form.prefix, initial=typed(row.form))
        if verb == "add-condition" and self.data:
            kind = self.data.get("new_condition", "")
            if kind in dict(self.offered()):
                self.rows.append(self._row(next_number(self.rows), kind))

    def is_valid(self) -> bool:
        rows = self.rows if self.kind == Kind.LIVE else []
        wrong = [form for form in (self.form, *(row.form for row in rows)) if not form.is_valid()]
        return not wrong

    def told(self) -> dict[str, Any]:
        told = {name: self.form.cleaned_data[name] for name in ("kind", "code")}
        return told | {
            "name": dict(self.form.cleaned_data["name"]),
            "conditions": [row.form.part.to_json() for row in self.rows if row.form.is_bound],
        }

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Show each problem where it belongs: "conditions.0.minor" at the first condition."""
        for place, sentence in problems.items():
            head, *rest = place.split(".")
            if head == "conditions" and rest and int(rest[0]) < len(self.rows):
                form: forms.Form = self.rows[int(rest[0])].form
                field = rest[-1]
            else:
                form, field = self.form, head
            form.add_error(field if field in form.fields else None, sentence)

    def counted(self, now: datetime) -> dict[str, Any]:
        """Whom the page means as it stands, in a sentence, and how many they are."""
        if self.kind != Kind.LIVE or not self.rows:
            return {}
        if self.data is None:
            held = self.segment.conditions if self.segment else []
            parts = [part_or_none(it, CONDITIONS) for it in held]
        else:
            whole = [row.form for row in self.rows if row.form.is_bound and row.form.is_valid()]
            parts = [form.part for form in whole]
        if len(parts) < len(self.rows) or None in parts:
            return {}
        found = segments.members_for(self.program, parts, at=now)
        return {
            "clauses": [part.sentence(self.terms) for part in parts],
            "count": Member.objects.filter(found, program=self.program).count(),
        }

    def _rows(self) -> list[SegmentRow]:
        if self.data is not None:
            return [self._row(*row) for row in tokens(self.data, "condition", CONDITIONS)]
        held = self.segment.conditions if self.segment else []
        parts = [part_or_none(data, CONDITIONS) for data in held]
        return [self._row(number, part.kind, part) for number, part in enumerate(parts) if part]

    def _row(self, number: int, kind: str, part: Any = None) -> SegmentRow:
        posted = self.data.getlist("condition") if self.data else []
        data = self.data if part is None and f"{number}:{kind}" in posted else None
        form = CONDITIONS[kind].form(self.terms, data, prefix=f"c{number}", part=part)
        return SegmentRow(number, kind, form)


def terms_of(program: Program) -> Terms:
    return Terms(
        currency=program.currency,
        tiers=tier_names(program),
        locations=location_names(program),
        badges=segments.names_in(program)["badges"],
    )
