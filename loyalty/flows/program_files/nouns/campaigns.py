"""Promises with a start and an end."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.campaign_forms import LAST_PRIORITY, LONGEST_ABOUT, MOST_BUDGET, campaign_data
from campaigns.effects import KINDS
from campaigns.holdout import MOST_PERCENT
from campaigns.models import Campaign
from loyalty.flows import campaigns as flow
from loyalty.flows.program_files import parts
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import Choice, Flag, Group, InLanguages, OrNone, Whole
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.flows.program_files.nouns.rules import promise_fields
from loyalty.flows.program_files.tree import Node
from loyalty.flows.program_files.values import Moment, Worth
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal

State = Campaign.State
STATES = (State.DRAFT.value, State.SCHEDULED.value, State.PAUSED.value)
CALLED = {"is_qualifying": "qualifying"}


class PromisedAlready(Refusal):
    code = "campaign_promised"


class Campaigns(Noun):
    name = "campaigns"
    title = gettext_lazy("Campaigns")
    about = "Those that are not over."
    called_in_file: Mapping[str, str] = CALLED

    @property
    def fields(self) -> Group:
        return Group({
            **promise_fields(parts.PartField(KINDS, "What it gives.")),
            "about": InLanguages("What members read.", most=LONGEST_ABOUT, long=True, default={}),
            "state": Choice("Scheduled, it gives from its start to its end.", lambda: STATES,
                            default="draft"),
            "starts_at": Moment("By the program's clock."),
            "ends_at": Moment("The first moment at which it is over."),
            "stacking": Choice("With the tier and other campaigns.",
                               lambda: Campaign.Stacking.values, default="multiply"),
            "priority": Whole("The lowest comes first.", most=LAST_PRIORITY, default=0),
            "budget": OrNone(Worth("What it gives at most, to all.", most=MOST_BUDGET)),
            "held_out_percent": Whole("Of a hundred members, to compare with.", most=MOST_PERCENT,
                                      default=0),
            "multiplied_by_tier": Flag(default=False),
            "qualifying": Flag("Whether its points count towards a tier.", default=False),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[Campaign]:
        kept = program.campaigns.kept().exclude(state=State.ENDED)
        kept = kept.exclude(~Q(state=State.DRAFT), ends_at__lte=now)
        return list(kept.select_related("wallet").order_by("starts_at", "pk"))

    def facts(self, row: Campaign, at: Context) -> dict[str, Any]:
        data = campaign_data(row) | {"state": str(row.state)}
        data |= {name: datetime.fromisoformat(data[name]) for name in ("starts_at", "ends_at")}
        return {CALLED.get(name, name): value for name, value in data.items()}

    def write(self, row: Campaign, at: Context) -> dict[str, Any]:
        with at.speaking_of(row.wallet.code):
            return super().write(row, at)

    def read(self, node: Node, path: str, at: Context) -> dict[str, Any]:
        wallet = node.at("wallet").value
        with at.speaking_of(wallet if isinstance(wallet, str) else ""):
            return super().read(node, path, at)

    def find(self, program: Program, key: str) -> Campaign | None:
        return program.campaigns.filter(public_id=key).select_related("wallet", "program").first()

    def is_over(self, row: Campaign, now: datetime) -> bool:
        return row.stage(now) == "ended"

    def save(self, row: Campaign | None, told: dict[str, Any], load: Load) -> Campaign:
        own = {short: name for name, short in CALLED.items()}
        state = told.pop("state")
        fields = {own.get(name, name): value for name, value in told.items()}
        if row and row.state != State.DRAFT and state == State.DRAFT:
            sentence = _("What was promised cannot be a draft again. Pause it.")
            raise PromisedAlready(sentence, field="state")
        saved = flow.save(load.program, row, by=load.by, now=load.now, **fields)
        if state != State.DRAFT and saved.state == State.DRAFT:
            saved = flow.schedule(saved, by=load.by, now=load.now)
        if state == State.SCHEDULED and saved.state == State.PAUSED:
            saved = flow.schedule(saved, by=load.by, now=load.now)
        if state == State.PAUSED and saved.state != State.PAUSED:
            flow.pause(saved, by=load.by, now=load.now)
        return saved

    def restore(self, row: Campaign, load: Load) -> None:
        flow.restore(row, by=load.by, now=load.now)

    def archive(self, row: Campaign, load: Load) -> None:
        flow.archive(row, by=load.by, now=load.now)
