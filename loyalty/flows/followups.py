"""Making and changing follow-up offers, and counting at night what is bought along with what."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.followups import along
from campaigns.followups.models import Followed, FollowUp
from campaigns.followups.reading import clean_followup, followup_data
from loyalty.days import local_date
from loyalty.earning.parts import BadRule
from loyalty.flows import running
from loyalty.flows.daily import Day
from loyalty.merchants.models import JobRun, Program, Staff
from loyalty.messaging import waking
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal
from loyalty.rewards.models import Reward

State = FollowUp.State
COUNT_ALONG = "count_along"


class FollowUpRefused(Refusal):
    """What was told is no follow-up; ``problems`` in its facts name each wrong field."""

    code = "bad_followup"


@transaction.atomic
def save(
    program: Program,
    followup: FollowUp | None,
    *,
    by: Staff | None,
    now: datetime,
    public_id: str = "",
    **told: Any,
) -> FollowUp:
    """Make a draft, or change a follow-up, from data as ``followup_data`` writes it.

    ``public_id`` makes a new one once: a second click finds the first one's.
    """
    known = followup.public_id if followup else public_id
    locked = FollowUp.objects.select_for_update(no_key=True, of=("self",))
    named = locked.filter(program=program, public_id=known)
    found = named.select_related("program", "reward").first()
    before = followup_data(found) if found else {}
    if found and found.stage(now) == "ended":
        raise running.Over
    fields = _clean(program, {**before, **told})
    if found is None:
        running.refuse_more(program, FollowUp)
        found = FollowUp(program=program, public_id=public_id or new_public_id(), created_at=now)
    elif found.state != State.DRAFT:
        _refuse_breach(found, fields, now)
    for name, value in fields.items():
        setattr(found, name, value)
    after = followup_data(found)
    if after != before:
        found.save()
        verb = "change" if before else "make"
        running.record(verb, found, by=by, now=now, before=before, after=after)
    return found


@transaction.atomic
def open_up(followup: FollowUp, *, by: Staff | None, now: datetime) -> None:
    """Let it run. What is bought along is counted now, if no night has done it yet."""
    running.open_up(followup, by=by, now=now)
    program = followup.program
    if followup.on == FollowUp.On.ALONG and not program.companion_set.exists():
        JobRun.objects.update_or_create(
            job=COUNT_ALONG, program=program, period=local_date(now, program.time_zone),
            defaults={
                "due_at": now, "reached": 0, "finished_at": None, "lease": "",
                "leased_until": None, "attempts": 0, "error": "",
            },
        )  # fmt: skip
        transaction.on_commit(partial(waking.wake, waking.JOBS))


def count_along(day: Day) -> Iterator[int]:
    """Each night, where some follow-up asks for it."""
    opened = FollowUp.objects.open().filter(program=day.program, on=FollowUp.On.ALONG)
    if opened.exists():
        yield along.count(day.program.pk, on=day.on)


def _clean(program: Program, told: dict[str, Any]) -> dict[str, Any]:
    problems: dict[str, str] = {}
    fields: dict[str, Any] = {}
    try:
        fields = clean_followup(told)
    except BadRule as bad:
        problems = bad.problems
    reward = _reward(program, told.get("reward"))
    if reward is None:
        problems["reward"] = _("Choose one of your rewards that is not archived.")
    if problems:
        raise FollowUpRefused(" ".join(dict.fromkeys(problems.values())), problems=problems)
    return fields | {"reward": reward}


def _reward(program: Program, told: Any) -> Reward | None:
    if not isinstance(told, str) or "\0" in told:
        return None
    return program.rewards.kept().filter(public_id=told).first()


def _refuse_breach(it: FollowUp, fields: dict[str, Any], now: datetime) -> None:
    problems: dict[str, str] = {}
    given = Followed.objects.filter(followup=it).exists()
    for name in ("of", "count", "every"):
        if given and fields[name] != getattr(it, name):
            problems[name] = _("Members were given offers by this count. End it, and make another "
                               "one.")  # fmt: skip
    if now >= it.starts_at and fields["starts_at"] != it.starts_at:
        problems["starts_at"] = _("It has begun already.")
    if fields["ends_at"] is not None and fields["ends_at"] <= now:
        problems["ends_at"] = _("That has passed. End it instead.")
    if problems:
        raise FollowUpRefused(" ".join(dict.fromkeys(problems.values())), problems=problems)
