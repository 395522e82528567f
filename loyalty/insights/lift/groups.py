"""The sums of both groups of a campaign, each in one statement over all members.

Everybody counts who was a member before its end, whether they bought or not, in the group that the
draw put them into: who is left out because they did nothing would make the campaign look better
than it is. Somebody's purchases are those of all memberships that became theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from campaigns import holdout
from campaigns.models import Campaign
from loyalty import bulk
from loyalty.days import local_date
from loyalty.earning.activity import PURCHASE
from loyalty.insights.lift.statistics import Group
from loyalty.ledger.worth import ALL, Worth
from loyalty.merchants.models import Program

# Of each member: spend, purchases, and the points that the campaign gave them for those.
_MEMBERS = """
SELECT it.account_id, {place} < {limit} AS held, COALESCE(SUM(sold.spend), 0) AS spend,
    COALESCE(SUM(sold.purchases), 0) AS purchases, COALESCE(SUM(sold.points), 0) AS points
FROM (
    SELECT COALESCE(kept.account_id, member.account_id) AS account_id,
        member.account_id AS part_id
    FROM members_member member
    LEFT JOIN members_member kept ON kept.id = member.merged_into_id
    WHERE member.program_id = {program} AND member.enrolled_on < {joined}
) it
LEFT JOIN (
    SELECT sale.account_id, SUM(sale.total_minor - sale.refunded_minor) AS spend,
        COUNT(*) AS purchases, SUM(COALESCE(given.points, 0)) AS points
    FROM purchases_purchase sale
    LEFT JOIN (
        SELECT award.purchase_id, SUM(entry.points + COALESCE((
            SELECT SUM(back.points) FROM ledger_entry back WHERE back.reverses_id = entry.id
        ), 0)) AS points
        FROM purchases_purchase bought
        JOIN purchases_purchaseaward award ON award.purchase_id = bought.id
        JOIN ledger_entry entry ON entry.id = award.entry_id
        WHERE {bought} AND entry.source = '{source}'
        GROUP BY award.purchase_id
    ) given ON given.purchase_id = sale.id
    WHERE {sale} AND sale.account_id IS NOT NULL
    GROUP BY sale.account_id
) sold ON sold.account_id = it.part_id
GROUP BY it.account_id
"""
_SUMS = """
SELECT held, COUNT(*),
    SUM(spend), SUM(spend * 1.0 * spend), SUM(purchases), SUM(purchases * 1.0 * purchases),
    SUM({margin}), SUM(({margin}) * ({margin}))
FROM ({members}) of_member GROUP BY held
"""
# Purchases of the other group in another campaign, while both ran.
_SHARED = """
SELECT COUNT(DISTINCT sale.account_id), COUNT(DISTINCT sale.id)
FROM purchases_purchase sale
JOIN purchases_purchaseaward award ON award.purchase_id = sale.id
JOIN ledger_entry entry ON entry.id = award.entry_id
WHERE {sale} AND entry.source = '{source}' AND {place} < {limit}
"""
# Purchases here of those who are held out of another campaign.
_HELD_ELSEWHERE = """
SELECT COUNT(DISTINCT sale.account_id), COUNT(*)
FROM purchases_purchase sale
WHERE {sale} AND sale.account_id IS NOT NULL AND {place} < {limit}
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure of both groups."""

    treated: Group
    held_out: Group


@dataclass(frozen=True, slots=True)
class Lift:
    """What members of both groups did from a campaign's start until its end, or until now."""

    since: datetime
    until: datetime
    spend: Pair  # In minor units.
    purchases: Pair
    margin: Pair | None  # In minor units, less what the campaign cost; None: nobody has said.
    shared: Sequence["Shared"] = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """Another campaign on the same purchases."""

    campaign: Campaign
    members: int  # Held out here, and given something there …
    purchases: int  # … for so many purchases.
    held_members: int  # Counted here, and held out there …
    held_purchases: int  # … with so many purchases.


def lift_of(
    campaign: Campaign, *, spent_basis_points: int, worth: Worth, now: datetime
) -> Lift | None:
    """None before it begins, or where nobody is held out."""
    until = min(campaign.ends_at, campaign.ended_at or campaign.ends_at, now)
    promised = campaign.state != Campaign.State.DRAFT
    if not campaign.held_out_percent or not promised or until <= campaign.starts_at:
        return None
    program = campaign.program
    # What is given for other things than purchases is not found by these.
    of_purchases = campaign.trigger == PURCHASE
    points = _margin(program, spent_basis_points, worth) if of_purchases else ""
    members = _filled(
        _MEMBERS, campaign, until,
        place=holdout.sql(campaign.public_id, "it.account_id"),
        limit=holdout.limit(campaign.held_out_percent), source=campaign.source,
        joined=_day(local_date(until, program.time_zone)),
    )  # fmt: skip
    rows = _rows(_SUMS.replace("{members}", members).replace("{margin}", points or "0.0"))
    groups = {bool(held): tuple(float(it) for it in sums) for held, *sums in rows}
    found = [_pair(groups, place) for place in (1, 3, 5)]
    return Lift(
        since=campaign.starts_at, until=until, spend=found[0], purchases=found[1],
        margin=found[2] if points else None, shared=list(_shared(campaign, until)),
    )  # fmt: skip


def _pair(groups: dict[bool, tuple[float, ...]], place: int) -> Pair:
    nobody = (0.0,) * 7
    treated, held = groups.get(False, nobody), groups.get(True, nobody)
    return Pair(
        Group.of(int(treated[0]), treated[place], treated[place + 1]),
        Group.of(int(held[0]), held[place], held[place + 1]),
    )


def _margin(program: Program, spent_basis_points: int, worth: Worth) -> str:
    """SQL for what is left of a member's spend, less what the campaign is expected to cost."""
    if not program.margin_percent:
        return ""
    cost = "0.0"
    if worth.points:
        cost = f"points * {worth.minor * spent_basis_points / (worth.points * ALL)!r}"
    return f"spend * {program.margin_percent / 100!r} - {cost}"


def _shared(campaign: Campaign, until: datetime) -> Any:
    """The other campaigns that ran on purchases meanwhile, and how far the groups touch."""
    others = Campaign.objects.filter(
        program=campaign.program_id, trigger=campaign.trigger, starts_at__lt=until,
        ends_at__gt=campaign.starts_at,
    ).exclude(state=Campaign.State.DRAFT)  # fmt: skip
    for other in others.exclude(pk=campaign.pk):
        ((members, purchases),) = _rows(_filled(
            _SHARED, campaign, until, place=holdout.sql(campaign.public_id, "sale.account_id"),
            limit=holdout.limit(campaign.held_out_percent), source=other.source,
        ))  # fmt: skip
        held_members, held_purchases = 0, 0
        if other.held_out_percent:
            ((held_members, held_purchases),) = _rows(_filled(
                _HELD_ELSEWHERE, other, until, since=campaign.starts_at,
                place=holdout.sql(other.public_id, "sale.account_id"),
                limit=holdout.limit(other.held_out_percent),
            ))  # fmt: skip
        if members or held_members:
            yield Shared(other, members, purchases, held_members, held_purchases)


def _filled(
    query: str, campaign: Campaign, until: datetime, *, since: datetime | None = None, **parts: Any
) -> str:
    """A statement with its names filled in: numbers, moments and sources of our own."""
    end = min(until, campaign.ends_at, campaign.ended_at or campaign.ends_at)
    first = max(campaign.starts_at, since or campaign.starts_at)
    for table in ("sale", "bought"):
        parts[table] = (
            f"{table}.program_id = {campaign.program_id} AND {table}.made_at >= {_moment(first)} "
            f"AND {table}.made_at < {_moment(end)}"
        )
    parts["program"] = campaign.program_id
    for name, told in parts.items():
        query = query.replace("{" + name + "}", str(told))
    return query


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _moment(at: datetime) -> str:
    return f"'{at.isoformat()}'" if connection.vendor == "postgresql" else f"'{bulk.plain(at)}'"


def _day(on: date) -> str:
    # A member of the last day was there before the end of it.
    following = date.fromordinal(on.toordinal() + 1)
    return f"'{following.isoformat()}'"
