"""Letters that the merchant plans: for holidays, for who is quiet, for campaigns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from campaigns.planned.models import PlannedLetter
from loyalty.flows import plans as flow
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Choice, Flag, Group, InLanguages, OrNone, Whole
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.flows.program_files.values import Day
from loyalty.merchants.models import Program

# Other readers of YAML take "on" for a yes.
CALLED = {"on": "day", "is_yearly": "yearly", "is_active": "active"}
SAME = ("event", "hour", "days", "on", "is_yearly", "is_active")


class Letters(Noun):
    name = "letters"
    title = gettext_lazy("Letters that are planned")
    about = "Letters of the merchant's own. Those of birthdays and points are among the settings."
    called_in_file = CALLED

    @property
    def fields(self) -> Group:
        return Group({
            "event": Choice("What it is written for.", lambda: PlannedLetter.Event.values),
            "day": OrNone(Day("Of the holiday.")),
            "yearly": Flag("The holiday is on this day each year.", default=True),
            "days": Whole("Quiet ones; or before a campaign begins or ends.",
                          most=flow.MOST_DAYS, default=0),
            "hour": OrNone(Whole("By the program's clock; null: as all letters.", most=23)),
            "subject": InLanguages("None: our words.", most=flow.LONGEST_SUBJECT, default={}),
            "words": InLanguages("None: ours. {name}, {program}, {campaign} and {number} are put "
                                 "in.", most=flow.LONGEST_WORDS, long=True, default={}),
            "active": Flag("It is written.", default=True),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[PlannedLetter]:
        return list(program.planned_letters.kept().order_by("pk"))

    def called(self, row: PlannedLetter) -> str:
        return str(row.subject.get("en") or row.event)

    def facts(self, row: PlannedLetter, at: Context) -> dict[str, Any]:
        told = {CALLED.get(name, name): getattr(row, name) for name in SAME}
        return told | {"subject": dict(row.subject), "words": dict(row.words)}

    def find(self, program: Program, key: str) -> PlannedLetter | None:
        return program.planned_letters.filter(public_id=key).first()

    def save(self, row: PlannedLetter | None, told: dict[str, Any], load: Load) -> PlannedLetter:
        own = {short: name for name, short in CALLED.items()}
        fields = {own.get(name, name): value for name, value in told.items()}
        return flow.save(load.program, row, by=load.by, now=load.now, **fields)

    def restore(self, row: PlannedLetter, load: Load) -> None:
        flow.restore(row, by=load.by, now=load.now)

    def archive(self, row: PlannedLetter, load: Load) -> None:
        flow.archive(row, by=load.by, now=load.now)
