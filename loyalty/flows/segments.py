"""Making segments, freezing them, lists that are uploaded, and codes that members join by."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.models import Campaign
from loyalty.earning.models import EarningRule
from loyalty.earning.parts import BadRule
from loyalty.earning.rule_forms import clean_name
from loyalty.flows import spending
from loyalty.flows.settings import bump, one_at_a_time
from loyalty.localized import Localized
from loyalty.merchants import trail
from loyalty.merchants.models import ApiKey, Program, Staff
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal
from members import segments
from members.models import Member, Segment, SegmentMember

Kind = Segment.Kind
By = Staff | ApiKey | None
MOST_SEGMENTS = 200
CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{2,39}", re.ASCII)


class SegmentRefused(Refusal):
    """What was told is no segment; ``problems`` in its facts name each wrong field."""

    code = "bad_segment"


class TooManySegments(Refusal):
    code = "too_many_segments"


class SegmentInUse(Refusal):
    code = "segment_in_use"


class CodeUnknown(Refusal):
    code = "code_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What became of an uploaded list."""

    added: int
    unknown: Sequence[str] = field(default_factory=list)  # Lines that name nobody, or several.


@transaction.atomic
def save(
    program: Program,
    segment: Segment | None,
    *,
    by: By,
    now: datetime,
    public_id: str = "",
    **told: Any,
) -> Segment:
    """Make a segment, or change what is told of it: ``name``, ``kind``, ``conditions``, ``code``.

    ``public_id`` makes a new one once: a second click finds the first one's.
    """
    one_at_a_time(program)
    known = segment.public_id if segment else public_id
    segment = program.segments.select_for_update(no_key=True).filter(public_id=known).first()
    before = facts(segment) if segment else {}
    if segment is None and program.segments.kept().count() >= MOST_SEGMENTS:
        raise TooManySegments(
            _("A program has at most %(most)s segments. Archive some first.")
            % {"most": MOST_SEGMENTS}
        )
    cleaned = _clean(program, segment, before | told)
    if segment is None:
        segment = Segment(program=program, public_id=public_id or new_public_id(), created_at=now)
    for name, value in cleaned.items():
        setattr(segment, name, value)
    if facts(segment) == before:
        return segment
    segment.save()
    _tell("segment.change" if before else "segment.make", segment, by=by, now=now,
          before=before, after=facts(segment))  # fmt: skip
    return segment


@transaction.atomic
def freeze(segment: Segment, *, name: Any, by: By, now: datetime, public_id: str = "") -> Segment:
    """Keep who is in a segment now as a list of its own, whatever they do from then on."""
    program = segment.program
    if public_id and (made := program.segments.filter(public_id=public_id).first()):
        return made
    frozen = save(program, None, by=by, now=now, public_id=public_id, name=name, kind=Kind.LIST)
    segments.freeze_into(frozen, segment, at=now)
    Segment.objects.filter(pk=frozen.pk).update(listed_at=now)
    return frozen


@transaction.atomic
def put_on_list(segment: Segment, lines: Iterable[str], *, by: By, now: datetime) -> Listed:
    """Add to a list whom lines name, by card, e-mail, phone or the merchant's own number."""
    if segment.kind == Kind.LIVE:
        raise SegmentRefused(_("Who is in this segment follows from its conditions."))
    wanted = list(dict.fromkeys(line for it in lines if (line := it.replace("\0", "").strip())))
    if len(wanted) > segments.MOST_LISTED:
        raise SegmentRefused(
            _("A list has at most %(most)s lines. Split it.") % {"most": segments.MOST_LISTED}
        )
    found, unknown = segments.named(segment.program, wanted)
    before = SegmentMember.objects.filter(segment=segment).count()
    segments.put_on(segment, sorted(found), at=now)
    added = SegmentMember.objects.filter(segment=segment).count() - before
    Segment.objects.filter(pk=segment.pk).update(listed_at=now)
    if added:
        _record("segment.list", segment, by=by, now=now, after={"added": added})
    return Listed(added=added, unknown=unknown)


@transaction.atomic
def take_off(segment: Segment, member: Member, *, by: By, now: datetime) -> None:
    if SegmentMember.objects.filter(segment=segment, member=member).delete()[0]:
        _record("segment.take_off", segment, by=by, now=now, after={"member": member.public_id})


@transaction.atomic
def join(program: Program, member: Member, code: str, *, now: datetime, by: By = None) -> Segment:
    """A member enters a code, and is of its segment from now on. Twice is once."""
    spending.check_active(member.account_id)
    wanted = tidy_code(code)
    found = None
    if CODE.fullmatch(wanted):
        found = program.segments.kept().filter(kind=Kind.CODE, code=wanted).first()
    if found is None:
        raise CodeUnknown(_("There is no such code. Look for a mistyped letter."), field="code")
    segments.put_on(found, [member.pk], at=now)
    return found


@transaction.atomic
def archive(segment: Segment, *, by: By, now: datetime) -> None:
    """Put a segment away: nobody is in it from then on."""
    if user := used_by(segment, now=now):
        raise SegmentInUse(
            _("“%(name)s” is for this segment. Change or archive that first.") % {"name": user}
        )
    if Segment.objects.filter(pk=segment.pk, archived_at=None).update(archived_at=now):
        _tell("segment.archive", segment, by=by, now=now)


@transaction.atomic
def restore(segment: Segment, *, by: By, now: datetime) -> None:
    taken = segment.program.segments.kept().filter(code=segment.code).exclude(code="")
    if taken.exclude(pk=segment.pk).exists():
        raise SegmentRefused(_("Another segment has this code now. Change that one first."))
    archived = Segment.objects.filter(pk=segment.pk, archived_at__isnull=False)
    if archived.update(archived_at=None):
        _tell("segment.restore", segment, by=by, now=now)


def used_by(segment: Segment, *, now: datetime) -> EarningRule | Campaign | None:
    """The first rule or campaign that asks for a segment and has not ended."""
    program = segment.program
    for rule in program.earning_rules.kept():
        if _names(rule.conditions, segment):
            return rule
    for campaign in program.campaigns.kept().filter(ends_at__gt=now):
        if _names(campaign.conditions, segment):
            return campaign
    return None


def facts(segment: Segment) -> dict[str, Any]:
    return {
        "name": dict(segment.name), "kind": str(segment.kind), "conditions": segment.conditions,
        "code": segment.code,
    }  # fmt: skip


def tidy_code(code: str) -> str:
    return "".join(code.split()).upper()[:41]


def _names(conditions: Any, segment: Segment) -> bool:
    return any(
        isinstance(it, dict)
        and it.get("kind") == "segment"
        and segment.public_id in (it.get("segments") or ())
        for it in conditions
    )


def _clean(program: Program, segment: Segment | None, told: dict[str, Any]) -> dict[str, Any]:
    problems: dict[str, str] = {}
    cleaned: dict[str, Any] = {"name": Localized({}), "conditions": [], "code": ""}
    try:
        cleaned["name"] = clean_name(told.get("name"))
    except BadRule as bad:
        problems |= {"name": str(bad)}
    kind = cleaned["kind"] = told.get("kind") or Kind.LIVE
    if kind not in Kind.values:
        words = {"words": ", ".join(Kind.values)}
        problems["kind"] = _("Give one of these words: %(words)s.") % words
    elif segment is not None and kind != segment.kind:
        problems["kind"] = _("What a segment is made of stays. Make another one.")
    elif kind == Kind.LIVE:
        try:
            found = segments.clean_conditions(told.get("conditions"))
            cleaned["conditions"] = [it.to_json() for it in found]
        except BadRule as bad:
            problems |= bad.problems
    elif kind == Kind.CODE:
        cleaned["code"] = code = tidy_code(str(told.get("code") or ""))
        others = program.segments.kept().exclude(pk=segment.pk if segment else 0)
        if not CODE.fullmatch(code):
            problems["code"] = _("A code has 3 to 40 letters from A to Z, digits, - and _.")
        elif others.filter(code=code).exists():
            problems["code"] = _("Another segment has this code already.")
    if problems:
        raise SegmentRefused(" ".join(dict.fromkeys(problems.values())), problems=problems)
    return cleaned


def _tell(action: str, segment: Segment, *, by: By, now: datetime, **changes: Any) -> None:
    bump(segment.program)
    _record(action, segment, by=by, now=now, **changes)


def _record(action: str, segment: Segment, *, by: By, now: datetime, **changes: Any) -> None:
    subject = f"segment:{segment.public_id}"
    trail.record(action, subject, program=segment.program, now=now, by=by, **changes)
