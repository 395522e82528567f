"""How points are earned: told, judged, posted, ranked, announced. Read it from top to bottom.

Everything comes in batches, and one purchase is a batch of one: what is needed is read in a few
set-based statements, judged in memory in the order in which it happened, and written in a few more.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from loyalty import bulk
from loyalty.earning import telling
from loyalty.earning.rulebook import Rulebook, rulebook_for
from loyalty.earning.telling import Told
from loyalty.flows import outcomes, referral_purchases
from loyalty.flows.causes import Cause, of_activity, of_purchase, of_stored
from loyalty.flows.earning import AccountMoved, Asked, Earning, ask
from loyalty.flows.outcomes import Outcome
from loyalty.ledger import figures
from loyalty.ledger.book import Line
from loyalty.ledger.figures import Counted
from loyalty.merchants.models import Program
from loyalty.purchases import recording
from loyalty.purchases.models import Purchase
from loyalty.purchases.recording import Recorded, Recording
from loyalty.purchases.sale import Sale
from members import finding

S = TypeVar("S", Sale, Told)


def from_purchase(program: Program, sale: Sale, *, now: datetime, letters: bool = True) -> Outcome:
    """Write a sale down and earn on it. Telling us again changes nothing."""
    return from_purchases(program, [sale], now=now, letters=letters)[0].unless_refused()


def from_purchases(
    program: Program, sales: Sequence[Sale], *, now: datetime, letters: bool = True
) -> list[Outcome]:
    """Write sales down and earn on them; say of each what became of it."""
    try:
        return _take(program, sales, now=now, letters=letters)
    except AccountMoved:
        return _take(program, _redirected(sales), now=now, letters=letters)


def _redirected(told: Sequence[S]) -> list[S]:
    """What was told of a member who is part of another now, as told of the other."""
    moved = finding.survivors(it.account_id for it in told if it.account_id)
    return [replace(it, account_id=moved.get(it.account_id or 0, it.account_id)) for it in told]


@transaction.atomic
def _take(
    program: Program, sales: Sequence[Sale], *, now: datetime, letters: bool
) -> list[Outcome]:
    rulebook = rulebook_for(program.pk, program.version)
    with bulk.together():
        sent = Recording.of(rulebook, sales, now=now)
        # Asked for before we know which sales are new: they are seldom told twice.
        happened = _happened(sent.told)
        asked = ask(rulebook, happened) if happened else None
        told = sent.finish()
        causes = [of_purchase(it) for it in told if it.is_new and it.account_id]
        causes += _adopted(told)
        counted = recording.counted(rulebook, told)
        earned = earn(rulebook, causes, asked, now=now, letters=letters, counted=counted)
    return outcomes.of_purchases(told, earned)


def _happened(told: Sequence[Recorded]) -> list[tuple[int, datetime]]:
    return [(it.account_id, it.sale.made_at) for it in told if it.account_id and not it.problem]


def _adopted(told: Sequence[Recorded]) -> list[Cause]:
    """Sales that were nobody's until now: as they were written down, less what came back since."""
    owners = {it.id: it.account_id for it in told if it.is_adopted and it.account_id}
    sales = Purchase.objects.filter(pk__in=owners) if owners else ()
    return [of_stored(sale, list(sale.lines.all()), owners[sale.pk]) for sale in sales]


def from_activity(
    program: Program,
    account_id: int,
    *,
    kind: str,
    source: str,
    reference: str,
    occurred_at: datetime,
    now: datetime,
    subject: str = "",
    letters: bool = True,
) -> Outcome:
    """Write down what a member did, and earn on it."""
    told = Told(
        account_id=account_id, kind=kind, source=source, reference=reference,
        occurred_at=occurred_at, subject=subject,
    )  # fmt: skip
    return from_activities(program, [told], now=now, letters=letters)[0].unless_refused()


def from_activities(
    program: Program, activities: Sequence[Told], *, now: datetime, letters: bool = True
) -> list[Outcome]:
    """Write activities down and earn on them; say of each what became of it."""
    try:
        return _take_activities(program, activities, now=now, letters=letters)
    except AccountMoved:
        moved = _redirected(activities)
        return _take_activities(program, moved, now=now, letters=letters)


@transaction.atomic
def _take_activities(
    program: Program, activities: Sequence[Told], *, now: datetime, letters: bool
) -> list[Outcome]:
    rulebook = rulebook_for(program.pk, program.version)
    told = telling.record(program.pk, activities, now=now)
    causes = [of_activity(it) for it in told if it.is_new]
    earned = earn(rulebook, causes, now=now, letters=letters)
    return outcomes.of_activities(told, earned)


def earn(
    rulebook: Rulebook,
    causes: Sequence[Cause],
    asked: Asked | None = None,
    *,
    now: datetime,
    letters: bool = True,
    counted: Sequence[Counted] = (),
) -> dict[str, list[Line]]:
    """Turn causes into points and all that follows from them; the new lines by cause.

    Inside a transaction that has just written the causes down: each is judged once. ``asked`` are
    their accounts, where they were asked for already.
    """
    if not causes:
        figures.tally(counted)
        return {}
    asked = asked or ask(rulebook, [(it.account_id, it.occurred_at) for it in causes])
    earning = Earning.open(rulebook, causes, asked, now=now, letters=letters)
    earning.book.counted += counted
    for cause in sorted(causes, key=lambda cause: (cause.occurred_at, cause.record_id)):
        earning.judge(cause)
    earning.write()
    referral_purchases.bought(
        rulebook.program_id, rulebook.version, rulebook.time_zone, causes, now=now
    )
    return earning.lines
