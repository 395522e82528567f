"""Making and changing a challenge. What members have done for it stays counted."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.challenges.models import Challenge
from campaigns.challenges.reading import challenge_data, clean_challenge
from loyalty.earning.parts import BadRule
from loyalty.flows import prizes, running
from loyalty.merchants.models import Program, Staff
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal

State = Challenge.State


class ChallengeRefused(Refusal):
    """What was told is no challenge; ``problems`` in its facts name each wrong field."""

    code = "bad_challenge"


@transaction.atomic
def save(
    program: Program,
    challenge: Challenge | None,
    *,
    by: Staff | None,
    now: datetime,
    public_id: str = "",
    **told: Any,
) -> Challenge:
    """Make a draft, or change a challenge, from data as ``challenge_data`` writes it.

    ``public_id`` makes a new one once: a second click finds the first one's.
    """
    known = challenge.public_id if challenge else public_id
    locked = Challenge.objects.select_for_update(no_key=True, of=("self",))
    found = locked.filter(program=program, public_id=known).select_related("program").first()
    before = challenge_data(found) if found else {}
    if found and found.stage(now) == "ended":
        raise running.Over
    fields = _clean(program, {**before, **told}, before.get("prize"), now)
    if found is None:
        running.refuse_more(program, Challenge)
        found = Challenge(program=program, public_id=public_id or new_public_id(), created_at=now)
    elif found.state != State.DRAFT:
        _refuse_breach(found, fields, now)
    for name, value in fields.items():
        setattr(found, name, value)
    after = challenge_data(found)
    if after == before:
        return found
    # ``won`` is counted elsewhere at the same moment.
    found.save(update_fields=[*fields] if before else None)
    running.record(
        "change" if before else "make", found, by=by, now=now, before=_told(before),
        after=_told(after),
    )  # fmt: skip
    return found


def _told(data: dict[str, Any]) -> dict[str, Any]:
    """As the trail keeps it: without numbers of ours."""
    return data and data | {"prize": prizes.written(data["prize"])}


def _clean(program: Program, told: dict[str, Any], held: Any, now: datetime) -> dict[str, Any]:
    problems: dict[str, str] = {}
    fields: dict[str, Any] = {}
    try:
        fields = clean_challenge(told)
    except BadRule as bad:
        problems = bad.problems
    try:
        # A prize that has run out since stays as it was promised.
        prize = held if held and told["prize"] == held else prizes.clean(
            program, told.get("prize"), at=now
        )  # fmt: skip
    except prizes.PrizeRefused as refused:
        problems |= {f"prize.{name}": why for name, why in refused.facts["problems"].items()}
    if problems:
        raise ChallengeRefused(" ".join(dict.fromkeys(problems.values())), problems=problems)
    return fields | {"prize": prize}


def _refuse_breach(it: Challenge, fields: dict[str, Any], now: datetime) -> None:
    """What members have begun to do for stays: its tasks, its time, and a prize for each winner."""
    problems: dict[str, str] = {}
    for name in ("kind", "steps", "days", "weeks"):
        if fields[name] != getattr(it, name):
            problems[name] = _("Members may have begun. End it, and make another one.")
    if now >= it.starts_at and fields["starts_at"] != it.starts_at:
        problems["starts_at"] = _("It has begun already.")
    if fields["ends_at"] is not None and fields["ends_at"] <= now:
        problems["ends_at"] = _("That has passed. End it instead.")
    if fields["winners"] is not None and fields["winners"] < it.won:
        problems["winners"] = _("More than that have won already.")
    if problems:
        raise ChallengeRefused(" ".join(dict.fromkeys(problems.values())), problems=problems)
