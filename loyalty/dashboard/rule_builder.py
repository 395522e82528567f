"""The builder of an earning rule: it reads a whole rule from one page, part by part.

Which conditions and limits the page holds stands in its hidden fields ("3:weekday"), so that it
works without JavaScript: adding and removing are submit buttons, and what was typed stays typed.
"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict

from loyalty.dashboard.rule_parts import (
    CAP,
    NAMED,
    Row,
    RuleForm,
    first_rule,
    initial_of,
    next_number,
    part_or_none,
    tokens,
    typed,
)
from loyalty.earning.activity import PURCHASE
from loyalty.earning.caps import Cap
from loyalty.earning.conditions import CONDITIONS
from loyalty.earning.conditions.who import OwnDays
from loyalty.earning.effects import EFFECTS, Effect
from loyalty.earning.parts import PartForm
from loyalty.earning.rule_forms import MOST_CAPS, MOST_CONDITIONS, rule_data
from loyalty.earning.terms import Terms
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program
from members.segments import names_in


class Builder:
    """A rule on its way between a page and the flow."""

    kinds: ClassVar[Mapping[str, type[Effect]]] = EFFECTS
    has_own_days: ClassVar[bool] = False  # Whether members may choose days for it.

    def __init__(self, program: Program, rule: Any = None, data: QueryDict | None = None) -> None:
        self.program, self.rule, self.data = program, rule, data
        self.wallets = list(program.wallets.all())
        self.held = self._held()
        self.terms = self._terms()
        self.form = self._form(data, initial_of(rule, self.held))
        self.effects = {kind: self._effect(kind) for kind in self.kinds}
        self.conditions = self._conditions()
        self.caps = self._caps()

    # --- What the page shows ---------------------------------------------------------------------

    @property
    def trigger(self) -> str:
        return str(self.form["trigger"].value())

    @property
    def effect(self) -> str:
        """The effect that is chosen."""
        chosen = str(self.form["effect"].value())
        return chosen if chosen in self.kinds else next(iter(self.kinds))

    @property
    def wallet(self) -> Wallet:
        code = self.data.get("wallet") if self.data else self.held["wallet"]
        return next((each for each in self.wallets if each.code == code), self.wallets[0])

    def offered_effects(self) -> list[dict[str, Any]]:
        """The effects that this trigger and this wallet allow, and the one that is chosen."""
        return [
            {
                "kind": kind,
                "label": effect.label,
                "form": self.effects[kind],
                "chosen": kind == self.effect,
            }
            for kind, effect in self.kinds.items()
            if kind == self.effect or (self._fits(effect) and self._can_give(kind))
        ]

    def offered_conditions(self) -> list[tuple[str, Any]]:
        """The conditions that could be added for this trigger."""
        trigger = (
            self.form["activity"].value() or "named" if self.trigger == NAMED else self.trigger
        )
        if len(self.conditions) >= MOST_CONDITIONS:
            return []
        return [
            (kind, condition.label)
            for kind, condition in CONDITIONS.items()
            if condition.fits_trigger(trigger) and self._has_any(kind)
        ]

    def _can_give(self, kind: str) -> bool:
        of = {"reward": self.terms.rewards, "badge": self.terms.badges}
        return bool(of.get(kind, True))

    def _has_any(self, kind: str) -> bool:
        """Whether there is anything to choose from; else the condition could only fail."""
        of = {"segment": self.terms.segments, "badge": self.terms.badges}
        return bool(of.get(kind, True)) and (kind != OwnDays.kind or self.has_own_days)

    @property
    def may_add_cap(self) -> bool:
        return len(self.caps) < MOST_CAPS

    def _fits(self, effect: type[Effect]) -> bool:
        of_wallet = effect.wallet_kind in ("", self.wallet.kind)
        return of_wallet and (self.trigger == PURCHASE or not effect.needs_purchase)

    # --- Adding and removing ---------------------------------------------------------------------

    def act(self, act: str) -> None:
        """Do what a button asks for, and show what was typed without judging it yet."""
        verb, _colon, what = act.partition(":")
        if verb == "remove-condition":
            self.conditions = [row for row in self.conditions if str(row.number) != what]
        elif verb == "remove-cap":
            self.caps = [row for row in self.caps if str(row.number) != what]
        self._as_typed()
        if verb == "add-condition" and self.data:
            kind = self.data.get("new_condition", "")
            if kind in dict(self.offered_conditions()):
                self.conditions.append(self._row(next_number(self.conditions), kind))
        elif verb == "add-cap" and self.may_add_cap:
            self.caps.append(self._row(next_number(self.caps), CAP))

    def _as_typed(self) -> None:
        told = typed(self.form)
        if not self._fits(self.kinds[self.effect]):
            # Another trigger or wallet was chosen, and this effect is not of it.
            told["effect"] = next(kind for kind, it in self.kinds.items() if self._fits(it))
        self.form = self._form(None, told)
        self.effects = {
            kind: type(form)(prefix=form.prefix, initial=typed(form))
            for kind, form in self.effects.items()
        }
        for row in (*self.conditions, *self.caps):
            row.form = type(row.form)(prefix=row.form.prefix, initial=typed(row.form))

    # --- Reading ---------------------------------------------------------------------------------

    def is_valid(self) -> bool:
        """Whether every part could be read; each shows its own mistakes."""
        wrong = [form for form in self._asked() if not form.is_valid()]
        return not wrong

    def told(self) -> dict[str, Any]:
        """The rule as the flow wants it. Only of a valid one."""
        told = self.form.cleaned_data
        trigger = told["activity"].strip() if told["trigger"] == NAMED else told["trigger"]
        return {
            "name": dict(told["name"]),
            "trigger": trigger,
            "wallet": told["wallet"],
            "effect": self.effects[told["effect"]].part.to_json(),
            "conditions": [row.form.part.to_json() for row in self.conditions],
            "caps": [row.form.part.to_json() for row in self.caps],
            "multiplied_by_tier": told["multiplied_by_tier"]
            and self.kinds[told["effect"]].can_multiply,
            "is_qualifying": told["is_qualifying"],
        }

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Show each problem where it belongs: "conditions.0.minor" at the first condition."""
        for place, sentence in problems.items():
            head, *rest = place.split(".")
            form, field = self._place(head, rest)
            form.add_error(field if field in form.fields else None, sentence)

    def _place(self, head: str, rest: list[str]) -> tuple[forms.Form, str]:
        rows = {"conditions": self.conditions, "caps": self.caps}.get(head)
        if rows and rest and rest[0].isdigit() and int(rest[0]) < len(rows):
            return rows[int(rest[0])].form, rest[-1]
        if head == "effect" and rest != ["kind"]:
            return self.effects[self.effect], rest[-1] if rest else ""
        if head == "trigger" and self.trigger == NAMED:
            return self.form, "activity"
        return self.form, head

    def _asked(self) -> Iterator[forms.Form]:
        yield self.form
        yield self.effects[self.effect]
        for row in (*self.conditions, *self.caps):
            yield row.form

    # --- Making the forms ------------------------------------------------------------------------

    def _held(self) -> dict[str, Any]:
        return rule_data(self.rule) if self.rule else first_rule(self.wallets)

    def _form(self, data: QueryDict | None, initial: Mapping[str, Any]) -> RuleForm:
        return RuleForm(self.wallets, data, initial=initial)

    def _terms(self) -> Terms:
        return Terms.of(
            self.program,
            self.wallet,
            tiers=tier_names(self.program),
            locations=location_names(self.program),
            **names_in(self.program),
        )

    def _effect(self, kind: str) -> PartForm:
        held = self.held["effect"]
        is_held = self.data is None and held.get("kind") == kind
        part = part_or_none(held, self.kinds) if is_held else None
        return self.kinds[kind].form(self.terms, self.data, prefix=f"effect-{kind}", part=part)

    def _conditions(self) -> list[Row]:
        if self.data is not None:
            return [self._row(*row) for row in tokens(self.data, "condition", CONDITIONS)]
        parts = [part_or_none(data, CONDITIONS) for data in self.held["conditions"]]
        return [self._row(number, part.kind, part) for number, part in enumerate(parts) if part]

    def _caps(self) -> list[Row]:
        if self.data is not None:
            return [self._row(*row) for row in tokens(self.data, CAP, {CAP: Cap})]
        parts = [Cap.from_json(data) for data in self.held["caps"]]
        return [self._row(number, CAP, part) for number, part in enumerate(parts)]

    def _row(self, number: int, kind: str, part: Any = None) -> Row:
        part_class = CONDITIONS.get(kind, Cap)
        known = part is None and f"{number}:{kind}" in self._posted(kind)
        data = self.data if known else None
        prefix = f"{'l' if kind == CAP else 'c'}{number}"
        return Row(number, kind, part_class.form(self.terms, data, prefix=prefix, part=part))

    def _posted(self, kind: str) -> list[str]:
        return self.data.getlist(CAP if kind == CAP else "condition") if self.data else []


def tier_names(program: Program) -> dict[int, Any]:
    """Names by rank; also of tiers that are archived, because rules may still name them."""
    return {tier.rank: tier.name for tier in program.tiers.all()}


def location_names(program: Program) -> dict[str, Any]:
    shops = program.merchant.locations.order_by("code")
    return {location.code: location.name for location in shops}
