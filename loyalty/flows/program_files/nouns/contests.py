"""Promises to those who are first, by the clock of each contest's own zone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.contests.contest_forms import LONGEST_ABOUT, MOST_GIFTS, MOST_ROWS, MOST_WINNERS
from campaigns.contests.models import Contest
from loyalty.flows import contests as flow
from loyalty.flows import referral_terms
from loyalty.flows.program_files.context import Context
from loyalty.flows.program_files.fields import (
    Choice,
    Flag,
    Group,
    InLanguages,
    Many,
    OrNone,
    Text,
    Whole,
)
from loyalty.flows.program_files.nouns.base import Load, Noun
from loyalty.flows.program_files.prizes import Prize
from loyalty.flows.program_files.tree import Node
from loyalty.flows.program_files.values import Moment, Ref, Worth
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal

State = Contest.State
STATES = (State.DRAFT.value, State.OPEN.value)
MOMENTS = ("starts_at", "ends_at", "buys_from", "buys_until", "freezes_at")
SAME = (
    "measure", "time_zone", "raised_to", "takes_links", "takes_pictures", "prizes", *MOMENTS
)  # fmt: skip


class PromisedAlready(Refusal):
    code = "contest_promised"


class Contests(Noun):
    name = "contests"
    title = gettext_lazy("Contests")
    about = "Those whose board still moves. Promised, only words and a later end can change."

    @property
    def fields(self) -> Group:
        prize = Group({
            "first": Whole("From this place …", least=1, most=MOST_WINNERS),
            "last": Whole("… to this one.", least=1, most=MOST_WINNERS),
            "gives": Many(Prize(), least=1, most=MOST_GIFTS),
        })  # fmt: skip
        return Group({
            "name": InLanguages(),
            "about": InLanguages("How to take part.", most=LONGEST_ABOUT, long=True, default={}),
            "state": Choice("Open, members see it and count on it.", lambda: STATES,
                            default="draft"),
            "measure": Choice("What is counted.", lambda: Contest.Measure.values,
                              default="referrals"),
            "wallet": OrNone(Ref("wallets", "Points of which, where points are counted.")),
            "time_zone": Text("Its moments are by this clock.", most=64),
            "starts_at": Moment(),
            "ends_at": Moment("The first moment at which nothing counts any more."),
            "buys_from": OrNone(Moment("When friends must buy; null: within the window itself.")),
            "buys_until": OrNone(Moment()),
            "freezes_at": Moment("Until then refunds and holds move the board."),
            "raised_to": OrNone(Worth("For who brings a friend, in place of the usual.",
                                      most=10**9)),
            "prizes": Many(prize, least=1, most=MOST_ROWS),
            "takes_links": Flag(default=True),
            "takes_pictures": Flag(default=True),
        })  # fmt: skip

    def rows(self, program: Program, now: datetime) -> Sequence[Contest]:
        moving = program.contests.kept().filter(state__in=STATES)
        return list(moving.select_related("wallet").order_by("created_at", "pk"))

    def is_over(self, row: Contest, now: datetime) -> bool:
        return row.state not in STATES

    def facts(self, row: Contest, at: Context) -> dict[str, Any]:
        return {name: getattr(row, name) for name in SAME} | {
            "name": dict(row.name),
            "about": dict(row.about),
            "wallet": row.wallet.code if row.wallet else None,
            "state": str(row.state),
        }

    def write(self, row: Contest, at: Context) -> dict[str, Any]:
        with at.by_clock_of(row.time_zone), at.speaking_of(_raised_in(at.program)):
            return super().write(row, at)

    def read(self, node: Node, path: str, at: Context) -> dict[str, Any]:
        zone = node.at("time_zone").value
        clock = zone if isinstance(zone, str) else ""
        with at.by_clock_of(clock), at.speaking_of(_raised_in(at.program)):
            return super().read(node, path, at)

    def find(self, program: Program, key: str) -> Contest | None:
        return program.contests.filter(public_id=key).select_related("wallet", "program").first()

    def save(self, row: Contest | None, told: dict[str, Any], load: Load) -> Contest:
        state = told.pop("state")
        if row and row.state == State.OPEN:
            if state == State.DRAFT:
                sentence = _("What was promised cannot be a draft again.")
                raise PromisedAlready(sentence, field="state")
            until = {name: told[name] for name in flow.LATER if told[name] != getattr(row, name)}
            if until:
                row = flow.extend(row, by=load.by, now=load.now, **until)
        saved = flow.save(load.program, row, by=load.by, now=load.now, **told)
        if state == State.OPEN:
            saved = flow.promise(saved, by=load.by, now=load.now)
        return saved

    def restore(self, row: Contest, load: Load) -> None:
        flow.restore(row, by=load.by, now=load.now)

    def archive(self, row: Contest, load: Load) -> None:
        flow.archive(row, by=load.by, now=load.now)


def _raised_in(program: Program) -> str:
    """The wallet of what who brings a friend usually gets."""
    usual = referral_terms.terms_of(program).advocate_prize or {}
    wallet = Wallet.objects.filter(program=program, pk=usual.get("wallet") or 0).first()
    return wallet.code if wallet else ""
