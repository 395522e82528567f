"""Opening, pausing and ending what a merchant lets run for a time. What it gave stays given."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.running import Running
from loyalty.flows.settings import bump
from loyalty.merchants import trail
from loyalty.merchants.models import Program, Staff
from loyalty.refusal import Refusal

State = Running.State
MOST = 100  # Of a kind, in one program, that are not ended.


class Over(Refusal):
    """It has ended: it cannot be changed any more, and never runs again."""

    code = "over"

    def __init__(self) -> None:
        super().__init__(_("This is over. Make another one."))


class TooMany(Refusal):
    code = "too_many"


@transaction.atomic
def open_up(it: Running, *, by: Staff | None, now: datetime) -> None:
    """Let a draft run, or go on with what was paused: from its start to its end it is live."""
    found = type(it).objects.select_for_update(no_key=True).get(pk=it.pk)
    if found.state == State.OPEN:
        return
    if found.stage(now) == "ended":
        raise Over
    verb = "resume" if found.state == State.PAUSED else "open"
    type(it).objects.filter(pk=it.pk).update(state=State.OPEN)
    it.state = State.OPEN
    record(verb, it, by=by, now=now)


@transaction.atomic
def pause(it: Running, *, by: Staff | None, now: datetime) -> None:
    """It stands still until somebody lets it go on."""
    if type(it).objects.filter(pk=it.pk, state=State.OPEN).update(state=State.PAUSED):
        record("pause", it, by=by, now=now)


@transaction.atomic
def end(it: Running, *, by: Staff | None, now: datetime) -> None:
    """Over for good."""
    running = type(it).objects.filter(pk=it.pk).exclude(state=State.ENDED)
    if running.update(state=State.ENDED, ended_at=now):
        record("end", it, by=by, now=now)


def refuse_more(program: Program, kind: type[Running]) -> None:
    if kind.objects.filter(program=program).exclude(state=State.ENDED).count() >= MOST:
        raise TooMany(_("There are %(most)s of these already. End some first.") % {"most": MOST})


def record(
    verb: str,
    it: Running,
    *,
    by: Staff | None,
    now: datetime,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    """Into the trail, and the program's version grows: what is kept compiled is made anew."""
    bump(it.program)
    noun = it._meta.model_name
    trail.record(
        f"{noun}.{verb}", f"{noun}:{it.public_id}", program=it.program, now=now, by=by,
        before=before, after=after,
    )  # fmt: skip
