"""How staff give or take points by hand, and undo it: with a reason, within the limit of a role."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Abs
from django.utils.translation import gettext as _

from loyalty.days import local_date, period_start, start_of
from loyalty.flows.outcomes import Earned, of_line
from loyalty.flows.own_account import refuse_own
from loyalty.ledger import posting
from loyalty.ledger.models import Entry, Wallet
from loyalty.merchants import trail
from loyalty.merchants.models import ApiKey, Program, Staff
from loyalty.refusal import Refusal
from members.models import Member

MOST_POINTS = 10**9


class AboveLimit(Refusal):
    code = "above_limit"


class NeedsReason(Refusal):
    code = "needs_reason"


class CannotUndo(Refusal):
    code = "cannot_undo"


@transaction.atomic
def adjust(
    member: Member,
    wallet: Wallet,
    points: int,
    *,
    reason: str,
    key: str,
    now: datetime,
    by: Staff | ApiKey,
) -> Earned:
    """Give points, or (negative) take them. The member sees the reason."""
    program = member.program
    reason = checked(points, reason)
    refuse_own(member, by, _("Nobody adjusts an account of their own. Ask a colleague."))
    book = posting.open_book(program.pk, program.time_zone, [member.account_id], now=now)
    held = posting.held(book, member.account_id, wallet.pk)
    today = local_date(now, program.time_zone)
    facts: dict[str, Any] = {
        "key": f"adjust:{key}", "source": _source(by), "at": now, "kind": Entry.Kind.ADJUSTMENT,
        "explanation": [{"step": "adjusted", "reason": reason}],
    }  # fmt: skip
    if points > 0:
        line = posting.accrue(
            book, held, points, available_at=now, expires_on=wallet.expires_on(today), **facts
        )
    else:
        line = posting.redeem(book, held, -points, today=today, **facts)
    if line.is_new:
        _within_limit(program, by, points, now=now)
        posting.write(book)
        trail.record(
            "points.adjust", f"member:{member.public_id}", program=program, now=now, by=by,
            after={"points": points, "wallet": wallet.code, "entry": f"{wallet.code}-{line.seq}"},
            reason=reason,
        )  # fmt: skip
    return of_line(line)


def checked(points: int, reason: str) -> str:
    """The reason, unless nobody could mean this."""
    reason = reason.strip()
    if not reason:
        raise NeedsReason(_("Say why: the member and your colleagues will read it."))
    if not points or abs(points) > MOST_POINTS:
        raise NeedsReason(_("Say how many points, and not more than anybody could mean."))
    return reason


@transaction.atomic
def undo(entry: Entry, *, reason: str, now: datetime, by: Staff) -> Earned:
    """Answer an adjustment with its opposite. What was spent meanwhile becomes a debt."""
    if entry.kind != Entry.Kind.ADJUSTMENT or not entry.source.startswith(("staff:", "key:")):
        raise CannotUndo(_("Only what was adjusted by hand can be undone by hand."))
    program = entry.balance.wallet.program
    account = entry.balance.account_id
    member = Member.objects.get(account=account)
    refuse_own(member, by, _("Nobody adjusts an account of their own. Ask a colleague."))
    book = posting.open_book(program.pk, program.time_zone, [account], now=now)
    facts: dict[str, Any] = {
        "key": f"undo:{entry.pk}", "source": _source(by), "at": now,
        "explanation": [{"step": "undone", "reason": reason.strip()}],
    }  # fmt: skip
    if entry.points > 0:
        absorb = program.shortfall == Program.Shortfall.ABSORB
        line = posting.take_back(book, entry, total=entry.points, absorb=absorb, **facts)
    else:
        line = posting.give_back(book, entry, **facts)
    if line is None:
        raise CannotUndo(_("Nothing is left of it: it was undone already, or it has expired."))
    if line.is_new:
        if entry.source != _source(by):  # One's own mistake is mended whatever is left.
            _within_limit(program, by, line.points, now=now)
        posting.write(book)
        trail.record(
            "points.undo", f"member:{member.public_id}", program=program, now=now, by=by,
            after={"points": line.points, "undoes": entry.key}, reason=reason.strip(),
        )  # fmt: skip
    return of_line(line)


def given_this_month(program: Program, by: Staff | ApiKey, *, now: datetime) -> int:
    """Points that somebody has given or taken by hand since the month began."""
    month = period_start("month", local_date(now, program.time_zone))
    source = _source(by)
    adjusted = Q(kind=Entry.Kind.ADJUSTMENT)
    undone_of_others = Q(key__startswith="undo:") & ~Q(reverses__source=source)
    moved = Entry.objects.filter(
        adjusted | undone_of_others, balance__wallet__program=program, source=source,
        occurred_at__gte=start_of(month, program.time_zone),
    )  # fmt: skip
    return moved.aggregate(sum=Sum(Abs("points"), default=0))["sum"]


def left_this_month(program: Program, by: Staff | ApiKey, *, now: datetime) -> int | None:
    """Points that somebody may still move by hand; None: any number."""
    limit = limit_of(program, by)
    return None if limit is None else max(0, limit - given_this_month(program, by, now=now))


def limit_of(program: Program, by: Staff | ApiKey) -> int | None:
    """Points a month that a role, or each key, may move by hand; None: no limit."""
    return program.adjustment_limits.get(by.role if isinstance(by, Staff) else "key")


def _within_limit(program: Program, by: Staff | ApiKey, points: int, *, now: datetime) -> None:
    limit = limit_of(program, by)
    if limit is None:
        return
    # Two adjustments of one person, or by one key, are counted one after the other.
    type(by).objects.select_for_update(no_key=True).get(pk=by.pk)
    left = max(0, limit - given_this_month(program, by, now=now))
    if abs(points) > left:
        raise AboveLimit(
            _("You may move %(limit)s points a month by hand; %(left)s are left. Ask a manager.")
            % {"limit": limit, "left": left},
            left=left,
        )


def _source(by: Staff | ApiKey) -> str:
    return f"staff:{by.pk}" if isinstance(by, Staff) else f"key:{by.pk}"
