"""Who should have another tier than they have: found for all members of a program in one pass."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from django.db import connection, transaction

from loyalty.merchants.models import Program
from members.ladder import BEGINNING, FOREVER, Ladder, Window, kept_until, live_windows
from members.models import TierStatus
from members.people import worth_of

_CANDIDATES = """
SELECT it.account_id FROM ({counted}) it
LEFT JOIN members_tierstatus status ON status.account_id = it.account_id
WHERE {differs}
"""
_COUNTED = """
SELECT day.account_id, {figures} FROM members_qualifyingday day
WHERE day."on" >= {start} AND day."on" < {end} {ours} GROUP BY day.account_id
"""
_OURS = "AND day.account_id IN (SELECT account_id FROM members_member WHERE program_id = {program})"
_COUNTED_BY_MEMBER = """
SELECT member.account_id, {figures}
FROM (
    SELECT account_id, enrolled_on, {year} AS year
    FROM members_member WHERE program_id = {program}
) member
LEFT JOIN members_qualifyingday day ON day.account_id = member.account_id
    AND day."on" >= {start} AND day."on" < {end} AND day."on" >= member.enrolled_on
GROUP BY member.account_id, member.enrolled_on, member.year
"""


class Span(NamedTuple):
    """A live window in SQL, and until when it holds a tier: NULL where only its days can tell."""

    start: str
    end: str
    until: str = "NULL"


def candidates(ladder: Ladder, today: date) -> list[int]:
    """The accounts whose tier may differ from what their days support, or has no day of review."""
    if not ladder.rungs:
        return []
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A million sums at once: sorted on disk they would take many times longer.
            cursor.execute("SET LOCAL work_mem = '256MB'")
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SET LOCAL jit = off")  # It takes longer than it saves.
        cursor.execute(candidates_sql(ladder, today))
        found = {account_id for (account_id,) in cursor.fetchall()}
    return sorted(found | _without_review(ladder))


def _without_review(ladder: Ladder) -> set[int]:
    if ladder.is_for_ever:
        return set()
    tiers = [rung.id for rung in ladder.rungs[1:]]
    held = TierStatus.objects.filter(tier__in=tiers, review_on=None)
    return set(held.values_list("account_id", flat=True))


def candidates_sql(ladder: Ladder, today: date) -> str:
    spans = _spans(ladder, today)
    if ladder.window in (Window.MEMBERSHIP_YEAR, Window.SINCE_JOINING):
        counted = _COUNTED_BY_MEMBER.replace("{year}", _membership_year(today))
    else:
        others = Program.objects.exclude(pk=ladder.program_id).exists()
        counted = _COUNTED.replace("{ours}", _OURS if others else "")
    counted = counted.replace("{start}", spans[-1].start).replace("{end}", spans[0].end)
    counted = counted.replace("{figures}", _figures(ladder, spans))
    sql = _CANDIDATES.replace("{counted}", counted).replace("{differs}", _differs(ladder, spans))
    return sql.replace("{program}", str(ladder.program_id))


def _spans(ladder: Ladder, today: date) -> list[Span]:
    if ladder.window == Window.SINCE_JOINING:
        return [Span("member.enrolled_on", _day(FOREVER))]
    if ladder.window == Window.MEMBERSHIP_YEAR:
        return [
            Span(*(_anniversary(f"member.year - {back - more}") for more in _bounds(ladder)))
            for back in range(ladder.kept_years + 1)
        ]
    windows = live_windows(ladder, today, BEGINNING)
    if ladder.is_for_ever or ladder.is_rolling:
        return [Span(_day(start), _day(end)) for start, end in windows]
    return [
        Span(_day(start), _day(end), _day(kept_until(ladder, start, start, start) or FOREVER))
        for start, end in windows
    ]


def _bounds(ladder: Ladder) -> tuple[int, int, int]:
    """Where a year of membership starts, ends, and no longer holds a tier: so many years on."""
    return 0, 1, 1 + ladder.kept_years


def _figures(ladder: Ladder, spans: Sequence[Span]) -> str:
    """A sum for each window. They follow each other, and no day before or after them is read."""
    add = "taem_sum" if connection.vendor == "postgresql" else "SUM"
    figures = []
    for place, span in enumerate(spans):
        bounds = [f'day."on" >= {span.start}'] if place < len(spans) - 1 else []
        bounds += [f'day."on" < {span.end}'] if place else []
        within = f" FILTER (WHERE {' AND '.join(bounds)})" if bounds else ""
        figures.append(f"{add}({worth_of(ladder)}){within} AS measured_{place}")
        figures.append(f"{span.until} AS until_{place}")
    return ", ".join(figures)


def _differs(ladder: Ladder, spans: Sequence[Span]) -> str:
    """Who rises, who keeps a tier for longer, and who can no longer keep one for good."""
    rungs = ladder.rungs[1:]
    above = {rung.id: ladder.above(rung) for rung in ladder.rungs}
    next_up = {tier_id: it.threshold if it else None for tier_id, it in above.items()}
    here = _by_tier({rung.id: rung.threshold for rung in rungs}, None)
    higher = _by_tier({rung.id: next_up[rung.id] for rung in rungs}, next_up[ladder.rungs[0].id])
    tests = [f"it.measured_{place} >= {higher}" for place in range(len(spans))]
    if ladder.is_for_ever:
        tests.append(f"(it.measured_0 >= {here} AND status.review_on IS NOT NULL)")
        tests.append(f"(COALESCE(it.measured_0, 0) < {here} AND status.review_on IS NULL)")
    elif not ladder.is_rolling:
        tests += [
            f"(it.measured_{place} >= {here} AND status.review_on < it.until_{place})"
            for place in range(len(spans))
        ]
    return " OR ".join(tests)


def _by_tier(figures: dict[int, int | None], otherwise: int | None) -> str:
    """SQL for a figure of the tier that somebody has. Without a row it is the base tier."""
    if not figures:
        return _number(otherwise)
    cases = " ".join(f"WHEN {tier_id} THEN {_number(it)}" for tier_id, it in figures.items())
    return f"CASE status.tier_id {cases} ELSE {_number(otherwise)} END"


def _number(figure: int | None) -> str:
    return "NULL" if figure is None else str(figure)


def _membership_year(today: date) -> str:
    """SQL for ``ladder.membership_year`` of a member on a day."""
    this_year = _anniversary(str(today.year), "")
    return f"CASE WHEN {this_year} <= {_day(today)} THEN {today.year} ELSE {today.year - 1} END"


def _anniversary(year: str, of: str = "member.") -> str:
    """SQL for ``days.anniversary``: who joined on 29 February keeps 28 February."""
    joined = f"{of}enrolled_on"
    if connection.vendor == "postgresql":
        years = f"({year}) - EXTRACT(year FROM {joined})::int"
        return f"({joined} + make_interval(years => {years}))::date"
    years = f"(({year}) - strftime('%Y', {joined})) || ' years'"
    same_day = f"date({joined}, {years})"
    end_of_month = f"date({joined}, 'start of month', {years}, '+1 month', '-1 day')"
    return f"min({same_day}, {end_of_month})"


def _day(day: date) -> str:
    literal = f"'{day.isoformat()}'"
    return f"DATE {literal}" if connection.vendor == "postgresql" else literal
