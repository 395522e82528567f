"""What came of a comparison, in plain sentences."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from campaigns.models import Campaign
from loyalty import formats
from loyalty.days import local_date
from loyalty.insights.lift.groups import Lift, Pair, Shared, lift_of
from loyalty.insights.lift.statistics import Difference, difference, members_needed
from loyalty.ledger.worth import ALL, spent_of, worth_of

HOPELESS = 1_000  # So many times the members there are: nobody will ever have them.


@dataclass(frozen=True, slots=True)
class Told:
    """One figure of both groups, with what is known of the difference."""

    name: str
    label: str
    treated: str
    held_out: str
    difference: str
    interval: str
    sentence: str
    is_distinct: bool
    pair: Pair
    between: Difference | None


def measured(campaign: Campaign, *, now: datetime) -> Lift | None:
    """Both groups, by what the program says that points cost and how much of them is spent."""
    program, wallet = campaign.program, campaign.wallet
    spent = spent_of(wallet, today=local_date(now, program.time_zone))
    basis_points = ALL if spent is None else spent
    worth = worth_of(program, wallet)
    return lift_of(campaign, spent_basis_points=basis_points, worth=worth, now=now)


def told_of(lift: Lift, currency: str) -> Iterator[Told]:
    """Spend, purchases and margin, a member."""

    def money(value: float) -> str:
        return formats.money(round(value), currency)

    yield _told("spend", _("Spend"), lift.spend, money)
    yield _told("purchases", _("Purchases"), lift.purchases, _rate)
    if lift.margin:
        yield _told("margin", _("Margin less the cost of the campaign"), lift.margin, money)


def shared_of(it: Shared) -> Iterator[str]:
    """What another campaign has to do with the comparison."""
    if it.members:
        yield _(
            "%(members)s of those held out here were given something by “%(name)s” meanwhile, for"
            " %(purchases)s of the purchases counted here."
        ) % _counts(it, it.members, it.purchases)
    if it.held_members:
        yield _(
            "%(members)s of the members counted here are held out of “%(name)s”; they made"
            " %(purchases)s of the purchases counted here."
        ) % _counts(it, it.held_members, it.held_purchases)


def _counts(it: Shared, members: int, purchases: int) -> dict[str, Any]:
    return {
        "name": it.campaign.name,
        "members": formats.number(members),
        "purchases": formats.number(purchases),
    }


def _told(name: str, label: str, pair: Pair, shown: Callable[[float], str]) -> Told:
    between = difference(pair.treated, pair.held_out)
    return Told(
        name=name,
        label=label,
        treated=shown(pair.treated.mean),
        held_out=shown(pair.held_out.mean),
        difference=_signed(between.value, shown) if between else "—",
        interval=_interval(between, shown) if between else "—",
        sentence=sentence(pair, between, shown),
        is_distinct=bool(between and between.is_distinct),
        pair=pair,
        between=between,
    )


def sentence(pair: Pair, between: Difference | None, shown: Callable[[float], str]) -> str:
    """What one may say of it, and no more."""
    if between is None:
        return _("There are too few members in one of the groups to say anything.")
    if between.is_distinct:
        told = {"value": shown(abs(between.value)), "interval": _interval(between, shown)}
        if between.value > 0:
            return _("%(value)s more a member because of the campaign (95%%: %(interval)s).") % told
        return _("%(value)s less a member because of the campaign (95%%: %(interval)s).") % told
    members = pair.treated.members + pair.held_out.members
    needed = members_needed(pair.treated, pair.held_out)
    if needed is None or needed > members * HOPELESS:
        return _(
            "Not distinguishable from zero, and hardly ever will be:"
            " the difference is next to none."
        )
    more = {"count": formats.number(_about(needed - members))}
    return _("Not distinguishable from zero yet; about %(count)s more members are needed.") % more


def _about(count: int) -> int:
    """Two figures of a number: more would claim to be known."""
    unit = 10 ** max(0, len(str(count)) - 2)
    return max(1, round(count / unit) * unit)


def _interval(between: Difference, shown: Callable[[float], str]) -> str:
    ends = {"low": _signed(between.low, shown), "high": _signed(between.high, shown)}
    return _("%(low)s to %(high)s") % ends


def _signed(value: float, shown: Callable[[float], str]) -> str:
    sign = "+" if value > 0 else formats.MINUS if value < 0 else "±"
    return f"{sign}{shown(abs(value))}"


def _rate(value: float) -> str:
    return formats.number(Decimal(f"{value:.2f}"))
