"""What each member has reached in a contest, asked of what happened itself and of nothing else.

So a refund, a hold, a merge of two members or one who is forgotten moves the board by itself, and
the count at the freeze is exact whatever went wrong before. What came back after the moment of the
freeze changes nothing, however late the freeze is worked.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, Min, Q, Sum
from django.db.models.functions import Coalesce, TruncDate

from campaigns.contests import ranking
from campaigns.contests.models import Contest, ContestEntry, Mark, Vote
from campaigns.contests.ranking import Score
from campaigns.referrals.models import Referral
from loyalty.flows.own_account import linked_accounts
from loyalty.ledger.models import Entry
from loyalty.purchases.models import Purchase, RefundLine
from members.models import Member

Measure = Contest.Measure
Rows = Any  # A queryset that says of each row whose it is, which its type cannot.


def ranked(contest: Contest, *, seed: str = "") -> list[Score]:
    """Everybody who has reached anything, the first place first; drawn where a seed is given.

    Who works here is left out, and so is who has left, is blocked or was forgotten.
    """
    found = _MEASURED[Measure(contest.measure)](contest)
    own = linked_accounts(contest.program)
    scores = [it for it in found if it.account_id not in own]
    if contest.is_drawn:
        return ranking.drawn(scores, seed=seed, contest=contest.public_id) if seed else []
    return ranking.ranked(scores)


# --- Whose it is ---------------------------------------------------------------------------------


def _whose(path: str) -> Coalesce:
    """The account that something counts for, behind the path to a member: their survivor's."""
    return Coalesce(f"{path}merged_into__account_id", f"{path}account_id")


def _active(path: str) -> Q:
    active = Member.State.ACTIVE
    return Q(**{f"{path}state": active}) | Q(**{f"{path}merged_into__state": active})


def _added(scores: Iterable[tuple[int, int, datetime]]) -> list[Score]:
    """What several accounts of one person have reached, together."""
    found: dict[int, Score] = {}
    for account, score, reached_at in scores:
        before = found.get(account)
        if before is None:
            found[account] = Score(account, score, reached_at)
        else:
            latest = max(before.reached_at, reached_at)
            found[account] = Score(account, before.score + score, latest)
    return list(found.values())


# --- Purchases -----------------------------------------------------------------------------------


def _bought(contest: Contest) -> Rows:
    return Purchase.objects.filter(
        _active("account__member__"), program=contest.program_id,
        made_at__gte=contest.starts_at, made_at__lt=contest.ends_at,
    ).annotate(whose=_whose("account__member__"))  # fmt: skip


def _spend(contest: Contest) -> list[Score]:
    whole = _bought(contest).filter(refunded_minor=0, counted_minor__gt=0).order_by()
    rows = whole.values_list("whose").annotate(Sum("counted_minor"), Max("made_at"))
    return _added([*rows, *_kept_of_refunded(contest)])


def _kept_of_refunded(contest: Contest) -> Iterator[tuple[int, int, datetime]]:
    """Of sales of which something came back: what is kept of the spend, in proportion."""
    late = _came_back_late(contest)
    touched = _bought(contest).filter(refunded_minor__gt=0, counted_minor__gt=0)
    for pk, whose, counted, total, refunded, made_at in touched.values_list(
        "pk", "whose", "counted_minor", "total_minor", "refunded_minor", "made_at"
    ):
        kept = counted * (total - refunded + late.get(pk, 0)) // total
        if kept > 0:
            yield whose, kept, made_at


def _came_back_late(contest: Contest) -> Mapping[int, int]:
    """What came back of each sale from the moment of the freeze on: too late to matter."""
    lines = RefundLine.objects.filter(
        refund__program=contest.program_id, refund__made_at__gte=contest.freezes_at,
        line__purchase__made_at__gte=contest.starts_at, line__purchase__made_at__lt=contest.ends_at,
    )  # fmt: skip
    rows = lines.order_by().values_list("line__purchase").annotate(Sum("amount_minor"))
    return {pk: amount for pk, amount in rows if pk is not None}


def _visits(contest: Contest) -> list[Score]:
    """Days with a purchase that was kept, at least in part, by the contest's own clock."""
    zone = ZoneInfo(contest.time_zone)
    late = list(_came_back_late(contest))
    kept = Q(refunded_minor__lt=F("total_minor")) | Q(total_minor=0) | Q(pk__in=late)
    days = _bought(contest).filter(kept).annotate(day=TruncDate("made_at", tzinfo=zone)).order_by()
    first: dict[tuple[int, date], datetime] = {}
    for whose, day, at in days.values_list("whose", "day").annotate(Min("made_at")):
        first[whose, day] = min(at, first.get((whose, day), at))
    return _added((whose, 1, at) for (whose, _day), at in first.items())


# --- Points --------------------------------------------------------------------------------------


def _points(contest: Contest) -> list[Score]:
    """What was earned, less what was taken back of it. What contests give is no earning."""
    earned = _earned(contest, "", "balance__account__member__")
    taken = _earned(contest, "reverses__", "reverses__balance__account__member__").filter(
        occurred_at__lt=contest.freezes_at, pk__gt=contest.after_entry
    )
    lost = dict(taken.order_by().values_list("whose").annotate(Sum("points")))
    rows = earned.order_by().values_list("whose").annotate(Sum("points"), Max("occurred_at"))
    return [Score(who, points + lost.get(who, 0), at) for who, points, at in rows]


def _earned(contest: Contest, path: str, member: str) -> Rows:
    told = {
        "pk__gt": contest.after_entry, "kind": Entry.Kind.ACCRUAL,
        "balance__wallet": contest.wallet_id, "occurred_at__gte": contest.starts_at,
        "occurred_at__lt": contest.ends_at,
    }  # fmt: skip
    found = Entry.objects.filter(
        _active(member), **{f"{path}{name}": it for name, it in told.items()}
    )
    return found.exclude(**{f"{path}source__startswith": "contest:"}).annotate(whose=_whose(member))


# --- Entries -------------------------------------------------------------------------------------


def _best(scores: Iterable[Score]) -> list[Score]:
    """Two memberships that became one may each have an entry: the better one counts."""
    found: dict[int, Score] = {}
    for it in sorted(scores, key=lambda it: (-it.score, it.reached_at)):
        found.setdefault(it.account_id, it)
    return list(found.values())


def _entries(contest: Contest) -> Rows:
    approved = ContestEntry.objects.approved().filter(_active("account__member__"), contest=contest)
    return approved.annotate(whose=_whose("account__member__")).order_by()


def _votes(contest: Contest) -> list[Score]:
    cast = Vote.objects.filter(
        _active("account__member__"), contest=contest, entry__in=_entries(contest).values("pk")
    ).exclude(account__in=linked_accounts(contest.program))  # fmt: skip
    counted = {
        entry: (votes, at)
        for entry, votes, at in cast.order_by()
        .values_list("entry")
        .annotate(Count("pk"), Max("cast_at"))
    }
    rows = _entries(contest).filter(pk__in=counted).values_list("pk", "whose")
    return _best(Score(whose, *counted[pk]) for pk, whose in rows)


def _marks(contest: Contest) -> list[Score]:
    """The average of the marks, in hundredths; with the same, who entered first."""
    given = Mark.objects.filter(entry__contest=contest).order_by().values_list("entry")
    marks = {
        pk: (points, judges) for pk, points, judges in given.annotate(Sum("points"), Count("pk"))
    }
    rows = _entries(contest).values_list("pk", "whose", "entered_at")
    return _best(
        Score(whose, hundredths(*marks[pk]), entered_at)
        for pk, whose, entered_at in rows
        if pk in marks
    )


def hundredths(points: int, judges: int) -> int:
    """The average of some marks in hundredths, rounded half up."""
    return (points * 200 + judges) // (2 * judges)


def _tickets(contest: Contest) -> list[Score]:
    """Each person's first entry is their ticket."""
    found: dict[int, Score] = {}
    for whose, number, at in _entries(contest).values_list("whose", "number", "entered_at"):
        if whose not in found or number < found[whose].score:
            found[whose] = Score(whose, number, at)
    return list(found.values())


# --- Friends -------------------------------------------------------------------------------------


def _referrals(contest: Contest) -> list[Score]:
    """Friends who joined in the window and bought in the second, as far as nothing is in doubt."""
    counted = Referral.objects.counting().filter(
        _active("advocate__member__"), program=contest.program_id
    )
    counted = counted.joined_within(contest.starts_at, contest.ends_at)
    counted = counted.bought_within(contest.counts_from, contest.buys_until or contest.ends_at)
    rows = counted.order_by().annotate(whose=_whose("advocate__member__")).values_list("whose")
    return _added(rows.annotate(Count("pk"), Max("bought_at")))


_MEASURED: Mapping[Measure, Callable[[Contest], list[Score]]] = {
    Measure.REFERRALS: _referrals,
    Measure.SPEND: _spend,
    Measure.POINTS: _points,
    Measure.VISITS: _visits,
    Measure.VOTES: _votes,
    Measure.MARKS: _marks,
    Measure.DRAW: _tickets,
}
