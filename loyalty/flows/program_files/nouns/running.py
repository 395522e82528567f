"""What runs for a time has in common: its names, its window and its state."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.reading import LONGEST_ABOUT
from campaigns.running import Running
from loyalty.flows import running as flow
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Choice, Field, InLanguages, OrNone
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.flows.program_files.values import Moment
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal

State = Running.State
STATES = (State.DRAFT.value, State.OPEN.value, State.PAUSED.value)


class OpenAlready(Refusal):
    code = "open_already"


class RunningNoun(Noun):
    """One kind of them. Ending one cannot be undone, so no file does it."""

    model: ClassVar[Any] = Running
    can_archive = False

    def common(self) -> Mapping[str, Field]:
        return {
            "name": InLanguages(),
            "about": InLanguages("What members read.", most=LONGEST_ABOUT, long=True, default={}),
            "state": Choice("Open, it is live from its start to its end.", lambda: STATES,
                            default="draft"),
            "starts_at": Moment("By the program's clock."),
            "ends_at": OrNone(Moment("The first moment at which it is over; null: no end.")),
        }  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[Any]:
        mine = self.model.objects.filter(program=program).exclude(state=State.ENDED)
        return list(mine.exclude(~Q(state=State.DRAFT), ends_at__lte=now).order_by("pk"))

    def find(self, program: Program, key: str) -> Any | None:
        return self.model.objects.filter(program=program, public_id=key).first()

    def is_over(self, row: Any, now: datetime) -> bool:
        return bool(row.stage(now) == "ended")

    def data(self, row: Any) -> dict[str, Any]:
        """As its flow writes it."""
        raise NotImplementedError

    def facts(self, row: Any, at: Context) -> dict[str, Any]:
        data = self.data(row) | {"state": str(row.state)}
        for name in ("starts_at", "ends_at"):
            data[name] = datetime.fromisoformat(data[name]) if data[name] else None
        return data

    def save_fields(self, row: Any | None, told: dict[str, Any], load: Load) -> Any:
        raise NotImplementedError

    def open_up(self, row: Any, load: Load) -> None:
        flow.open_up(row, by=load.by, now=load.now)

    def save(self, row: Any | None, told: dict[str, Any], load: Load) -> Any:
        state = told.pop("state")
        if row and row.state != State.DRAFT and state == State.DRAFT:
            sentence = _("What was opened cannot be a draft again. Pause it.")
            raise OpenAlready(sentence, field="state")
        saved = self.save_fields(row, told, load)
        if state not in (State.DRAFT, saved.state):
            if saved.state == State.DRAFT or state == State.OPEN:
                self.open_up(saved, load)
            if state == State.PAUSED:
                flow.pause(saved, by=load.by, now=load.now)
        return saved
