"""Every movement of a member's account, with its reason, and what is left of it."""

from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from loyalty import formats
from loyalty.days import local_date
from loyalty.ledger import statement
from loyalty.ledger.models import Lot, Wallet
from loyalty.merchants.models import Program
from loyalty.portal import telling
from loyalty.portal.doors import MemberRequest, members_only, show
from loyalty.portal.lines import lines_of

A_PAGE = 20
MOST_RESTS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Points that expire together, in words."""

    amount: str
    until: str
    waits: str


@members_only
@require_safe
def activity(request: MemberRequest) -> HttpResponse:
    member, program = request.member, request.program
    wallets = list(program.wallets.all())
    wallet = _wallet(wallets, request.GET.get("wallet", ""))
    before = _before(member.account_id, request.GET.get("before", ""))
    found = statement.movements(
        member.account_id, wallet_id=wallet.pk if wallet else None, before=before, limit=A_PAGE + 1
    )
    shown = found[:A_PAGE]
    context = {
        "lines": lines_of(member, shown),
        "tabs": _tabs(wallets, wallet) if len(wallets) > 1 else [],
        "older": _address(wallet, shown[-1].number) if len(found) > A_PAGE else "",
        "newest": _address(wallet) if before else "",
        "rests": [] if before else _rests(program, member.account_id, wallet),
    }
    return show(request, "portal/activity.html", context, nav="activity")


def _wallet(wallets: list[Wallet], code: str) -> Wallet | None:
    if not code:
        return None
    found = next((wallet for wallet in wallets if wallet.code == code), None)
    if found is None:
        raise Http404
    return found


def _before(account_id: int, number: str) -> int | None:
    """The line above the page, by the name that its owner may see."""
    if not number:
        return None
    found = statement.find(account_id, number)
    if found is None:
        raise Http404
    return found.id


def _tabs(wallets: list[Wallet], chosen: Wallet | None) -> list[dict[str, Any]]:
    everything = {"label": _("All"), "url": "?", "current": chosen is None}
    return [everything] + [
        {"label": it.unit_many, "url": _address(it), "current": it == chosen} for it in wallets
    ]


def _address(wallet: Wallet | None, before: str = "") -> str:
    asked = {"wallet": wallet.code if wallet else "", "before": before}
    return "?" + urlencode({name: value for name, value in asked.items() if value})


def _rests(program: Program, account_id: int, wallet: Wallet | None) -> list[Rest]:
    """What is left, by when it ends: the soonest first."""

    def ends(lot: Lot) -> tuple[date, int, date]:
        waits = local_date(lot.available_at, program.time_zone) if lot.is_pending else date.min
        return lot.expires_on or date.max, lot.balance.wallet_id, waits

    lots = [
        lot
        for lot in statement.lots(account_id)
        if wallet is None or lot.balance.wallet_id == wallet.pk
    ]
    together = groupby(sorted(lots, key=ends), key=ends)
    return [_rest(list(same), program) for _ends, same in islice(together, MOST_RESTS)]


def _rest(lots: list[Lot], program: Program) -> Rest:
    """Lots of one wallet that begin and end on the same days are one line."""
    lot, remaining = lots[0], sum(lot.remaining for lot in lots)
    wallet = lot.balance.wallet
    wallet.program = program  # What prints points asks for its currency.
    waits = ""
    if lot.is_pending:
        waits = _("can be spent from %(day)s") % {"day": telling.day(lot.available_at, program)}
    return Rest(
        amount=formats.points(remaining, wallet),
        until=(
            _("until %(day)s") % {"day": telling.day(lot.last_day, program)}
            if lot.last_day
            else _("without end")
        ),
        waits=waits,
    )
