"""Races at the desk: what is set up by a click that arrives more than once."""

from types import SimpleNamespace
from typing import Any

from bench.rig.races.form import Race, count, facts
from loyalty.earning.models import EarningRule
from loyalty.flows import locations, rules
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Location, Program, Staff
from tests.makers import NOON, make_program, make_staff


class SetUpTwice(Race):
    """A rule, a shop and a wallet that are clicked many times at once are made once each."""

    def stage(self, crowd: int) -> SimpleNamespace:
        program = make_program()
        return facts(program=program.pk, staff=make_staff(program).pk)

    def act(self, it: SimpleNamespace, number: int) -> Any:
        program = Program.objects.select_related("merchant").get(pk=it.program)
        told: dict[str, Any] = {"by": Staff.objects.get(pk=it.staff), "now": NOON}
        if number % 3 == 0:
            effect = {"kind": "per_spend", "points": 1, "per_minor": 100}
            made: Any = rules.save_rule(
                program, None, public_id=f"rule{it.program}", name={"en": "A rule"}, effect=effect,
                wallet="points", trigger="purchase", **told,
            )  # fmt: skip
        elif number % 3 == 1:
            made = locations.save_location(
                program, None, public_id=f"shop{it.program}", code="A", name={"en": "A"}, **told
            )
        else:
            unit = {"en": "stamp"}
            made = rules.save_wallet(
                program, None, code="stamps", kind="stamps", unit_one=unit, unit_many=unit, **told
            )
        return type(made).__name__, made.pk

    def check(self, it: SimpleNamespace, told: list[Any]) -> None:
        program = Program.objects.get(pk=it.program)
        [rule] = EarningRule.objects.filter(program=program)
        [shop] = Location.objects.filter(merchant=program.merchant)
        wallet = Wallet.objects.get(program=program, code="stamps")
        assert count(told).keys() <= {
            ("EarningRule", rule.pk), ("Location", shop.pk), ("Wallet", wallet.pk)
        }  # fmt: skip
