"""The campaigns of a program as members see them: what they give, and how long there is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.book import compile_campaign
from campaigns.campaign_forms import campaign_sentence
from campaigns.holdout import is_held_out
from campaigns.models import Campaign
from loyalty import formats
from loyalty.days import local_date
from loyalty.earning.conditions.who import OneOf
from loyalty.earning.parts import BadRule
from loyalty.merchants.models import Program
from members import audience
from members.models import Member, Tier
from members.segments import names_in

SOON = timedelta(days=14)  # What begins later is not told of yet.


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A campaign, in words."""

    name: str
    about: str
    sentence: str
    when: str
    is_live: bool


def promotions(
    program: Program, tiers: Sequence[Tier], *, now: datetime, member: Member | None = None
) -> list[Promotion]:
    """Those that are live, the first to end ahead; then those that begin soon.

    What is for some members only is shown to them alone.
    """
    found = program.campaigns.promised().filter(ends_at__gt=now, starts_at__lte=now + SOON)
    shown = sorted(
        _meant(list(found.select_related("wallet")), member, now),
        key=lambda it: (it.starts_at > now, it.ends_at if it.starts_at <= now else it.starts_at),
    )
    names = {tier.rank: tier.name for tier in tiers}
    shops = {shop.code: shop.name for shop in program.merchant.locations.all()} if shown else {}
    told = names_in(program) if shown else {}
    told = {name: told[name] for name in ("badges", "rewards") if name in told}
    return [
        Promotion(
            name=str(it.name), about=str(it.about), when=_when(it, program, now),
            sentence=campaign_sentence(it, program, tiers=names, locations=shops, **told),
            is_live=it.starts_at <= now,
        )
        for it in shown
    ]  # fmt: skip


def _meant(found: list[Campaign], member: Member | None, now: datetime) -> list[Campaign]:
    """Without those that are for others, and those that the member is held out of."""
    if member:
        found = [it for it in found if not _leaves_out(it, member)]
    asked = {it.pk: _audience(it) for it in found}
    wanted = {fact for conditions in asked.values() for one in conditions for fact in one.facts}
    known: frozenset[str] = frozenset()
    if wanted and member:
        moment = (member.account_id, now)
        known = audience.facts(member.program, wanted, [moment]).get(moment, known)
    return [it for it in found if all(one.means(known) for one in asked[it.pk])]


def _leaves_out(campaign: Campaign, member: Member) -> bool:
    return is_held_out(campaign.public_id, member.account_id, campaign.held_out_percent)


def _audience(campaign: Campaign) -> list[OneOf]:
    try:
        rule = compile_campaign(campaign).rule
    except BadRule:
        return []
    return [one for one in rule.conditions if isinstance(one, OneOf)]


def _when(it: Campaign, program: Program, now: datetime) -> str:
    zone = program.time_zone
    if it.starts_at > now:
        first = local_date(it.starts_at, zone)
        return _("from %(day)s") % {"day": formats.day(first, style="short")}
    last = local_date(it.ends_at - timedelta(microseconds=1), zone)
    days = (last - local_date(now, zone)).days
    if days == 0:
        return _("today until %(time)s") % {"time": formats.clock(it.ends_at, zone=zone)}
    left = ngettext("%(days)s day left", "%(days)s days left", days) % {
        "days": formats.number(days)
    }
    return _("until %(day)s, %(left)s") % {"day": formats.day(last, style="short"), "left": left}
