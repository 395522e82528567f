"""What a campaign gives: all that an earning rule can, and a multiple of what the rules give."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty import formats
from loyalty.earning.conditions import Counted
from loyalty.earning.effects import EFFECTS, Amount, Effect, Step
from loyalty.earning.parts import read_part, told
from loyalty.earning.terms import Terms
from loyalty.earning.values import Factor


@dataclass(frozen=True)
class Times(Effect):
    """So many times what the earning rules give, for the part of the purchase that counts."""

    kind = "times"
    label = _("A multiple of what the earning rules give")
    is_pro_rata = True
    can_multiply = False

    percent: int = told(Factor(_("How many times"), hint=_("2 is double points.")))

    def gives(self, counted: Counted) -> tuple[Amount, Step]:
        raise TypeError("A multiple is worked out of what the rules give: see campaigns.rules.")

    def sentence(self, terms: Terms, trigger: str) -> str:
        return gettext("%(factor)s times the usual") % {"factor": factor(self.percent)}


KINDS: dict[str, type[Effect]] = {Times.kind: Times, **EFFECTS}


def effect_from_json(data: Any) -> Effect:
    return read_part(data, KINDS)


def factor(percent: int) -> str:
    return formats.number(Decimal(percent) / 100)
