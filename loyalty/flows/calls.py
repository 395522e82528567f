"""How a merchant calls for contributions and reviews: what is asked, and what approval gives."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import questions
from campaigns.contributions.models import Call
from campaigns.questions import CHOICE, CHOICES, LINK, LONG, SCALE, TEXT
from loyalty.flows.drafting import take_numbers, take_prizes, take_words
from loyalty.flows.settings import one_at_a_time
from loyalty.merchants import trail
from loyalty.merchants.models import Program, Staff
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal

KINDS = (TEXT, LONG, LINK, CHOICE, CHOICES, SCALE)
MOST_CALLS = 200
TEXTS = {"name": 120, "about": 2000}
BOUNDS = {"least_pictures": (0, 5), "most_pictures": (0, 5), "from_rank": (0, 1000),
          "keep_days": (1, 3650)}  # fmt: skip
FLAGS = {"is_repeatable", "only_bought"}
PRIZES = ("prizes", "picture_prizes")
MOMENTS = ("opens_at", "closes_at")
EDITABLE = {"kind", "questions", "badge", *TEXTS, *BOUNDS, *FLAGS, *PRIZES, *MOMENTS}


class CallRefused(Refusal):
    """What was told is no call; ``problems`` in its facts name each wrong field."""

    code = "bad_call"


@transaction.atomic
def save(
    program: Program,
    call: Call | None,
    *,
    by: Staff | None,
    now: datetime,
    public_id: str = "",
    **fields: Any,
) -> Call:
    """Write a call, or change the fields that are named. What was approved stays as it was.

    ``public_id`` makes a new one once: a second click finds the first one's.
    """
    if unknown := fields.keys() - EDITABLE:
        raise TypeError(f"A call has no {', '.join(sorted(unknown))}.")
    one_at_a_time(program)
    known = call.public_id if call else public_id
    call = program.calls.select_for_update(no_key=True).filter(public_id=known).first()
    before = facts(call) if call else {}
    if call is None:
        if program.calls.kept().count() >= MOST_CALLS:
            raise CallRefused(
                _("A program has at most %(most)s calls. Archive some first.")
                % {"most": MOST_CALLS}, problems={},
            )  # fmt: skip
        call = Call(program=program, public_id=public_id or new_public_id(), created_at=now)
    _take(call, fields, now=now)
    after = facts(call)
    if after == before:
        return call
    call.save()
    _tell("call.change" if before else "call.make", call, by=by, now=now,
          before=before, after=after)  # fmt: skip
    return call


@transaction.atomic
def switch(call: Call, *, is_open: bool, by: Staff | None, now: datetime) -> None:
    """Take contributions, or take none for now. What waits can be decided either way."""
    if Call.objects.filter(pk=call.pk, is_open=not is_open).update(is_open=is_open):
        _tell("call.open" if is_open else "call.close", call, by=by, now=now)


@transaction.atomic
def archive(call: Call, *, by: Staff | None, now: datetime) -> None:
    """Put a call away. What members handed in is kept, and what waits can still be decided."""
    if Call.objects.filter(pk=call.pk, archived_at=None).update(archived_at=now):
        _tell("call.archive", call, by=by, now=now)


@transaction.atomic
def restore(call: Call, *, by: Staff | None, now: datetime) -> None:
    if Call.objects.filter(pk=call.pk, archived_at__isnull=False).update(archived_at=None):
        _tell("call.restore", call, by=by, now=now)


def facts(call: Call) -> dict[str, Any]:
    same = ("kind", "questions", *BOUNDS, *FLAGS, *PRIZES)
    moments = {name: getattr(call, name) for name in MOMENTS}
    return {
        **{name: getattr(call, name) for name in same},
        "badge": call.badge_id,
        "name": dict(call.name),
        "about": dict(call.about),
        **{name: at.isoformat() if at else None for name, at in moments.items()},
    }


def _take(call: Call, fields: dict[str, Any], *, now: datetime) -> None:
    """Put what was told into the call, or say of each field what is wrong with it."""
    problems = take_words(call, fields, TEXTS) | _take_kind(call, fields)
    if "questions" in fields:
        try:
            call.questions = [it.to_json() for it in questions.read(fields["questions"], KINDS)]
        except Refusal as refusal:
            problems["questions"] = str(refusal)
    problems |= take_numbers(call, fields, BOUNDS, empty=set())
    for name in FLAGS & fields.keys():
        setattr(call, name, fields[name] is True)
    problems |= take_prizes(call, fields, PRIZES, now=now)
    for name in {*MOMENTS, "badge"} & fields.keys():
        setattr(call, name, fields[name])
    problems |= {} if problems else _clashes(call)
    if problems:
        raise CallRefused(" ".join(dict.fromkeys(problems.values())), problems=problems)


def _clashes(call: Call) -> dict[str, str]:
    """What is right by itself, and not together."""
    problems = {}
    if call.most_pictures < call.least_pictures:
        problems["most_pictures"] = _("This is fewer than must be sent.")
    if call.badge is not None and call.badge.program_id != call.program_id:
        problems["badge"] = _("Choose one of your badges.")
    if call.opens_at and call.closes_at and call.closes_at <= call.opens_at:
        problems["closes_at"] = _("This is before it opens.")
    return problems


def _take_kind(call: Call, fields: dict[str, Any]) -> dict[str, str]:
    kind = fields.get("kind", call.kind)
    if kind not in Call.Kind.values:
        return {"kind": _("Choose what members hand in.")}
    if call.pk and kind != call.kind and call.contributions.exists():
        return {"kind": _("Members have handed in something already, so this stays as it is.")}
    call.kind = kind
    return {}


def _tell(action: str, call: Call, *, by: Staff | None, now: datetime, **changes: Any) -> None:
    trail.record(action, f"call:{call.public_id}", program=call.program, now=now, by=by, **changes)
