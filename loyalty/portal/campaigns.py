"""The campaigns of a program as members see them: what they give, and how long there is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.campaign_forms import campaign_sentence
from campaigns.models import Campaign
from loyalty import formats
from loyalty.days import local_date
from loyalty.merchants.models import Program
from members.models import Tier

SOON = timedelta(days=14)  # What begins later is not told of yet.


@dataclass(frozen=True, slots=True, kw_only=True)
class Promotion:
    """A campaign, in words."""

    name: str
    about: str
    sentence: str
    when: str
    is_live: bool


def promotions(program: Program, tiers: Sequence[Tier], *, now: datetime) -> list[Promotion]:
    """Those that are live, the first to end ahead; then those that begin soon."""
    found = program.campaigns.promised().filter(ends_at__gt=now, starts_at__lte=now + SOON)
    shown = sorted(
        found.select_related("wallet"),
        key=lambda it: (it.starts_at > now, it.ends_at if it.starts_at <= now else it.starts_at),
    )
    names = {tier.rank: tier.name for tier in tiers}
    shops = {shop.code: shop.name for shop in program.merchant.locations.all()} if shown else {}
    return [
        Promotion(
            name=str(it.name), about=str(it.about), when=_when(it, program, now),
            sentence=campaign_sentence(it, program, tiers=names, locations=shops),
            is_live=it.starts_at <= now,
        )
        for it in shown
    ]  # fmt: skip


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
