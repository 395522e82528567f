"""The catalog as one member reads it: what they can have, what is near, what is not for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty import formats
from loyalty.merchants.models import Program
from loyalty.portal import telling
from loyalty.rewards.catalog import Offer, offers_for
from loyalty.rewards.models import Reward
from members.ladder import ladder_for
from members.models import Member

Kind = Reward.Kind
ICONS = {
    Kind.AMOUNT_OFF: "banknote",
    Kind.PERCENT_OFF: "badge-percent",
    Kind.FREE_PRODUCT: "coffee",
    Kind.FREE_SHIPPING: "truck",
    Kind.STORE_CREDIT: "wallet",
    Kind.CUSTOM: "gift",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An offer, in words."""

    offer: Offer
    price: str
    worth: str  # "฿50 off your bill".
    missing: str  # "80 points more".
    obstacle: str  # Why it cannot be had at all now.
    icon: str

    @property
    def reward(self) -> Reward:
        return self.offer.reward

    @property
    def can_be_had(self) -> bool:
        return self.offer.can_be_had

    @property
    def is_near(self) -> bool:
        return bool(self.offer.missing) and not self.offer.locked

    @property
    def balance_after(self) -> str:
        return formats.points(self.offer.points - self.offer.price, self.reward.wallet)

    @property
    def balance(self) -> str:
        return formats.points(self.offer.points, self.reward.wallet)


def offers(
    member: Member, *, rank: int, now: datetime, points: Mapping[int, int] | None = None
) -> list[Shown]:
    """What can be had first, then what is nearest, then what is locked or gone."""
    program = member.program
    found = offers_for(program, member.account_id, rank=rank, at=now, points=points)
    return [shown(offer, program) for offer in sorted(found, key=_order)]


def shown(offer: Offer, program: Program) -> Shown:
    reward = offer.reward
    reward.wallet.program = program  # What prints points asks for its currency.
    return Shown(
        offer=offer,
        price=formats.points(offer.price, reward.wallet),
        worth=worth(reward, program),
        missing=_("%(points)s more") % {"points": formats.points(offer.missing, reward.wallet)},
        obstacle=_obstacle(offer, program),
        icon=icon_of(reward),
    )


def icon_of(reward: Reward | None) -> str:
    return ICONS.get(Kind(reward.kind), "gift") if reward else "banknote"


def worth(reward: Reward, program: Program) -> str:
    """What a reward does to the bill, in a few words; nothing where its name says it all."""
    money = formats.money(reward.amount_minor or 0, program.currency, whole=True)
    words = {
        Kind.AMOUNT_OFF: _("%(money)s off your bill") % {"money": money},
        Kind.PERCENT_OFF: _("%(percent)s off your bill")
        % {"percent": formats.percent(reward.percent or 0)},
        Kind.FREE_SHIPPING: _("Free shipping"),
        Kind.STORE_CREDIT: _("%(money)s to spend in the shop") % {"money": money},
    }
    return words.get(Kind(reward.kind), "")


def terms_of(offer: Offer, program: Program, *, now: datetime) -> list[str]:
    """The small print of a reward, none of it small: how long, how often, until when."""
    reward = offer.reward
    told = []
    if reward.voucher_days is None:
        told.append(_("The voucher does not expire."))
    else:
        last = now + timedelta(days=reward.voucher_days)
        told.append(
            _("You get a code, good until the end of %(day)s.")
            % {"day": telling.day(last, program)}
        )
    if offer.times_left:
        told.append(
            ngettext(
                "You can have it %(times)s time more%(period)s.",
                "You can have it %(times)s times more%(period)s.",
                offer.times_left,
            )
            % {"times": formats.number(offer.times_left), "period": _period(reward)}
        )
    if reward.ends_at:
        ends = telling.day(telling.last_moment(reward.ends_at), program)
        told.append(_("On offer until %(day)s.") % {"day": ends})
    return told


def from_tier(name: Any) -> str:
    return _("From the tier “%(tier)s” on") % {"tier": name}


def _period(reward: Reward) -> str:
    periods = {
        "day": _(" today"),
        "week": _(" this week"),
        "month": _(" this month"),
        "year": _(" this year"),
    }
    return periods.get(reward.member_limit_period, "")


def _order(offer: Offer) -> tuple[int, float, int]:
    group = 0 if offer.can_be_had else 1 if not offer.locked else 2
    return group, offer.missing / max(offer.price, 1), offer.price


def _obstacle(offer: Offer, program: Program) -> str:
    if offer.locked_rank is not None:
        rungs = ladder_for(program.pk, program.version).rungs
        name = next((rung.name for rung in rungs if rung.rank >= offer.locked_rank), "")
        return from_tier(name)
    if offer.is_sold_out:
        return _("Sold out")
    if offer.times_left == 0:
        return _("You have had it as often as you may")
    return ""
