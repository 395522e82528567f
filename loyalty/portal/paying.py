"""Paying with points: the member says how much money, and gets a code for the till."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from loyalty import formats
from loyalty.fields import MoneyField
from loyalty.flows import pay as flow
from loyalty.ledger.models import Balance, Wallet
from loyalty.merchants.models import Program
from loyalty.portal.careful import hold_told, spends
from loyalty.portal.doors import MemberRequest, attempt, members_only, show, status_of
from loyalty.portal.forms import KeyedForm


class PayForm(KeyedForm):
    def __init__(self, *args: object, program: Program, most_minor: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["amount"] = MoneyField(
            label=_("How much do you want to pay?"),
            currency=program.currency,
            help_text=_("Up to %(money)s.")
            % {"money": formats.money(most_minor, program.currency, whole=True)},
        )


@members_only
@spends
@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: MemberRequest) -> HttpResponse:
    member, program = request.member, request.program
    wallet = flow.wallet_for(program)
    if wallet is None:
        raise Http404
    points = _points(request, wallet)
    most = flow.most_payable(program, points, wallet)
    form = PayForm(request.POST or None, program=program, most_minor=most)
    made = attempt(
        form,
        lambda told: flow.pay(
            member, amount_minor=told["amount"], key=told["key"], now=timezone.now()
        ),
    )
    if made:
        return redirect("portal:voucher", slug=program.slug, public_id=made.public_id)
    context = {
        "form": form,
        "most": formats.money(most, program.currency, whole=True) if most else "",
        "balance": formats.points(points, wallet),
        "rate": rate_of(program, wallet),
        "minutes": int(flow.WAITS.total_seconds() // 60),
        "wallet": wallet,
        "hold": hold_told(member, now=timezone.now()),
    }
    return show(request, "portal/pay.html", context, nav="rewards", status=status_of(form))


def rate_of(program: Program, wallet: Wallet) -> str:
    """What points are worth as money: "100 points pay ฿10"."""
    if wallet.kind == Wallet.Kind.CASHBACK:
        return ""
    wallet.program = program
    return _("%(points)s pay %(money)s") % {
        "points": formats.points(program.pay_points, wallet),
        "money": formats.money(program.pay_minor, program.currency, whole=True),
    }


def _points(request: MemberRequest, wallet: Wallet) -> int:
    wallet.program = request.program
    balances = Balance.objects.filter(account=request.member.account_id, wallet=wallet)
    return balances.values_list("points", flat=True).first() or 0
