"""The public page of a program: what it promises, before anybody joins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from loyalty import formats
from loyalty.earning.models import EarningRule
from loyalty.earning.rule_forms import rule_sentence
from loyalty.flows import pay
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Program
from loyalty.portal import catalog, contests, paying, standing
from loyalty.portal.campaigns import promotions
from loyalty.portal.doors import GuestRequest, guests, show
from loyalty.rewards.models import Reward
from members.ladder import Ladder, ladder_for
from members.models import Tier
from members.segments import names_in

MOST_REWARDS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Something the program gives, for whom or for how much."""

    name: str
    sentence: str
    price: str = ""
    icon: str = ""
    notes: Sequence[str] = ()


@guests
@require_safe
def program(request: GuestRequest) -> HttpResponse:
    here = request.program
    ladder = ladder_for(here.pk, here.version)
    tiers = list(here.tiers.kept().select_related("entry_reward"))
    wallets = list(here.wallets.all())
    for wallet in wallets:
        wallet.program = here  # What prints points asks for its currency.
    context = {
        "rules": _rules(here, tiers),
        "promotions": promotions(here, tiers, now=timezone.now(), member=request.member),
        "contests": contests.running(here, now=timezone.now()),
        "tiers": _tiers(here, tiers, ladder) if len(tiers) > 1 else [],
        "rewards": _rewards(here, tiers),
        "terms": _terms(here, wallets),
    }
    return show(request, "portal/program.html", context)


def _rules(here: Program, tiers: Sequence[Tier]) -> list[Promise]:
    rules = EarningRule.objects.live().filter(program=here).select_related("wallet")
    names = {tier.rank: tier.name for tier in tiers}
    shops = {shop.code: shop.name for shop in here.merchant.locations.all()}
    told = names_in(here)
    return [
        Promise(
            name=str(rule.name),
            sentence=rule_sentence(
                rule,
                here,
                tiers=names,
                locations=shops,
                badges=told["badges"],
                rewards=told["rewards"],
            ),
        )
        for rule in rules
    ]


def _tiers(here: Program, tiers: Sequence[Tier], ladder: Ladder) -> list[Promise]:
    rungs = {rung.id: rung for rung in ladder.rungs}
    return [
        Promise(
            name=str(tier.name),
            sentence=standing.needs(rungs[tier.pk], ladder, here),
            notes=[*standing.gives(tier), *str(tier.benefits).splitlines()],
        )
        for tier in tiers
        if tier.pk in rungs
    ]


def _rewards(here: Program, tiers: Sequence[Tier]) -> list[Promise]:
    rewards = Reward.objects.on_offer(timezone.now()).filter(program=here)
    cards = here.rewards.kept().filter(is_active=True, is_automatic=True)
    found = (rewards | cards).select_related("wallet")[:MOST_REWARDS]
    names = {tier.rank: tier.name for tier in tiers}
    return [_reward(it, here, names) for it in found]


def _reward(reward: Reward, here: Program, tiers: Mapping[int, Any]) -> Promise:
    reward.wallet.program = here
    return Promise(
        name=str(reward.name),
        sentence=" · ".join(
            part for part in (catalog.worth(reward, here), *_limits(reward, tiers)) if part
        ),
        price=formats.points(reward.price, reward.wallet),
        icon=catalog.icon_of(reward),
    )


def _limits(reward: Reward, tiers: Mapping[int, Any]) -> list[str]:
    told = []
    if reward.from_rank and (above := [rank for rank in tiers if rank >= reward.from_rank]):
        told.append(catalog.from_tier(tiers[min(above)]))
    if reward.stock == 0:
        told.append(_("Sold out"))
    return told


def _terms(here: Program, wallets: Sequence[Wallet]) -> list[str]:
    """When points can be spent, until when, and as what."""
    told = []
    if here.pending_days:
        told.append(
            ngettext(
                "What you collect can be spent %(days)s day after the purchase.",
                "What you collect can be spent %(days)s days after the purchase.",
                here.pending_days,
            )
            % {"days": here.pending_days}
        )
    told += [_expiry(wallet) for wallet in wallets if wallet.is_spendable]
    if wallet := pay.wallet_for(here):
        told.append(
            _("At the till, %(rate)s.") % {"rate": paying.rate_of(here, wallet)}
            if wallet.kind != Wallet.Kind.CASHBACK
            else _("At the till, you pay with it as with money.")
        )
    return told


def _expiry(wallet: Wallet) -> str:
    told = {"units": str(wallet.unit_many).capitalize(), "count": wallet.expiry_count}
    if wallet.expiry == Wallet.Expiry.NEVER:
        return _("%(units)s: they never expire.") % told
    if wallet.expiry == Wallet.Expiry.MONTHS:
        words = ngettext(
            "%(units)s: to be spent within %(count)s month.",
            "%(units)s: to be spent within %(count)s months.",
            wallet.expiry_count,
        )
    elif wallet.expiry_count:
        words = ngettext(
            "%(units)s: to be spent by the end of the year, %(count)s year after you got them.",
            "%(units)s: to be spent by the end of the year, %(count)s years after you got them.",
            wallet.expiry_count,
        )
    else:
        words = _("%(units)s: to be spent by the end of the year in which you got them.")
    return words % told
