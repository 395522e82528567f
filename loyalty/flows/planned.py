"""Letters that the merchant plans: to whom each is owed on a day, and to whom it is not, and why.

A day's letters are owed as soon as the day begins, each for its plan's own hour, a thousand members
in a transaction. Whether somebody still wants one is looked at once more when it leaves.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.book import Promise, book_for
from campaigns.models import Campaign
from campaigns.planned.models import PlannedLetter
from loyalty.days import at_hour, local_date, start_of
from loyalty.earning.activity import PURCHASE, Activity
from loyalty.earning.conditions import Counted
from loyalty.earning.rulebook import rulebook_for
from loyalty.flows import announcing
from loyalty.flows.announcing import owe_or_say_why
from loyalty.flows.daily import Day
from loyalty.purchases.models import Purchase
from members import audience, consents
from members.birthdays import MonthDay, kept_on
from members.ladder import ladder_for
from members.models import Member
from members.standing import Standings

BITE = 1_000
LATEST = 2  # Days after its own on which the letter of a campaign is still sent.
# What a campaign may ask of its members before they buy anything.
OF_MEMBERS = frozenset({"tier", "new_member", "returning", "segment", "badge"})

Event = PlannedLetter.Event
_NOTHING = Counted((), 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One plan on one day: who is meant, under which key, and what the letter is told."""

    plan: PlannedLetter
    members: QuerySet[Member]
    key: Callable[[Member], str]
    told: Callable[[Member], dict[str, Any]]
    is_for: Callable[[Sequence[Member]], set[int]] | None = None  # By the members' ids.


def write(day: Day) -> Iterator[int]:
    """Every planned letter of a day. A bite that is done twice owes nothing twice."""
    if day.is_late:
        return
    for plan in day.program.planned_letters.live().order_by("pk"):
        if plan.event in day.program.silent_letters:
            continue
        for writing in _writings(plan, day):
            for bite in _bites(writing.members):
                _owe(writing, bite, day)
                yield 0


@transaction.atomic
def _owe(writing: Writing, members: Sequence[Member], day: Day) -> None:
    if writing.is_for:
        meant = writing.is_for(members)
        members = [member for member in members if member.pk in meant]
    plan = writing.plan
    hour = day.program.letter_hour if plan.hour is None else plan.hour
    due_at = at_hour(day.on, hour, day.program.time_zone)
    letters = [
        announcing.letter_to(
            member, plan.event, key=f"plan:{plan.pk}:{writing.key(member)}", due_at=due_at,
            plan_id=plan.pk, **writing.told(member),
        )
        for member in members
    ]  # fmt: skip
    owe_or_say_why(letters, members, consents.OFFERS, now=day.clock())


def _bites(members: QuerySet[Member]) -> Iterator[list[Member]]:
    reached = 0
    while bite := list(members.filter(pk__gt=reached).order_by("pk")[:BITE]):
        yield bite
        reached = bite[-1].pk


# --- Who is meant --------------------------------------------------------------------------------


def _writings(plan: PlannedLetter, day: Day) -> Iterator[Writing]:
    everybody = Member.objects.filter(program=day.program, state=Member.State.ACTIVE)
    if plan.event == Event.MEMBERSHIP_DAY:
        yield _membership_day(plan, day, everybody)
    elif plan.event == Event.HOLIDAY:
        if _is_holiday(plan, day.on):
            yield _holiday(plan, day, everybody)
    elif plan.event == Event.WIN_BACK:
        yield _win_back(plan, day, everybody)
    else:
        for campaign in _campaigns(plan, day):
            yield _campaign(plan, campaign, day, everybody)


def _membership_day(plan: PlannedLetter, day: Day, everybody: QuerySet[Member]) -> Writing:
    joined = everybody.filter(enrolled_on__lt=date(day.on.year, 1, 1)).alias(
        kept=MonthDay("enrolled_on")
    )
    return Writing(
        plan=plan,
        members=joined.filter(kept__in=kept_on(day.on)),
        key=lambda member: f"{member.account_id}:{day.on.year}",
        told=lambda member: _told(number=day.on.year - member.enrolled_on.year),
    )


def _is_holiday(plan: PlannedLetter, on: date) -> bool:
    assert plan.on
    if not plan.is_yearly:
        return plan.on == on
    return on >= plan.on and plan.on.month * 100 + plan.on.day in kept_on(on)


def _holiday(plan: PlannedLetter, day: Day, everybody: QuerySet[Member]) -> Writing:
    return Writing(
        plan=plan,
        members=everybody,
        key=lambda member: f"{member.account_id}:{day.on.year}",
        told=lambda member: _told(),
    )


def _win_back(plan: PlannedLetter, day: Day, everybody: QuerySet[Member]) -> Writing:
    """Whose last purchase, or joining if there was none, is so many days ago."""
    last = day.on - timedelta(days=plan.days)
    zone = day.program.time_zone
    theirs = Purchase.objects.filter(program=day.program, account=OuterRef("account_id"))
    on_the_day = theirs.filter(
        made_at__gte=start_of(last, zone), made_at__lt=start_of(last + timedelta(days=1), zone)
    )
    since = theirs.filter(made_at__gte=start_of(last + timedelta(days=1), zone))
    never = Q(enrolled_on=last) & ~Q(Exists(theirs))
    return Writing(
        plan=plan,
        members=everybody.filter(Q(Exists(on_the_day)) & ~Q(Exists(since)) | never),
        key=lambda member: f"{member.account_id}:{last}",
        told=lambda member: _told(number=plan.days),
    )


def _campaigns(plan: PlannedLetter, day: Day) -> list[Campaign]:
    """Those that begin (or end) in so many days; also those whose letter is a little late."""
    zone = day.program.time_zone
    found = []
    for campaign in Campaign.objects.promised().filter(
        program=day.program, ends_at__gt=start_of(day.on, zone)
    ):
        moment = campaign.starts_at
        if plan.event == Event.CAMPAIGN_END:
            moment = campaign.ends_at - timedelta(microseconds=1)
        due_on = local_date(moment, zone) - timedelta(days=plan.days)
        if due_on <= day.on <= due_on + timedelta(days=LATEST):
            found.append(campaign)
    return found


def _campaign(
    plan: PlannedLetter, campaign: Campaign, day: Day, everybody: QuerySet[Member]
) -> Writing:
    book = book_for(day.program.pk, day.program.version)
    kept = (*book.promises.values(), *book.presents.values())
    found = next((it for some in kept for it in some if it.id == campaign.pk), None)
    return Writing(
        plan=plan,
        members=everybody if found else everybody.none(),  # One that cannot be read is for nobody.
        key=lambda member: f"{member.account_id}:{campaign.pk}",
        told=lambda member: _told(campaign_id=campaign.pk),
        is_for=(lambda members: _audience(found, members, day)) if found else None,
    )


def _audience(promise: Promise, members: Sequence[Member], day: Day) -> set[int]:
    """Those whom a campaign is for, as far as that can be known before they buy.

    Who is held out of it, to be compared with, is not told of it either.
    """
    rule = promise.rule
    members = [member for member in members if not promise.leaves_out(member.account_id)]
    asked = [one for one in rule.conditions if one.kind in OF_MEMBERS]
    if not asked:
        return {member.pk for member in members}
    program = day.program
    rulebook = rulebook_for(program.pk, program.version)
    ladder = ladder_for(program.pk, program.version)
    accounts = {member.account_id: [day.on] for member in members}
    standings = Standings.load(ladder, rulebook, accounts)
    moments = [(account, day.hour) for account in accounts]
    known = audience.facts(program, set(rule.facts), moments) if rule.facts else {}
    found = set()
    for member in members:
        facts = known.get((member.account_id, day.hour), frozenset())
        who = standings.who(member.account_id, facts=facts)
        activity = Activity(
            kind=PURCHASE, account_id=member.account_id, key="", occurred_at=day.hour,
            local=day.hour, who=who,
        )  # fmt: skip
        if all(one.check(activity, _NOTHING) for one in asked):
            found.add(member.pk)
    return found


def _told(*, number: int = 0, campaign_id: int = 0) -> dict[str, int]:
    return {"number": number, "campaign_id": campaign_id}
