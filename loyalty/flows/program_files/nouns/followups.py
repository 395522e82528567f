"""Offers from behaviour: after so many of one thing, a reward on it or on its companion."""

from typing import Any

from django.utils.translation import gettext_lazy

from campaigns.followups.models import FollowUp
from campaigns.followups.reading import LONGEST_CODE, MOST_CODES, followup_data
from loyalty.flows import followups as flow
from loyalty.flows.program_files.fields import Choice, Flag, Group, Many, Text, Whole
from loyalty.flows.program_files.nouns.base import Load
from loyalty.flows.program_files.nouns.running import RunningNoun
from loyalty.flows.program_files.values import Ref


class FollowUps(RunningNoun):
    name = "followups"
    title = gettext_lazy("Offers that follow")
    about = "Those that are not over."
    model = FollowUp
    called_in_file = {"on": "offer_on"}  # Other readers of YAML take "on" for a yes.

    @property
    def fields(self) -> Group:
        return Group({
            **self.common(),
            "of": Choice("What is counted.", lambda: FollowUp.Of.values, default="product"),
            "codes": Many(Text("The shop's own; none: each one.", most=LONGEST_CODE),
                          most=MOST_CODES),
            "count": Choice("Pieces, or purchases that hold it.", lambda: FollowUp.Count.values,
                            default="units"),
            "every": Whole("The so manieth issues the offer.", least=2, most=1_000),
            "repeats": Flag("Each so manieth, not only the first.", default=True),
            "offer_on": Choice("On the same again, or on what is bought along with it most.",
                               lambda: FollowUp.On.values, default="same"),
            "reward": Ref("rewards", "What is offered."),
        })  # fmt: skip

    def data(self, row: FollowUp) -> dict[str, Any]:
        data = followup_data(row)
        return data | {"offer_on": data.pop("on")}

    def save_fields(self, row: FollowUp | None, told: dict[str, Any], load: Load) -> FollowUp:
        fields = told | {"on": told["offer_on"]}
        del fields["offer_on"]
        return flow.save(load.program, row, by=load.by, now=load.now, **fields)

    def open_up(self, row: FollowUp, load: Load) -> None:
        flow.open_up(row, by=load.by, now=load.now)
