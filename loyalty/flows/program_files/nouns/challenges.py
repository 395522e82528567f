"""Sets of tasks, and streaks."""

from typing import Any

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
from loyalty.earning.conditions import CONDITIONS
from loyalty.earning.rule_forms import TRIGGER
from loyalty.flows import challenges as flow
from loyalty.flows.program_files.fields import Choice, Flag, Group, Many, OrNone, Text, Whole
from loyalty.flows.program_files.nouns.base import Load
from loyalty.flows.program_files.nouns.rules import ABOUT_TRIGGER
from loyalty.flows.program_files.nouns.running import RunningNoun
from loyalty.flows.program_files.parts import PartField
from loyalty.flows.program_files.prizes import Prize


class Challenges(RunningNoun):
    name = "challenges"
    title = gettext_lazy("Challenges")
    about = "Those that are not over. What members have begun to do for stays."
    model = Challenge

    @property
    def fields(self) -> Group:
        step = Group({
            "trigger": Text(ABOUT_TRIGGER, most=40, pattern=TRIGGER.pattern),
            "times": Whole("So often.", least=1, most=MOST_TIMES, default=1),
            "conditions": Many(PartField(CONDITIONS, "What must hold."), most=MOST_CONDITIONS),
        })  # fmt: skip
        return Group({
            **self.common(),
            "kind": Choice("Steps in any order, or a streak of weeks.",
                           lambda: Challenge.Kind.values, default="steps"),
            "steps": Many(step, least=1, most=MOST_STEPS),
            "days": OrNone(Whole("All steps within so many.", least=1, most=LONGEST_DAYS)),
            "weeks": OrNone(Whole("Of a streak, in a row.", least=2, most=LONGEST_WEEKS)),
            "repeats": Flag("Who has done it may begin again.", default=False),
            "winners": OrNone(Whole("So many prizes there are.", least=1, most=MOST_WINNERS)),
            "prize": Prize(),
        })  # fmt: skip

    def data(self, row: Challenge) -> dict[str, Any]:
        return challenge_data(row)

    def save_fields(self, row: Challenge | None, told: dict[str, Any], load: Load) -> Challenge:
        return flow.save(load.program, row, by=load.by, now=load.now, **told)
