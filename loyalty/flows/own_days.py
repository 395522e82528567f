"""Days that members choose for themselves: so many a year, and none is moved once it has begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.book import compile_campaign
from campaigns.models import Campaign
from loyalty import formats
from loyalty.days import local_date, start_of
from loyalty.earning.activity import PURCHASE, Activity, Who
from loyalty.earning.conditions import Counted
from loyalty.earning.conditions.who import NewMember, OneOf, OwnDays, Tier
from loyalty.earning.parts import BadRule
from loyalty.earning.rulebook import Rule
from loyalty.flows import spending
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal
from members import audience, finding
from members.models import ChosenDay, Member

DAY = timedelta(days=1)
# What says whom a campaign is for; the other conditions are about the purchase.
ABOUT_PEOPLE = (Tier, OneOf, NewMember)


class NoMoreDays(Refusal):
    code = "no_days_left"


class DayTaken(Refusal):
    code = "day_chosen_already"


class DayBegun(Refusal):
    code = "day_has_begun"


class DayOutside(Refusal):
    code = "day_outside_campaign"


class NotForYou(Refusal):
    code = "campaign_not_for_member"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A campaign whose days a member may choose, and what they chose of it."""

    campaign: Campaign
    a_year: int
    days: Sequence[ChosenDay]
    left: int  # In the year that it is.


def choices_for(member: Member, *, now: datetime) -> list[Choice]:
    """The campaigns of which a member chooses the days, now or soon."""
    program = member.program
    found = program.campaigns.promised().filter(ends_at__gt=now).order_by("starts_at", "pk")
    # Most programs have none, and then nothing more is asked.
    rules = [(it, rule) for it in found if (rule := _rule(it)) and _own_days(rule)]
    if not rules:
        return []
    year = local_date(now, program.time_zone).year
    days = list(member.chosen_days.order_by("on"))
    choices = []
    for campaign, rule in rules:
        own = _own_days(rule)
        if own is None or not _is_meant(member, rule, now=now):
            continue
        mine = [it for it in days if it.source == campaign.source]
        used = sum(it.on.year == year for it in mine)
        choices.append(Choice(
            campaign=campaign, a_year=own.days, days=mine, left=max(0, own.days - used),
        ))  # fmt: skip
    return choices


@transaction.atomic
def choose(member: Member, campaign: Campaign, on: date, *, now: datetime) -> ChosenDay:
    """Choose a day, today or later. The same day again is the same."""
    member = finding.locked(member)  # Two at once are counted one after the other.
    spending.check_active(member.account_id)
    program, source = member.program, campaign.source
    if made := member.chosen_days.filter(on=on, source=source).first():
        return made
    rule = _promised(program, campaign, now)
    own = _own_days(rule)
    assert own is not None
    if not _is_meant(member, rule, now=now):
        raise NotForYou(_("This is for other members."))
    _check_day(program, campaign, on, now)
    if member.chosen_days.filter(on=on).exists():
        raise DayTaken(_("You have chosen that day already."), field="on")
    chosen = member.chosen_days.filter(source=source, on__year=on.year).count()
    if chosen >= own.days:
        words = ngettext(
            "You have chosen your %(days)s day of %(year)s already.",
            "You have chosen your %(days)s days of %(year)s already.",
            own.days,
        )
        told = {"days": formats.number(own.days), "year": _year(on)}
        raise NoMoreDays(words % told, field="on", most=own.days)
    return ChosenDay.objects.create(member=member, source=source, on=on, chosen_at=now)


@transaction.atomic
def give_up(member: Member, campaign: Campaign, on: date, *, now: datetime) -> None:
    """Choose a day no more, so that another can be. Twice is once; one that has begun stays."""
    member = finding.locked(member)
    if on <= local_date(now, member.program.time_zone):
        raise DayBegun(_("That day has begun, so it cannot be moved."))
    member.chosen_days.filter(source=campaign.source, on=on).delete()


def _check_day(program: Program, campaign: Campaign, on: date, now: datetime) -> None:
    if on < local_date(now, program.time_zone):
        raise DayOutside(_("That day has passed."), field="on")
    begins = start_of(on, program.time_zone)
    if campaign.ends_at <= begins or campaign.starts_at >= start_of(on + DAY, program.time_zone):
        first = local_date(campaign.starts_at, program.time_zone)
        last = local_date(campaign.ends_at - timedelta(microseconds=1), program.time_zone)
        raise DayOutside(
            _("Choose a day from %(first)s to %(last)s.")
            % {"first": formats.day(first), "last": formats.day(last)},
            field="on",
        )


def _promised(program: Program, campaign: Campaign, now: datetime) -> Rule:
    live = program.campaigns.promised().filter(pk=campaign.pk, ends_at__gt=now).first()
    rule = _rule(live) if live else None
    if rule is None or _own_days(rule) is None:
        raise DayOutside(_("No days can be chosen for this any more."))
    return rule


def _rule(campaign: Campaign) -> Rule | None:
    try:
        return compile_campaign(campaign).rule
    except BadRule:
        return None


def _own_days(rule: Rule) -> OwnDays | None:
    return next((it for it in rule.conditions if isinstance(it, OwnDays)), None)


def _is_meant(member: Member, rule: Rule, *, now: datetime) -> bool:
    """Whether what the campaign asks of people holds for a member."""
    asked: list[Any] = [it for it in rule.conditions if isinstance(it, ABOUT_PEOPLE)]
    wanted = {fact for it in asked for fact in it.facts}
    moment = (member.account_id, now)
    who = Who(
        enrolled_on=member.enrolled_on,
        tier_rank=spending.ranks_of([member.account_id])[member.account_id],
        facts=audience.facts(member.program, wanted, [moment]).get(moment, frozenset()),
    )
    local = now.astimezone(ZoneInfo(member.program.time_zone))
    activity = Activity(
        kind=PURCHASE, account_id=member.account_id, key="", occurred_at=now, local=local, who=who
    )
    return all(it.check(activity, Counted((), 0)) for it in asked)


def _year(on: date) -> str:
    return str(on.year + 543) if formats.language() == "th" else str(on.year)
