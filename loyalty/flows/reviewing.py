"""What happens to tiers while nobody buys: they are looked at again, lost, warned of, recounted.

Who rises by a purchase rises with it (see ``earning``). Here each bite is one transaction under the
lock of its accounts: a purchase that comes at the same moment waits a moment, and is counted. A
bite that is repeated finds nothing left to do.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from loyalty.days import at_hour, local_date
from loyalty.ledger import posting
from loyalty.merchants.models import Program
from loyalty.messaging import outbox
from loyalty.messaging.outbox import Letter
from members import judging, recounting
from members.judging import Held
from members.ladder import DAY, Ladder, ladder_for
from members.models import TierStatus
from members.people import Person, days_to_judge
from members.standing import Change, Standings

BITE = 1_000


def reviews(program: Program, today: date, now: datetime, *, letters: bool = True) -> Iterator[int]:
    """Look at every tier that may be lost by a day. Yields how many were looked at."""
    ladder = ladder_for(program.pk, program.version)
    due = TierStatus.objects.filter(tier__program=program, review_on__lte=today)
    while ladder.rungs and (seen := _review(program, ladder, due, today, now, letters=letters)):
        yield seen


@transaction.atomic
def _review(
    program: Program,
    ladder: Ladder,
    due: QuerySet[TierStatus],
    today: date,
    now: datetime,
    *,
    letters: bool,
) -> int:
    ids = list(due.order_by("review_on", "pk").values_list("pk", flat=True)[:BITE])
    _lock(program, ids, now)
    standings, accounts = _read(ladder, ids, today)
    owed = []
    for account_id in accounts:
        person = standings.person(account_id)
        if person.review_on is None or person.review_on > today:
            continue  # Something was bought while we waited for the lock.
        before = person.held
        after = judging.reviewed(standings.days(account_id), before, today)
        _change(standings, person, after, today, reason=f"review:{before.review_on}")
        if after.rung.rank < before.rung.rank:
            owed.append(_tier_lost(program, person, before, after, today))
    standings.write(now)
    if letters:
        outbox.owe(filter(None, owed), now=now)
    return len(ids)


def warnings(program: Program, today: date, now: datetime) -> Iterator[int]:
    """Write to those who would lose their tier soon, once a review. Yields how many were seen."""
    ladder = ladder_for(program.pk, program.version)
    if not ladder.notice_days:
        return
    near = TierStatus.objects.filter(
        Q(noticed_on=None) | ~Q(noticed_on=F("review_on")),
        tier__program=program,
        review_on__gt=today,
        review_on__lte=today + timedelta(ladder.notice_days),
    )
    while ladder.rungs and (seen := _warn(program, ladder, near, today, now)):
        yield seen


@transaction.atomic
def _warn(
    program: Program, ladder: Ladder, near: QuerySet[TierStatus], today: date, now: datetime
) -> int:
    """A letter promises nothing, so it needs no lock. Who is safe is kept now, and not warned."""
    until = today + timedelta(ladder.notice_days)
    ids = list(near.order_by("review_on", "pk").values_list("pk", flat=True)[:BITE])
    standings, accounts = _read(ladder, ids, today, until)
    owed, noticed, safe = [], [], []
    for account_id in accounts:
        person, days = standings.person(account_id), standings.days(account_id)
        if person.review_on is None or not today < person.review_on <= until:
            continue
        outlook = judging.outlook(days, person.held, person.review_on)
        if outlook.is_kept:
            safe.append(account_id)
            continue
        missing = judging.missing_to_keep(days, person.held, today)
        owed.append(_tier_at_risk(program, ladder, person, outlook.then, missing))
        noticed.append(account_id)
    near.filter(pk__in=noticed).update(noticed_on=F("review_on"))
    outbox.owe(filter(None, owed), now=now)
    _extend(program, ladder, safe, today, now)
    return len(ids)


def _extend(
    program: Program, ladder: Ladder, accounts: Sequence[int], today: date, now: datetime
) -> None:
    if not accounts:
        return
    _lock(program, accounts, now)
    standings = _load(ladder, accounts, today)
    for account_id in accounts:
        person = standings.person(account_id)
        if person.review_on is None or person.review_on <= today:
            continue
        outlook = judging.outlook(standings.days(account_id), person.held, person.review_on)
        if outlook.is_kept:
            _change(standings, person, outlook.then, today, reason=f"review:{person.review_on}")
    standings.write(now)


def recounts(
    program: Program, today: date, now: datetime, *, after: int = 0
) -> Iterator[tuple[int, int]]:
    """Give everybody the tier that the ladder of today gives them.

    Yields the last account of each bite, and how many changed in it.
    """
    ladder = ladder_for(program.pk, program.version)
    found = (it for it in recounting.candidates(ladder, today) if it > after)
    while accounts := list(islice(found, BITE)):
        yield accounts[-1], _recount(program, ladder, accounts, today, now)


@transaction.atomic
def _recount(
    program: Program, ladder: Ladder, accounts: Sequence[int], today: date, now: datetime
) -> int:
    _lock(program, accounts, now)
    standings = _load(ladder, accounts, today)
    changed = 0
    for account_id in accounts:
        if account_id not in standings:
            continue  # Of another program, or of nobody any more.
        person = standings.person(account_id)
        after = judging.recounted(standings.days(account_id), person.held, today)
        if after != person.held:
            _change(standings, person, after, today, reason=f"recount:{today}")
            changed += 1
    standings.write(now)
    return changed


@transaction.atomic
def rise(program: Program, account_id: int, *, now: datetime, reason: str) -> None:
    """Somebody's days count for more by now: if that reaches a tier, they have it."""
    ladder = ladder_for(program.pk, program.version)
    if not ladder.rungs:
        return
    _lock(program, [account_id], now)
    today = local_date(now, program.time_zone)
    standings = _load(ladder, [account_id], today)
    person = standings.person(account_id)
    after = judging.recounted(standings.days(account_id), person.held, today)
    if after != person.held:
        _change(standings, person, after, today, reason=reason)
        standings.write(now)


# --- What they share -----------------------------------------------------------------------------


def _lock(program: Program, accounts: Sequence[int], now: datetime) -> None:
    """What is bought meanwhile waits: it takes the same locks."""
    posting.open_book(program.pk, program.time_zone, accounts, now=now)


def _read(ladder: Ladder, accounts: Sequence[int], *days: date) -> tuple[Standings, list[int]]:
    """Members whose tier may go. Where the person was erased, there is nobody to lose it."""
    standings = _load(ladder, accounts, *days)
    nobody = [account_id for account_id in accounts if account_id not in standings]
    if nobody:
        TierStatus.objects.filter(pk__in=nobody).update(review_on=None)
    return standings, [account_id for account_id in accounts if account_id in standings]


def _load(ladder: Ladder, accounts: Sequence[int], *days: date) -> Standings:
    around = [it for day in days for it in days_to_judge(ladder, day)]
    return Standings.load(ladder, ladder, dict.fromkeys(accounts, around))


def _change(standings: Standings, person: Person, after: Held, today: date, *, reason: str) -> None:
    change = None
    if person.rung != after.rung:
        change = Change(
            account_id=person.account_id, before=person.rung, after=after.rung, on=today,
            reason=reason,
        )  # fmt: skip
    standings.change(person.account_id, after, change)


def _tier_lost(
    program: Program, person: Person, before: Held, after: Held, today: date
) -> Letter | None:
    # The tier goes at midnight; the letter comes at the merchant's hour.
    due_at = at_hour(today, program.letter_hour, program.time_zone)
    return _letter(
        program, person, "tier_lost", key=f"tier:{person.account_id}/lost:{before.review_on}",
        due_at=due_at, tier=dict(after.rung.name), before=dict(before.rung.name),
    )  # fmt: skip


def _tier_at_risk(
    program: Program, ladder: Ladder, person: Person, lower: Held, missing: int | None
) -> Letter | None:
    held = person.held
    assert held.review_on is not None
    return _letter(
        program, person, "tier_at_risk", key=f"tier:{person.account_id}/risk:{held.review_on}",
        tier=dict(held.rung.name), lower=dict(lower.rung.name), by=held.review_on - DAY,
        measure=str(ladder.measure), missing=missing,
    )  # fmt: skip


def _letter(
    program: Program,
    person: Person,
    template: str,
    *,
    key: str,
    due_at: datetime | None = None,
    **told: Any,
) -> Letter | None:
    if not (person.email and person.wants_letters and person.is_active):
        return None
    return Letter(
        program_id=program.pk, key=key, account_id=person.account_id, to=person.email,
        template=template, language=person.language, context=told, due_at=due_at,
    )  # fmt: skip
