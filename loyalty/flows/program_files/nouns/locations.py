"""The shops of the merchant, by the codes that tills send."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from loyalty.flows import locations as flow
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Group, InLanguages
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.merchants.models import Location, Program


class Locations(Noun):
    name = "locations"
    title = gettext_lazy("Shops")
    about = "Shops, by the codes that their tills send. All programs of the merchant share them."
    has_codes = True
    can_archive = False

    @property
    def fields(self) -> Group:
        return Group({"name": InLanguages(default={})})

    def rows(self, program: Program, now: datetime) -> Sequence[Location]:
        return list(program.merchant.locations.order_by("code"))

    def key(self, row: Location) -> str:
        return row.code

    def facts(self, row: Location, at: Context) -> dict[str, Any]:
        return {"name": dict(row.name)}

    def find(self, program: Program, key: str) -> Location | None:
        return program.merchant.locations.filter(code=key).first()

    def save(self, row: Location | None, told: dict[str, Any], load: Load) -> Location:
        code = told.pop("code")
        return flow.save_location(load.program, row, code=code, by=load.by, now=load.now, **told)
