"""What members are asked to hand in, and what they get once it is approved."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy

from campaigns.contributions.models import Call
from loyalty.flows import calls as flow
from loyalty.flows.drafting import MOST_PRIZES
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import (
    Choice,
    Flag,
    Group,
    InLanguages,
    Many,
    OrNone,
    Whole,
)
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.flows.program_files.prizes import Prize
from loyalty.flows.program_files.questions import questions
from loyalty.flows.program_files.values import Moment, Ref, TierRank
from loyalty.merchants.models import Program

CALLED = {"from_rank": "from_tier", "is_repeatable": "repeatable"}
SAME = (
    "kind", "questions", "least_pictures", "most_pictures", "is_repeatable", "only_bought",
    "from_rank", "prizes", "picture_prizes", "keep_days", "opens_at", "closes_at",
)  # fmt: skip


class Calls(Noun):
    name = "calls"
    title = gettext_lazy("Contributions")
    about = "Calls for contributions and reviews."
    called_in_file = CALLED

    @property
    def fields(self) -> Group:
        return Group({
            "name": InLanguages(),
            "about": InLanguages("What members read.", most=2000, long=True, default={}),
            "kind": Choice("What is handed in.", lambda: Call.Kind.values,
                           default="contribution"),
            "questions": questions(flow.KINDS),
            "least_pictures": Whole(most=5, default=0),
            "most_pictures": Whole(most=5, default=0),
            "repeatable": Flag("Else once a member; a review, a product.", default=False),
            "only_bought": Flag("A review is of what they bought.", default=False),
            "from_tier": TierRank("The lowest tier that may take part.", default=0),
            "badge": OrNone(Ref("badges", "Only who holds it.")),
            "prizes": Many(Prize(), most=MOST_PRIZES),
            "picture_prizes": Many(Prize("On top, with a picture."), most=MOST_PRIZES),
            "keep_days": Whole("Pictures, after the decision.", least=1, most=3650, default=180),
            "active": Flag("It takes contributions.", default=False),
            "opens_at": OrNone(Moment()),
            "closes_at": OrNone(Moment("The first moment at which it takes none.")),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[Call]:
        return list(program.calls.kept().select_related("badge").order_by("pk"))

    def facts(self, row: Call, at: Context) -> dict[str, Any]:
        return {CALLED.get(name, name): getattr(row, name) for name in SAME} | {
            "name": dict(row.name),
            "about": dict(row.about),
            "badge": row.badge.public_id if row.badge else None,
            "active": row.is_open,
        }

    def find(self, program: Program, key: str) -> Call | None:
        return program.calls.filter(public_id=key).select_related("badge").first()

    def save(self, row: Call | None, told: dict[str, Any], load: Load) -> Call:
        own = {short: name for name, short in CALLED.items()}
        is_open = told.pop("active")
        fields = {own.get(name, name): value for name, value in told.items()}
        if badge := fields["badge"]:
            fields["badge"] = load.program.badges.filter(public_id=badge).first()
        saved = flow.save(load.program, row, by=load.by, now=load.now, **fields)
        flow.switch(saved, is_open=is_open, by=load.by, now=load.now)
        return saved

    def restore(self, row: Call, load: Load) -> None:
        flow.restore(row, by=load.by, now=load.now)

    def archive(self, row: Call, load: Load) -> None:
        flow.archive(row, by=load.by, now=load.now)
