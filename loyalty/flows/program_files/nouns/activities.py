"""What members can do besides buying. What it gives, earning rules say."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from campaigns.activities.models import NamedActivity
from loyalty.flows import activities as flow
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Choice, Group, InLanguages, Text
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.merchants.models import Program

SAME = ("kind", "subject", "link", "proof")


class Activities(Noun):
    name = "activities"
    title = gettext_lazy("Things to do")
    about = "What members can do besides buying, in their order. Rules say what it gives."
    is_ordered = True

    @property
    def fields(self) -> Group:
        return Group({
            "name": InLanguages(),
            "about": InLanguages("What members read.", most=2000, long=True, default={}),
            "kind": Text("As rules name it: follow.", most=40, pattern=flow.WORD.pattern),
            "subject": Text("Which one of them: facebook.", most=40, default=""),
            "link": Text("Where it is done: https://…", most=500, default=""),
            "proof": Choice("How we know that it was done.", lambda: NamedActivity.Proof.values),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[NamedActivity]:
        return list(program.named_activities.kept())

    def facts(self, row: NamedActivity, at: Context) -> dict[str, Any]:
        told = {name: getattr(row, name) for name in SAME}
        return told | {"name": dict(row.name), "about": dict(row.about)}

    def find(self, program: Program, key: str) -> NamedActivity | None:
        return program.named_activities.filter(public_id=key).first()

    def save(self, row: NamedActivity | None, told: dict[str, Any], load: Load) -> NamedActivity:
        if row is None:
            told["position"] = load.program.named_activities.count()
        return flow.save(load.program, row, by=load.by, now=load.now, **told)

    def place(self, row: NamedActivity, position: int, load: Load) -> None:
        flow.save(load.program, row, by=load.by, now=load.now, position=position)

    def restore(self, row: NamedActivity, load: Load) -> None:
        flow.restore(row, by=load.by, now=load.now)

    def archive(self, row: NamedActivity, load: Load) -> None:
        flow.archive(row, by=load.by, now=load.now)
