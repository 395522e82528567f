"""Honours that members are given."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from loyalty.flows import badges as flow
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Choice, Group, InLanguages
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.merchants.models import Program
from members.badges import ICONS
from members.models import Badge


class Badges(Noun):
    name = "badges"
    title = gettext_lazy("Badges")
    about = "Honours that rules, campaigns, challenges and people give."

    @property
    def fields(self) -> Group:
        return Group({
            "name": InLanguages(most=flow.LONGEST_NAME),
            "about": InLanguages("What members read.", most=flow.LONGEST_ABOUT, long=True,
                                 default={}),
            "icon": Choice("Of lucide.", lambda: ICONS, default="award"),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[Badge]:
        return list(program.badges.kept())

    def facts(self, row: Badge, at: Context) -> dict[str, Any]:
        return flow.facts(row)

    def find(self, program: Program, key: str) -> Badge | None:
        return program.badges.filter(public_id=key).first()

    def save(self, row: Badge | None, told: dict[str, Any], load: Load) -> Badge:
        return flow.save(load.program, row, by=load.by, now=load.now, **told)

    def restore(self, row: Badge, load: Load) -> None:
        flow.restore(row, by=load.by, now=load.now)

    def archive(self, row: Badge, load: Load) -> None:
        flow.archive(row, by=load.by, now=load.now)
