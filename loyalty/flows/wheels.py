"""Making and changing a wheel. Once it is open, its odds and prizes stay as they were published."""

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.wheel.drawing import seal_of
from campaigns.wheel.models import Segment, Wheel
from campaigns.wheel.reading import clean_wheel, wheel_data
from loyalty import sealing
from loyalty.earning.parts import BadRule
from loyalty.flows import prizes, running
from loyalty.flows.spinning import PURPOSE
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program, Staff
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal

State = Wheel.State
PUBLISHED = ("name", "share", "prize", "is_consolation")  # Of a segment.


class WheelRefused(Refusal):
    """What was told is no wheel; ``problems`` in its facts name each wrong field."""

    code = "bad_wheel"


@transaction.atomic
def save(
    program: Program,
    wheel: Wheel | None,
    *,
    by: Staff | None,
    now: datetime,
    public_id: str = "",
    **told: Any,
) -> Wheel:
    """Make a draft, or change a wheel, from data as ``wheel_data`` writes it.

    ``public_id`` makes a new one once: a second click finds the first one's.
    """
    known = wheel.public_id if wheel else public_id
    locked = Wheel.objects.select_for_update(no_key=True, of=("self",))
    found = locked.filter(program=program, public_id=known).select_related("program").first()
    before = wheel_data(found) if found else {}
    if found and found.stage(now) == "ended":
        raise running.Over
    fields = _clean(program, {**before, **told}, before, now)
    segments = fields.pop("segments")
    if found is None:
        running.refuse_more(program, Wheel)
        secret = secrets.token_bytes(32)
        found = Wheel(
            program=program, public_id=public_id or new_public_id(), created_at=now,
            secret_sealed=sealing.seal(secret.hex(), PURPOSE), secret_seal=seal_of(secret),
        )  # fmt: skip
    elif found.state != State.DRAFT:
        _refuse_breach(found, fields, segments, now)
    for name, value in fields.items():
        setattr(found, name, value)
    found.save(update_fields=[*fields] if before else None)
    _keep_segments(found, segments)
    after = wheel_data(found)
    if after != before:
        verb = "change" if before else "make"
        running.record(verb, found, by=by, now=now, before=_told(before), after=_told(after))
    return found


def _told(data: dict[str, Any]) -> dict[str, Any]:
    """As the trail keeps it: without numbers of ours."""
    return data and data | {
        "segments": [
            one | {"prize": one["prize"] and prizes.written(one["prize"])}
            for one in data["segments"]
        ]
    }


def _clean(
    program: Program, told: dict[str, Any], before: dict[str, Any], now: datetime
) -> dict[str, Any]:
    problems: dict[str, str] = {}
    fields: dict[str, Any] = {}
    try:
        fields = clean_wheel(told)
    except BadRule as bad:
        problems = bad.problems
    wallet = _wallet(program, fields.get("wallet"), problems)
    held = [it["prize"] for it in before.get("segments", ())]
    for place, segment in enumerate(fields.get("segments") or ()):
        if segment["prize"] is None or segment["prize"] in held:
            continue
        try:
            segment["prize"] = prizes.clean(program, segment["prize"], at=now)
        except prizes.PrizeRefused as refused:
            facts = refused.facts["problems"].items()
            problems |= {f"segments.{place}.prize.{name}": why for name, why in facts}
    if problems:
        raise WheelRefused(" ".join(dict.fromkeys(problems.values())), problems=problems)
    return fields | {"wallet": wallet}


def _wallet(program: Program, code: Any, problems: dict[str, str]) -> Wallet | None:
    if code is None:
        return None
    found = program.wallets.filter(code=code).first() if isinstance(code, str) else None
    if found is None or not found.is_spendable:
        problems["wallet"] = _("Choose one of your wallets that can be spent.")
    return found


def _refuse_breach(
    it: Wheel, fields: dict[str, Any], segments: list[dict[str, Any]], now: datetime
) -> None:
    """What was published stays: the odds, the prizes, the price. Stock can only be added to."""
    problems: dict[str, str] = {}
    published = wheel_data(it)["segments"]
    same = [{name: one[name] for name in PUBLISHED} for one in published]
    if same != [{name: one[name] for name in PUBLISHED} for one in segments]:
        problems["segments"] = _("Its odds and prizes are published. End it, and make another one.")
    for was, will in zip(published, segments, strict=False):
        if was["stock"] is not None and (will["stock"] is None or will["stock"] >= was["stock"]):
            continue
        if was["stock"] != will["stock"]:
            problems.setdefault("segments", _("Stock can be added, and not taken away."))
    for name in ("wallet", "price"):
        if fields[name] != getattr(it, name):
            problems[name] = _("What a spin costs is published. End it, and make another one.")
    if now >= it.starts_at and fields["starts_at"] != it.starts_at:
        problems["starts_at"] = _("It has begun already.")
    if fields["ends_at"] is not None and fields["ends_at"] <= now:
        problems["ends_at"] = _("That has passed. End it instead.")
    if problems:
        raise WheelRefused(" ".join(dict.fromkeys(problems.values())), problems=problems)


def _keep_segments(wheel: Wheel, segments: list[dict[str, Any]]) -> None:
    if wheel.state == State.DRAFT:
        wheel.segments.all().delete()
        Segment.objects.bulk_create(
            Segment(wheel=wheel, position=place, **one) for place, one in enumerate(segments)
        )
        return
    for place, one in enumerate(segments):  # How many were given is counted meanwhile.
        wheel.segments.filter(position=place).update(stock=one["stock"])
