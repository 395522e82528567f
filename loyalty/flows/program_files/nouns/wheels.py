"""Wheels of fortune: their odds, prizes and stock; never the secret that they are drawn by."""

from typing import Any

from django.utils.translation import gettext_lazy

from campaigns.wheel.drawing import WHOLE
from campaigns.wheel.models import Wheel
from campaigns.wheel.reading import (
    FEWEST,
    MOST_DAILY,
    MOST_PRICE,
    MOST_SEGMENTS,
    MOST_STOCK,
    wheel_data,
)
from loyalty.flows import wheels as flow
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Flag, Group, InLanguages, Many, OrNone, Whole
from loyalty.flows.program_files.nouns.base import Load
from loyalty.flows.program_files.nouns.running import RunningNoun
from loyalty.flows.program_files.prizes import Prize
from loyalty.flows.program_files.tree import Node
from loyalty.flows.program_files.values import Hundredths, Ref, Worth

CALLED = {"share": "percent", "is_consolation": "consolation"}
OWN = {short: name for name, short in CALLED.items()}


class Wheels(RunningNoun):
    name = "wheels"
    title = gettext_lazy("Wheels")
    about = "Those that are not over. Odds, prizes and price stay once a wheel is open."
    model = Wheel
    called_in_file = CALLED

    @property
    def fields(self) -> Group:
        segment = Group({
            "name": InLanguages(),
            "percent": Hundredths("How likely; all of them come to 100.", most=WHOLE),
            "prize": OrNone(Prize("Left out: nothing.")),
            "stock": OrNone(Whole("How many there are in all.", most=MOST_STOCK)),
            "consolation": Flag("It counts in place of a prize that has run out; one is it.",
                                default=False),
        })  # fmt: skip
        return Group({
            **self.common(),
            "wallet": OrNone(Ref("wallets", "What a spin is paid from.")),
            "price": Worth("Of a spin; 0: none is sold.", least=0, most=MOST_PRICE, default=0),
            "free_daily": Flag("One spin a day costs nothing.", default=False),
            "most_daily": OrNone(Whole("Spins of a member.", least=1, most=MOST_DAILY)),
            "segments": Many(segment, least=FEWEST, most=MOST_SEGMENTS),
        })  # fmt: skip

    def data(self, row: Wheel) -> dict[str, Any]:
        data = wheel_data(row)
        segments = [{CALLED.get(name, name): it for name, it in one.items()}
                    for one in data["segments"]]  # fmt: skip
        return data | {"segments": segments}

    def write(self, row: Wheel, at: Context) -> dict[str, Any]:
        with at.speaking_of(row.wallet.code if row.wallet else ""):
            return super().write(row, at)

    def read(self, node: Node, path: str, at: Context) -> dict[str, Any]:
        wallet = node.at("wallet").value
        with at.speaking_of(wallet if isinstance(wallet, str) else ""):
            return super().read(node, path, at)

    def save_fields(self, row: Wheel | None, told: dict[str, Any], load: Load) -> Wheel:
        told["segments"] = [
            {OWN.get(name, name): it for name, it in one.items()} for one in told["segments"]
        ]
        return flow.save(load.program, row, by=load.by, now=load.now, **told)
