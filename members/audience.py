"""Whom segments and badges mean: as SQL over all members, and of some of them all at once.

Segments are compiled once a program version. What is asked about a batch of members, whatever it
is, is one statement.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

from loyalty import bulk
from loyalty.days import local_date
from loyalty.earning.parts import BadRule
from loyalty.kept import Kept
from loyalty.merchants.models import Program
from members.models import Segment
from members.segment_conditions import Fragment, SegmentCondition, condition_from_json

log = logging.getLogger(__name__)

Moment = tuple[int, datetime]  # An account, and when.
_ASKED = {"place": "integer", "account_id": "bigint", "at": "timestamptz", "today": "date"}
_LISTED = """EXISTS (SELECT 1 FROM members_segmentmember listed
    WHERE listed.segment_id = %s AND listed.member_id = member.id)"""
_BADGE = """EXISTS (SELECT 1 FROM members_badgeheld held
    JOIN members_badge badge ON badge.id = held.badge_id
    WHERE held.member_id = member.id AND held.taken_at IS NULL AND held.given_at < v.at
    AND badge.program_id = member.program_id AND badge.public_id = %s)"""
_OWN_DAY = """EXISTS (SELECT 1 FROM members_chosenday chosen
    WHERE chosen.member_id = member.id AND chosen."on" = v.today AND chosen.source = %s
    AND chosen.chosen_at < v.at)"""
_NOBODY = Fragment("(1 = 0)")


def facts(
    program: Program, wanted: Collection[str], moments: Collection[Moment]
) -> dict[Moment, frozenset[str]]:
    """What holds of some members at some moments, of what is ``wanted``: {"segment:8f3…"}."""
    return facts_of(program.pk, program.version, ZoneInfo(program.time_zone), wanted, moments)


def facts_of(
    program_id: int,
    version: int,
    zone: ZoneInfo,
    wanted: Collection[str],
    moments: Collection[Moment],
) -> dict[Moment, frozenset[str]]:
    if not wanted or not moments:
        return {}
    segments = _kept.get(program_id, version)
    asked = sorted(wanted)
    fragments = [_of_fact(fact, segments) for fact in asked]
    places = sorted(set(moments))
    rows = [
        (place, account_id, at, at.astimezone(zone).date())
        for place, (account_id, at) in enumerate(places)
    ]
    found = bulk.fetch(
        f"SELECT v.place, {', '.join(it.sql for it in fragments)} FROM {{rows}} "
        "JOIN members_member member ON member.account_id = v.account_id",
        _ASKED, rows, before=[param for it in fragments for param in it.params],
    )  # fmt: skip
    return {
        places[place]: frozenset(fact for fact, holds in zip(asked, answers, strict=True) if holds)
        for place, *answers in found
    }


def filter_for(program: Program, fragment: Fragment, *, at: datetime) -> Q:
    """The members of whom something holds, as a filter of their rows."""
    if connection.vendor == "postgresql":
        moment = "(SELECT CAST(%s AS timestamptz) AS at, CAST(%s AS date) AS today) v"
    else:
        moment = "(SELECT %s AS at, %s AS today) v"
    sql = (
        f"SELECT member.id FROM members_member member CROSS JOIN {moment} "
        f"WHERE member.program_id = %s AND member.state = 'active' AND {fragment.sql}"
    )
    today = local_date(at, program.time_zone)
    told: Sequence[object] = (
        [at, today] if connection.vendor == "postgresql" else [bulk.plain(at), bulk.plain(today)]
    )
    return Q(pk__in=RawSQL(sql, [*told, program.pk, *fragment.params]))  # noqa: S611 - our own SQL


def fragment_of(segment: Segment) -> Fragment:
    """Whether a member is in a segment. One that cannot be read holds nobody."""
    if segment.kind != Segment.Kind.LIVE:
        return Fragment(_LISTED, [segment.pk])
    try:
        return fragment_for([condition_from_json(data) for data in segment.conditions])
    except BadRule as bad:
        log.error("Segment %s holds nobody: %s", segment.public_id, bad)
        return _NOBODY


def fragment_for(conditions: Sequence[SegmentCondition]) -> Fragment:
    """All of some conditions; without any it is everybody."""
    parts = [condition.sql() for condition in conditions]
    if not parts:
        return Fragment("(1 = 1)")
    return Fragment(
        f"({' AND '.join(it.sql for it in parts)})", [param for it in parts for param in it.params]
    )


def _of_fact(fact: str, segments: Mapping[str, Fragment]) -> Fragment:
    word, _colon, public_id = fact.partition(":")
    if word == "badge":
        return Fragment(_BADGE, [public_id])
    if word == "day":
        return Fragment(_OWN_DAY, [public_id])
    return segments.get(public_id, _NOBODY)


def _load(program_id: int) -> tuple[int, Mapping[str, Fragment]]:
    version = Program.objects.values_list("version", flat=True).get(pk=program_id)
    segments = Segment.objects.kept().filter(program=program_id)
    return version, {it.public_id: fragment_of(it) for it in segments}


_kept = Kept(_load)
