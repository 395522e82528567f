"""How a board is counted anew, frozen, and its prizes given. What is due is found by the tick.

While a contest runs its board is counted again and again, for a twentieth of the time at most.
At the freeze it is counted once more, under the contest's lock, and never after that.
"""

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from campaigns.contests import ranking
from campaigns.contests.contest_forms import gives_to, winners
from campaigns.contests.models import Contest, Standing, Winning
from campaigns.contests.ranking import Score
from loyalty import bulk
from loyalty.flows import contest_scores, prizes
from loyalty.merchants import trail
from loyalty.refusal import Refusal
from loyalty.sealing import unseal
from members.models import Member

SEED = "contest seed"  # What seeds are sealed for.
EVERY = timedelta(minutes=1)
REST = 20  # A count is followed by a rest of so many times its length.
AGAIN = timedelta(hours=1)  # After which a prize that could not be given is tried again.
BITE = 200

_COLUMNS = {
    "id": "bigint", "score": "bigint", "reached_at": "timestamptz", "place": "int",
}  # fmt: skip
_UPDATE = """
UPDATE contests_standing SET score = v.score, reached_at = v.reached_at, place = v.place
FROM {rows} WHERE contests_standing.id = v.id
"""
_Kept = dict[int, tuple[int, Score, int]]  # By account: the row, what it says, its place.


def keep(*, now: datetime) -> None:
    """Freeze what is due, give what is owed, and count the boards that have rested long enough."""
    for contest in Contest.objects.running().filter(freezes_at__lte=now).order_by("pk"):
        freeze(contest, now=now)
    give_prizes(now=now)
    running = Contest.objects.running().filter(starts_at__lte=now)
    for contest in running.exclude(count_due_at__gt=now).order_by("count_due_at", "pk"):
        count(contest, now=now)


def count(contest: Contest, *, now: datetime) -> bool:
    """Count a board anew. What somebody else counted meanwhile stands: False."""
    began = time.monotonic()
    contest = Contest.objects.select_related("program").get(pk=contest.pk)
    scores = contest_scores.ranked(contest)
    with transaction.atomic():
        mine = Contest.objects.running().filter(pk=contest.pk, counts=contest.counts)
        if not mine.update(counts=F("counts") + 1, counted_at=now):
            return False
        _write(contest, scores)
        rest = max(EVERY, timedelta(seconds=REST * (time.monotonic() - began)))
        Contest.objects.filter(pk=contest.pk).update(count_due_at=now + rest)
    return True


def _write(contest: Contest, scores: Sequence[Score]) -> None:
    """Let the rows say what was counted; those that say it already stay untouched."""
    kept = _kept(contest)
    new, changed = [], []
    for place, it in enumerate(scores, 1):
        row = kept.pop(it.account_id, None)
        if row is None:
            new.append(Standing(
                contest=contest, account_id=it.account_id, score=it.score,
                reached_at=it.reached_at, place=place,
            ))  # fmt: skip
        elif (row[1], row[2]) != (it, place):
            changed.append((row[0], it.score, it.reached_at, place))
    gone = [pk for pk, _score, _place in kept.values()]
    for start in range(0, len(gone), 500):
        Standing.objects.filter(pk__in=gone[start : start + 500]).delete()
    if changed:
        bulk.execute(_UPDATE, _COLUMNS, changed, expect=len(changed))
    Standing.objects.bulk_create(new, batch_size=2_000)


def _kept(contest: Contest) -> _Kept:
    rows = Standing.objects.filter(contest=contest).values_list(
        "account_id", "pk", "score", "reached_at", "place"
    )
    return {
        account: (pk, Score(account, score, at), place) for account, pk, score, at, place in rows
    }


# --- The end -------------------------------------------------------------------------------------


@transaction.atomic
def freeze(contest: Contest, *, now: datetime) -> bool:
    """The board as it is from now on, its hash, and a row for each prize that is owed. Once."""
    found = Contest.objects.select_for_update(of=("self",)).select_related("program")
    due = found.filter(pk=contest.pk, state=Contest.State.OPEN, archived_at=None)
    contest_now = due.filter(freezes_at__lte=now).first()
    if contest_now is None:
        return False
    contest = contest_now
    if contest.is_drawn:
        contest.seed = unseal(contest.seed, SEED) or ""
    _write(contest, contest_scores.ranked(contest, seed=contest.seed))
    board = list(Standing.objects.filter(contest=contest).order_by("place"))
    contest.board_hash = ranking.hash_of(text_of(contest, board))
    contest.state, contest.frozen_at = Contest.State.FROZEN, now
    contest.counted_at, contest.counts = now, contest.counts + 1
    contest.save(update_fields=["seed", "board_hash", "state", "frozen_at", "counted_at", "counts"])
    _owe(contest, board[: winners(contest.prizes)], now=now)
    trail.record(
        "contest.freeze", f"contest:{contest.public_id}", program=contest.program, now=now,
        by=None, after={"rows": len(board), "hash": contest.board_hash},
    )  # fmt: skip
    return True


def text_of(contest: Contest, board: Sequence[Standing]) -> str:
    """The rows as they are published: they name nobody."""
    return ranking.published(contest.public_id, contest.measure, board)


def _owe(contest: Contest, winning: Sequence[Standing], *, now: datetime) -> None:
    Winning.objects.bulk_create([
        Winning(contest=contest, standing=it, number=number, prize=prize, due_at=now)
        for it in winning
        for number, prize in enumerate(gives_to(contest.prizes, it.place), 1)
    ])  # fmt: skip


def give_prizes(*, now: datetime, limit: int = BITE) -> int:
    """Give prizes that are owed, each in a transaction of its own; say how many were tried."""
    owed = Winning.objects.filter(state=Winning.State.OWED, due_at__lte=now)
    tried = list(owed.order_by("due_at", "pk").values_list("pk", "contest")[:limit])
    for pk, _contest in tried:
        _give(pk, now=now)
    frozen = Contest.objects.filter(state=Contest.State.FROZEN)
    frozen.exclude(winnings__state=Winning.State.OWED).update(state=Contest.State.DONE)
    return len(tried)


def _give(pk: int, *, now: datetime) -> None:
    try:
        with transaction.atomic():
            owed = Winning.objects.filter(pk=pk, state=Winning.State.OWED)
            if not owed.update(state=Winning.State.GIVEN, given_at=now, problem=""):
                return  # Somebody else gives it this moment.
            won = Winning.objects.select_related("contest__program", "standing").get(pk=pk)
            member = Member.objects.filter(account=won.standing.account_id).first()
            if member is None:
                owed_no_more = {"state": Winning.State.VOID, "given_at": None}
                Winning.objects.filter(pk=pk).update(problem="forgotten", **owed_no_more)
                return
            key = f"{won.contest.source}/place:{won.standing.place}/{won.number}"
            prizes.give(
                member, won.prize, key=key, source=won.contest.source, at=now,
                reason=won.contest.name,
            )  # fmt: skip
    except Refusal as refusal:
        waiting = Winning.objects.filter(pk=pk, state=Winning.State.OWED)
        waiting.update(problem=str(refusal)[:300], due_at=now + AGAIN)
