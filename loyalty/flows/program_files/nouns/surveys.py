"""Questions to members, and what an answer earns."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.surveys.models import Survey
from loyalty.flows import surveys as flow
from loyalty.flows.drafting import MOST_PRIZES
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Choice, Group, InLanguages, Many, OrNone, Whole
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.flows.program_files.prizes import Prize
from loyalty.flows.program_files.questions import questions
from loyalty.flows.program_files.values import TierRank
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal

State = Survey.State
STATES = (State.DRAFT.value, State.LIVE.value, State.PAUSED.value)
CALLED = {"from_rank": "from_tier"}


class AskedAlready(Refusal):
    code = "survey_is_asked"


class Surveys(Noun):
    name = "surveys"
    title = gettext_lazy("Surveys")
    about = "Those that are not over. Once somebody has answered, only words can be mended."
    called_in_file = CALLED

    @property
    def fields(self) -> Group:
        days = flow.BOUNDS
        return Group({
            "name": InLanguages(),
            "intro": InLanguages("What members read first.", most=2000, long=True, default={}),
            "questions": questions(flow.KINDS),
            "state": Choice("Live, it can be answered.", lambda: STATES, default="draft"),
            "asks": Choice("Whoever likes to, who bought something, or everybody by a letter.",
                           lambda: Survey.Asks.values, default="open"),
            "after_days": Whole("After the purchase.", most=days["after_days"][1], default=3),
            "again_days": OrNone(Whole("Asked again after so many; null: once for ever.", least=1,
                                       most=days["again_days"][1])),
            "good_days": Whole("So long an asking can be answered.", least=1,
                               most=days["good_days"][1], default=30),
            "from_tier": TierRank("The lowest tier that is asked.", default=0),
            "prizes": Many(Prize(), most=MOST_PRIZES),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[Survey]:
        return list(program.surveys.kept().exclude(state=State.ENDED).order_by("pk"))

    def facts(self, row: Survey, at: Context) -> dict[str, Any]:
        facts = flow.facts(row) | {"state": str(row.state)}
        return {CALLED.get(name, name): value for name, value in facts.items()}

    def find(self, program: Program, key: str) -> Survey | None:
        return program.surveys.filter(public_id=key).first()

    def save(self, row: Survey | None, told: dict[str, Any], load: Load) -> Survey:
        state = told.pop("state")
        told["from_rank"] = told.pop("from_tier")
        if row and row.state != State.DRAFT and state == State.DRAFT:
            sentence = _("What was opened cannot be a draft again. Pause it.")
            raise AskedAlready(sentence, field="state")
        saved = flow.save(load.program, row, by=load.by, now=load.now, **told)
        if state == State.PAUSED and saved.state == State.DRAFT:
            saved = flow.become(saved, State.LIVE, by=load.by, now=load.now)
        if state != saved.state:
            saved = flow.become(saved, state, by=load.by, now=load.now)
        return saved

    def restore(self, row: Survey, load: Load) -> None:
        flow.restore(row, by=load.by, now=load.now)

    def archive(self, row: Survey, load: Load) -> None:
        flow.archive(row, by=load.by, now=load.now)
