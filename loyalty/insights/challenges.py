"""How far members are with challenges: from their marks, counted as they are judged."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max

from campaigns.challenges import counting
from campaigns.challenges.book import compile_challenge
from campaigns.challenges.counting import Done, Goal, Progress
from campaigns.challenges.models import Challenge, Completion, Mark
from members.models import Member

MOST_LOOKED_AT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Player:
    """A member in a challenge."""

    member: Member
    progress: Progress
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """One member's challenge: where they are, and how often they have done it."""

    goal: Goal
    challenge: Challenge
    progress: Progress
    times: int

    @property
    def percent(self) -> int:
        return percent_of(self.goal, self.progress)


def percent_of(goal: Goal, progress: Progress) -> int:
    asked = sum(step.times for step in goal.steps)
    share = sum(progress.steps) / asked
    if goal.weeks is None:
        return int(share * 100)
    # What is done this week is in ``weeks`` once it is whole.
    part = 0 if share == 1 else share
    return min(100, int((progress.weeks + part) * 100 / goal.weeks))


def farthest(challenge: Challenge, *, today: date, limit: int) -> list[Player]:
    """Who is closest to having done it, among those who did something for it lately."""
    goal = compile_challenge(challenge)
    open_marks = Mark.objects.filter(challenge=challenge, completion=None)
    latest = open_marks.values("account").annotate(number=Count("pk"), at=Max("pk"))
    accounts = [it["account"] for it in latest.order_by("-number", "-at")[:MOST_LOOKED_AT]]
    marks: dict[int, list[Done]] = {}
    for it in open_marks.filter(account__in=accounts):
        marks.setdefault(it.account_id, []).append(Done(it.step, it.on, it.key))
    through = _through(challenge, accounts)
    players = []
    people = Member.objects.filter(account__in=accounts).select_related("program")
    for member in people:
        account = member.account_id
        found = counting.progress(goal, marks[account], today=today, after=through.get(account))
        if found.has_begun:
            percent = percent_of(goal, found)
            players.append(Player(member=member, progress=found, percent=percent))
    players.sort(key=lambda it: (-it.percent, it.member.pk))
    return players[:limit]


def standings_of(
    challenges: Iterable[Challenge], account_id: int, *, today: date
) -> list[Standing]:
    """Where one member stands in each challenge, in two questions however many there are."""
    listed = list(challenges)
    if not listed:
        return []
    marks: dict[int, list[Done]] = {}
    for it in Mark.objects.filter(account=account_id, completion=None, challenge__in=listed):
        marks.setdefault(it.challenge_id, []).append(Done(it.step, it.on, it.key))
    times: dict[int, int] = {}
    through: dict[int, date] = {}
    for done in Completion.objects.filter(account=account_id, challenge__in=listed):
        times[done.challenge_id] = times.get(done.challenge_id, 0) + 1
        last = through.get(done.challenge_id, done.through_on)
        through[done.challenge_id] = max(last, done.through_on)
    standings = []
    for challenge in listed:
        goal = compile_challenge(challenge)
        found = counting.progress(
            goal, marks.get(challenge.pk, []), today=today, after=through.get(challenge.pk)
        )
        standings.append(
            Standing(
                goal=goal, challenge=challenge, progress=found, times=times.get(challenge.pk, 0)
            )
        )
    return standings


def _through(challenge: Challenge, accounts: list[int]) -> dict[int, date]:
    done = Completion.objects.filter(challenge=challenge, account__in=accounts)
    return dict(
        done.values("account").annotate(last=Max("through_on")).values_list("account", "last")
    )
