"""What the page of a member shows under each of its tabs."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.utils import timezone

from loyalty import formats
from loyalty.dashboard.doors import DeskRequest
from loyalty.dashboard.lines import entry_url, lines_of
from loyalty.dashboard.told import letter_told, voucher_told, with_vouchers
from loyalty.ledger import statement
from loyalty.messaging.models import Message
from loyalty.purchases.models import Purchase, Refund
from members.models import Member

PAGE = 30


def ledger(request: DeskRequest, member: Member) -> dict[str, Any]:
    wallets = list(member.program.wallets.all())
    code = request.GET.get("wallet", "")
    chosen = next((wallet for wallet in wallets if wallet.code == code), None)
    before = request.GET.get("before", "")
    last = statement.find(member.account_id, before) if before else None
    if before and last is None:
        raise Http404
    found = statement.movements(
        member.account_id,
        wallet_id=chosen.pk if chosen else None,
        before=last.id if last else None,
        limit=PAGE + 1,
    )
    shown = found[:PAGE]
    narrowed = {"wallet": chosen.code} if chosen else {}
    return {
        "lines": lines_of(member, shown),
        "older": _address(narrowed | {"before": shown[-1].number}) if len(found) > PAGE else "",
        "newest": _address(narrowed) if before else "",
        "wallets": _wallet_links(wallets, chosen) if len(wallets) > 1 else [],
    }


def lots(request: DeskRequest, member: Member) -> dict[str, Any]:
    rows = []
    for lot in statement.lots(member.account_id):
        wallet = lot.balance.wallet
        wallet.program = member.program
        number = f"{wallet.code}-{lot.entry.seq}"
        rows.append(
            {
                "lot": lot,
                "left": formats.points(lot.remaining, wallet),
                "granted": formats.points(lot.granted, wallet),
                "number": number,
                "url": entry_url(member, number),
            }
        )
    return {"lots": rows}


def purchases(request: DeskRequest, member: Member) -> dict[str, Any]:
    before = request.GET.get("before", "")
    bought = Purchase.objects.filter(account=member.account_id).select_related("location")
    if before:
        last = bought.filter(public_id=before).first()
        if last is None:
            raise Http404
        bought = bought.filter(pk__lt=last.pk)
    found = list(bought.order_by("-pk")[: PAGE + 1])
    shown = found[:PAGE]
    apart = Refund.objects.filter(account=member.account_id, purchase=None).order_by("-pk")
    older = {"see": "purchases", "before": shown[-1].public_id} if len(found) > PAGE else {}
    return {
        "purchases": shown,
        "refunds": list(apart[:PAGE]) if not before else [],
        "older": _address(older) if older else "",
        "newest": _address({"see": "purchases"}) if before else "",
    }


def vouchers(request: DeskRequest, member: Member) -> dict[str, Any]:
    now = timezone.now()
    before = request.GET.get("before", "")
    made = with_vouchers(member.program).filter(account=member.account_id)
    if before:
        last = made.filter(public_id=before).first()
        if last is None:
            raise Http404
        made = made.filter(pk__lt=last.pk)
    found = list(made[: PAGE + 1])
    shown = found[:PAGE]
    older = {"see": "vouchers", "before": shown[-1].public_id} if len(found) > PAGE else {}
    return {
        "vouchers": [voucher_told(it, member.program, now) for it in shown],
        "older": _address(older) if older else "",
        "newest": _address({"see": "vouchers"}) if before else "",
    }


def letters(request: DeskRequest, member: Member) -> dict[str, Any]:
    """The newest of them; the page of all letters has the rest."""
    written = Message.objects.filter(program=member.program, account_id=member.account_id)
    newest = written.order_by("-pk")[: 2 * PAGE]
    return {"letters": [letter_told(it, member.program) for it in newest]}


def _wallet_links(wallets: list[Any], chosen: Any) -> list[dict[str, Any]]:
    links = [{"label": "", "url": "?see=ledger", "current": chosen is None}]
    return links + [
        {
            "label": str(wallet),
            "url": f"?{urlencode({'wallet': wallet.code})}",
            "current": wallet == chosen,
        }
        for wallet in wallets
    ]


def _address(query: dict[str, str]) -> str:
    return f"?{urlencode(query)}" if query else "?see=ledger"
