"""Some of the members: by conditions, by a code, or on a list, whose members are in no file."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from loyalty.flows import segments as flow
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Choice, Group, InLanguages, Many, Text
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.flows.program_files.parts import PartField
from loyalty.merchants.models import Program
from members.models import Segment
from members.segment_conditions import CONDITIONS
from members.segments import MOST_CONDITIONS


class Segments(Noun):
    name = "segments"
    title = gettext_lazy("Segments")
    about = "Whom rules and campaigns are for. Who is on a list is in no file."

    @property
    def fields(self) -> Group:
        return Group({
            "name": InLanguages(),
            "kind": Choice("Whoever meets conditions, is on a list, or enters a code. It stays.",
                           lambda: Segment.Kind.values, default="live"),
            "conditions": Many(PartField(CONDITIONS, "What must hold of a member."),
                               most=MOST_CONDITIONS),
            "code": Text("By which members join.", most=40, default=""),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[Segment]:
        return list(program.segments.kept())

    def facts(self, row: Segment, at: Context) -> dict[str, Any]:
        return flow.facts(row)

    def find(self, program: Program, key: str) -> Segment | None:
        return program.segments.filter(public_id=key).first()

    def save(self, row: Segment | None, told: dict[str, Any], load: Load) -> Segment:
        return flow.save(load.program, row, by=load.by, now=load.now, **told)

    def restore(self, row: Segment, load: Load) -> None:
        flow.restore(row, by=load.by, now=load.now)

    def archive(self, row: Segment, load: Load) -> None:
        flow.archive(row, by=load.by, now=load.now)
