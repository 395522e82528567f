"""Challenges as members see them: cards with steps, bars, weeks and the days that are left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.challenges.reading import frame_sentence, step_sentences
from campaigns.wheel.models import Wheel
from loyalty import formats
from loyalty.days import local_date
from loyalty.earning.terms import Terms
from loyalty.flows import prizes
from loyalty.insights.challenges import Standing, standings_of
from loyalty.merchants.models import Program
from members.models import Member

SOON = timedelta(days=14)  # What begins later is not told of yet.


@dataclass(frozen=True, slots=True, kw_only=True)
class CardStep:
    sentence: str
    done: int
    times: int
    note: str

    @property
    def is_done(self) -> bool:
        return self.done >= self.times


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One challenge, in words."""

    name: str
    about: str
    prize: str
    frame: str
    when: str
    steps: Sequence[CardStep]
    weeks: Sequence[bool]  # Of a streak: which are done.
    weeks_told: str
    percent: int
    is_live: bool
    is_done: bool
    is_gone: bool  # All prizes are won.
    done_told: str


def cards(program: Program, member: Member | None, *, now: datetime) -> list[Card]:
    """Live challenges, the farthest ahead first; then those that begin soon; then what is done."""
    over = Q(ends_at=None) | Q(ends_at__gt=now)
    found = list(program.challenges.open().filter(over, starts_at__lte=now + SOON)[:50])
    if not found:
        return []
    today = local_date(now, program.time_zone)
    standings = standings_of(found, member.account_id if member else 0, today=today)
    terms = _terms(program)
    told = prizes.told_all([it.prize for it in found])
    made = [
        _card(it, prize, terms, program=program, now=now, today=today)
        for it, prize in zip(standings, told, strict=True)
    ]
    return sorted(made, key=lambda it: (it.is_done or it.is_gone, not it.is_live, -it.percent))


def live_wheels(program: Program, *, now: datetime) -> list[Wheel]:
    return list(program.wheels.live(now).select_related("wallet")[:10])


def _card(  # noqa: PLR0917
    it: Standing, prize: str, terms: Terms, *, program: Program, now: datetime, today: date
) -> Card:
    challenge, goal = it.challenge, it.goal
    is_done = bool(it.times) and not goal.repeats
    steps = [
        CardStep(
            sentence=sentence, done=step.times if is_done else done, times=step.times,
            note=_("%(done)s of %(times)s") % {
                "done": formats.number(step.times if is_done else done),
                "times": formats.number(step.times),
            },
        )
        for sentence, step, done in zip(
            step_sentences(challenge, terms), goal.steps, it.progress.steps, strict=True
        )
    ]  # fmt: skip
    weeks = goal.weeks or 0
    in_row = weeks if is_done else min(it.progress.weeks, weeks)
    is_gone = challenge.winners is not None and challenge.won >= challenge.winners
    return Card(
        name=str(challenge.name), about=str(challenge.about), prize=prize,
        frame=frame_sentence(challenge), when=_when(it, program, now, today, is_done=is_done),
        steps=steps, weeks=[number < in_row for number in range(weeks)],
        weeks_told=_("%(done)s of %(weeks)s weeks in a row") % {
            "done": formats.number(in_row), "weeks": formats.number(weeks)
        } if weeks else "",
        percent=100 if is_done else it.percent, is_live=challenge.starts_at <= now,
        is_done=is_done, is_gone=is_gone and not is_done, done_told=_done_told(it),
    )  # fmt: skip


def _done_told(it: Standing) -> str:
    if not it.times:
        return ""
    return ngettext("Done once", "Done %(times)s times", it.times) % {
        "times": formats.number(it.times)
    }


def _when(it: Standing, program: Program, now: datetime, today: date, *, is_done: bool) -> str:
    """The nearest end: of the days that its steps have, of the week, or of the challenge."""
    challenge = it.challenge
    if is_done:
        return ""
    if challenge.starts_at > now:
        first = local_date(challenge.starts_at, program.time_zone)
        return _("from %(day)s") % {"day": formats.day(first, style="short")}
    last = it.progress.last_on if it.progress.has_begun else None
    if challenge.ends_at is not None:
        end = local_date(challenge.ends_at - timedelta(microseconds=1), program.time_zone)
        last = min(last or end, end)
    if last is None:
        return ""
    days = (last - today).days
    if days <= 0:
        return _("today is the last day")
    return ngettext("%(days)s day left", "%(days)s days left", days) % {
        "days": formats.number(days)
    }


def _terms(program: Program) -> Terms:
    wallet = program.wallets.order_by("pk")[0]
    tiers = {tier.rank: tier.name for tier in program.tiers.all()}
    shops = {shop.code: shop.name for shop in program.merchant.locations.all()}
    return Terms.of(program, wallet, tiers=tiers, locations=shops)
