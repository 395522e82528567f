"""What a batch of causes brings forward: marks for the steps of challenges, and their prizes.

Called by ``earning.Earning`` under the lock of the accounts, so that one member's challenge is done
once. What is read is asked for only where a live challenge counts what happened.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from campaigns.challenges import counting
from campaigns.challenges.book import ChallengeBook, book_for
from campaigns.challenges.counting import Done, Goal, Reached
from campaigns.challenges.models import Completion, Mark
from loyalty import bulk
from loyalty.earning.activity import Activity, Who
from loyalty.earning.conditions import Counted
from loyalty.earning.conditions.basket import Holds, MinimumQuantity, MinimumSpend
from loyalty.flows import prizes
from loyalty.flows.causes import Cause, of_stored
from loyalty.purchases.models import Purchase, PurchaseLine
from loyalty.refusal import Refusal
from members.models import Member

log = logging.getLogger(__name__)
OF_THE_BASKET = (Holds, MinimumSpend, MinimumQuantity)  # What a refund can make untrue.

_WIN = """
UPDATE challenges_challenge SET won = won + 1
FROM {rows} WHERE challenges_challenge.id = v.id
    AND challenges_challenge.won < challenges_challenge.winners
RETURNING challenges_challenge.id
"""


@dataclass(slots=True)
class Standing:
    """One member in one challenge: what is not spent yet, and how often it was done."""

    marks: list[Done] = field(default_factory=list)
    times: int = 0
    through_on: date | None = None


@dataclass(frozen=True, slots=True)
class Won:
    """A challenge that somebody has just done."""

    goal: Goal
    account_id: int
    number: int
    reached: Reached

    @property
    def key(self) -> str:
        return f"challenge:{self.goal.id}/{self.account_id}/{self.number}"


class Playing:
    """The challenges of a batch: ``see`` each thing that happened, ``settle``, ``give``."""

    def __init__(self, book: ChallengeBook) -> None:
        self.book = book
        self.standings: dict[tuple[int, int], Standing] = {}
        self.new: list[tuple[Goal, int, Done]] = []
        self.won: list[Won] = []

    @classmethod
    def open(cls, book: ChallengeBook, causes: Sequence[Cause]) -> "Playing":
        playing = cls(book)
        if book.goals:
            kinds = {cause.kind for cause in causes}
            goals = [it.id for it in book.goals if it.trigger & kinds]
            if goals:
                playing._read(goals, {cause.account_id for cause in causes})
        return playing

    def see(self, activity: Activity) -> None:
        """Count one thing that happened for the steps that it fits."""
        for goal in self.book.for_activity(activity):
            standing = self._standing(goal.id, activity.account_id)
            if standing.times and not goal.repeats:
                continue
            for number, step in enumerate(goal.steps):
                if step.counts(activity):
                    done = Done(number, activity.on, activity.key)
                    standing.marks.append(done)
                    self.new.append((goal, activity.account_id, done))

    def settle(self, *, now: datetime) -> None:
        """Write the marks down, and see who has done it. Limited prizes are taken in one order."""
        if not self.new:
            return
        marks = [
            Mark(challenge_id=goal.id, account_id=account, step=done.step, key=done.key, on=done.on)
            for goal, account, done in self.new
        ]
        Mark.objects.bulk_create(marks, ignore_conflicts=True)
        for goal, account_id in sorted(
            {(goal, account) for goal, account, _done in self.new},
            key=lambda pair: (pair[0].id, pair[1]),
        ):
            self._complete(goal, account_id, now=now)

    def rewards(self) -> set[int]:
        """The rewards that ``give`` will take, to be locked in one order with all others."""
        return {it.goal.prize["reward"] for it in self.won if "reward" in it.goal.prize}

    def give(self, *, now: datetime, letters: bool) -> None:
        """The prizes. One that cannot be given (it has run out) leaves the completion without."""
        for it in self.won:
            member = Member.objects.select_related("program").get(account=it.account_id)
            try:
                prizes.give(
                    member, it.goal.prize, key=it.key, source=it.goal.source, at=now,
                    reason=it.goal.name, letters=letters,
                )  # fmt: skip
            except Refusal as refusal:
                log.info("%s had no prize to give: %s", it.goal.source, refusal)
                Completion.objects.filter(
                    challenge=it.goal.id, account=it.account_id, number=it.number
                ).update(prize={})

    # --- Reading and completing ---------------------------------------------------------------

    def _standing(self, goal_id: int, account_id: int) -> Standing:
        return self.standings.setdefault((goal_id, account_id), Standing())

    def _read(self, goals: Sequence[int], accounts: Iterable[int]) -> None:
        accounts = list(accounts)
        for it in Mark.objects.filter(account__in=accounts, challenge__in=goals, completion=None):
            self._standing(it.challenge_id, it.account_id).marks.append(
                Done(it.step, it.on, it.key)
            )
        done = Completion.objects.filter(account__in=accounts, challenge__in=goals)
        for one in done:
            standing = self._standing(one.challenge_id, one.account_id)
            standing.times += 1
            standing.through_on = max(standing.through_on or one.through_on, one.through_on)

    def _complete(self, goal: Goal, account_id: int, *, now: datetime) -> None:
        standing = self._standing(goal.id, account_id)
        while found := counting.reached(goal, standing.marks, after=standing.through_on):
            # A challenge without a limit is no row that all its winners wait for.
            if goal.is_limited and not bulk.fetch(_WIN, {"id": "bigint"}, [(goal.id,)]):
                return  # All prizes are won.
            standing.times += 1
            standing.through_on = max(standing.through_on or found.through_on, found.through_on)
            won = Won(goal, account_id, standing.times, found)
            completion = Completion.objects.create(
                challenge_id=goal.id, account_id=account_id, number=won.number,
                through_on=found.through_on, completed_at=now, prize=dict(goal.prize),
            )  # fmt: skip
            spent = Mark.objects.filter(
                challenge=goal.id, account=account_id, key__in={it.key for it in found.marks}
            )
            pairs = {(it.step, it.key) for it in found.marks}
            ids = [it.pk for it in spent if (it.step, it.key) in pairs]
            Mark.objects.filter(pk__in=ids).update(completion=completion)
            standing.marks = [it for it in standing.marks if (it.step, it.key) not in pairs]
            self.won.append(won)
            if not goal.repeats:
                return


# --- Refunds --------------------------------------------------------------------------------------


def take_marks_back(program_id: int, version: int, sales: Sequence[Purchase]) -> None:
    """What a refund leaves of its sales may count no more. What was completed stays so."""
    goals = {it.id: it for it in book_for(program_id, version).goals}
    if not goals:
        return
    by_key = {f"purchase:{sale.pk}": sale for sale in sales if sale.account_id}
    open_marks = list(Mark.objects.filter(key__in=by_key, completion=None, challenge__in=goals))
    if not open_marks:
        return
    lines: dict[int, list[PurchaseLine]] = defaultdict(list)
    for line in PurchaseLine.objects.filter(purchase__in=list(by_key.values())):
        lines[line.purchase_id].append(line)
    gone = [
        it.pk
        for it in open_marks
        if not _still_counts(goals[it.challenge_id], it, by_key[it.key], lines)
    ]
    Mark.objects.filter(pk__in=gone).delete()


def _still_counts(
    goal: Goal, mark: Mark, sale: Purchase, lines: dict[int, list[PurchaseLine]]
) -> bool:
    """What is kept of the sale still fits what its step asks of a basket."""
    left = of_stored(sale, lines[sale.pk], mark.account_id)
    items = tuple(item for item in left.items if item.amount_minor > 0)
    if mark.step >= len(goal.steps) or not items:
        return False
    step = goal.steps[mark.step]
    for condition in step.line_conditions:
        items = condition.narrows(items)
    counted = Counted(items, sum(item.counted_minor for item in items), True)
    if counted.minor <= 0:
        return False
    activity = _kept(left)
    return all(
        it.check(activity, counted) for it in step.conditions if isinstance(it, OF_THE_BASKET)
    )


def _kept(left: Cause) -> Activity:
    """What is left of a sale, for conditions that ask of nothing but the basket."""
    return Activity(
        kind=left.kind, account_id=left.account_id, key=left.key, occurred_at=left.occurred_at,
        local=left.occurred_at, who=Who(enrolled_on=date.min), items=left.items,
        counted_minor=left.counted_minor,
    )  # fmt: skip
