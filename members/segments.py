"""Reading and telling a segment, who is in it, and writing lists down."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db.models import Q
from django.utils.translation import gettext as _

from loyalty.earning.parts import BadRule
from loyalty.earning.terms import Terms
from loyalty.merchants.models import Program
from members import audience
from members.models import ChosenDay, Member, Segment, SegmentMember
from members.searching import phone_beginnings
from members.segment_conditions import SegmentCondition, condition_from_json

MOST_CONDITIONS = 12
MOST_LISTED = 100_000
BITE = 500
T = TypeVar("T")


def clean_conditions(data: Any) -> list[SegmentCondition]:
    """The conditions of a live segment. Raises BadRule, whose problems name every wrong field."""
    if not isinstance(data, list) or not 0 < len(data) <= MOST_CONDITIONS:
        raise BadRule({"conditions": _("Give 1 to %(most)s conditions.") % {
            "most": MOST_CONDITIONS
        }})  # fmt: skip
    problems: dict[str, str] = {}
    found = []
    for place, told in enumerate(data):
        try:
            found.append(condition_from_json(told))
        except BadRule as bad:
            problems |= bad.under(f"conditions.{place}")
    if problems:
        raise BadRule(problems)
    return found


def sentences(segment: Segment, terms: Terms) -> list[str]:
    """Whom a segment means, a clause a condition: "who spent at least ฿500 …"."""
    if segment.kind == Segment.Kind.LIST:
        return [_("who are on the list")]
    if segment.kind == Segment.Kind.CODE:
        return [_("who entered the code %(code)s") % {"code": segment.code}]
    try:
        found = [condition_from_json(data) for data in segment.conditions]
    except BadRule as bad:
        return [_("This segment cannot be read and holds nobody. %(why)s") % {"why": bad}]
    return [it.sentence(terms) for it in found]


def members_of(segment: Segment, *, at: datetime) -> Q:
    """The active members of a segment, as a filter."""
    return audience.filter_for(segment.program, audience.fragment_of(segment), at=at)


def members_for(program: Program, conditions: Sequence[SegmentCondition], *, at: datetime) -> Q:
    """Whom conditions that are not saved yet would mean."""
    return audience.filter_for(program, audience.fragment_for(conditions), at=at)


def segments_of(member: Member, *, at: datetime) -> list[Segment]:
    """The segments that a member is in, in one question."""
    program = member.program
    kept = list(program.segments.kept())
    moment = (member.account_id, at)
    held = audience.facts(program, [f"segment:{it.public_id}" for it in kept], [moment])
    return [it for it in kept if f"segment:{it.public_id}" in held.get(moment, ())]


def names_in(program: Program) -> Mapping[str, Mapping[str, Any]]:
    """What sentences and builders call segments, badges and rewards, by public id."""
    return {
        "segments": {it.public_id: it.name for it in program.segments.kept()},
        "rewards": {it.public_id: it.name for it in program.rewards.kept()},
        "badges": {it.public_id: it.name for it in program.badges.kept()},
    }


def freeze_into(frozen: Segment, segment: Segment, *, at: datetime) -> int:
    """Write down on a list who is in a segment now; how many they are."""
    found = Member.objects.filter(members_of(segment, at=at), program=segment.program_id)
    return put_on(frozen, found.order_by("pk").values_list("pk", flat=True).iterator(), at=at)


def put_on(segment: Segment, members: Iterable[int], *, at: datetime) -> int:
    """Put members on a list; whoever is on it stays as they are. How many were named."""
    count = 0
    for bite in _bites(members):
        rows = [SegmentMember(segment=segment, member_id=pk, added_at=at) for pk in bite]
        SegmentMember.objects.bulk_create(rows, ignore_conflicts=True)
        count += len(rows)
    return count


def share(kept: Member, merged: Member, *, at: datetime) -> None:
    """Who becomes one is on the lists of either."""
    for segment in Segment.objects.filter(listed__member=merged):
        put_on(segment, [kept.pk], at=at)


def unshare(kept: Member, merged_at: datetime) -> None:
    kept.segments.filter(added_at=merged_at).delete()
    kept.chosen_days.filter(chosen_at=merged_at).delete()


def share_days(kept: Member, merged: Member, *, at: datetime) -> None:
    """Who becomes one has chosen what either chose."""
    days = merged.chosen_days.values_list("source", "on")
    rows = [ChosenDay(member=kept, source=source, on=on, chosen_at=at) for source, on in days]
    ChosenDay.objects.bulk_create(rows, ignore_conflicts=True)


def named(program: Program, lines: Sequence[str]) -> tuple[set[int], list[str]]:
    """The members that lines name (card, e-mail, phone or own number), and the lines that do not.

    A line that might mean two people means nobody.
    """
    found: set[int] = set()
    unknown: list[str] = []
    for bite in _bites(lines):
        by_word = _by_word(program, bite)
        for line in bite:
            people = {pk for word in _words(program, line) for pk in by_word.get(word, ())}
            if len(people) == 1:
                found |= people
            else:
                unknown.append(line)
    return found, unknown


_FIELDS = ("card_code", "email", "phone", "external_id")


def _words(program: Program, line: str) -> Iterator[tuple[str, str]]:
    yield "card_code", "".join(line.split()).replace("-", "").upper()[:16]
    yield "email", line.lower()
    yield "external_id", line
    for phone in phone_beginnings(line, program.currency):
        yield "phone", phone


def _by_word(program: Program, lines: Sequence[str]) -> Mapping[tuple[str, str], set[int]]:
    asked: dict[str, set[str]] = {field: set() for field in _FIELDS}
    for line in lines:
        for field, word in _words(program, line):
            asked[field].add(word)
    which = Q()
    for field, words in asked.items():
        which |= Q(**{f"{field}__in": words - {""}})
    by_word: dict[tuple[str, str], set[int]] = {}
    rows = Member.objects.filter(which, program=program)
    for pk, merged_into, *values in rows.values_list("pk", "merged_into", *_FIELDS):
        for field, value in zip(_FIELDS, values, strict=True):
            if value:
                by_word.setdefault((field, value), set()).add(merged_into or pk)
    return by_word


def _bites(things: Iterable[T]) -> Iterator[list[T]]:
    left = iter(things)
    while bite := list(islice(left, BITE)):
        yield bite
