"""The counter: for one hand, at the till. Find the member, enter the sale, hand over, next."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty import consenting, formats
from loyalty.dashboard.counter_forms import CounterSaleForm, FindForm, OnceOnlyForm, ShopForm
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.lines import reasons_of
from loyalty.dashboard.member_forms import NewMemberForm
from loyalty.dashboard.members import known_by, tell_enrolled
from loyalty.dashboard.quoting import quoted
from loyalty.dashboard.standing import standing_of
from loyalty.dashboard.till import check_pace, remember_shop, shop_of
from loyalty.dashboard.told import reward_name, voucher_told, with_vouchers
from loyalty.days import local_date
from loyalty.flows import by_hand, pay, redeem, vouchers
from loyalty.flows.vouchers import VoucherUnknown
from loyalty.ledger import statement
from loyalty.ledger.models import Entry
from loyalty.ledger.statement import Holding
from loyalty.purchases.models import Purchase
from loyalty.rewards import catalog, codes
from loyalty.rewards.catalog import Offer
from loyalty.rewards.models import Redemption, Voucher
from members import searching
from members.models import Member


@needs("counter.use", only_asks=True)
@require_http_methods(["GET", "POST"])
def counter(request: DeskRequest) -> HttpResponse:
    """One box for everything that a customer shows or says: card, phone, e-mail, voucher."""
    form = FindForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "shops": _shops(request)}
    status = 200
    if form.is_bound and form.is_valid():
        check_pace(request)
        text = form.cleaned_data["what"]
        found = searching.named_exactly(request.program, text)
        if len(found) == 1:
            return redirect(
                "dashboard:counter_member", slug=request.program.slug, public_id=found[0].public_id
            )
        context |= {"several": found} if found else _voucher(request, text)
        status = 200 if found or "voucher" in context else 422
    return show(
        request, "dashboard/counter/find.html", context, nav="counter",
        status=max(status, status_of(form)),
    )  # fmt: skip


@needs("counter.use", only_asks=True)
@require_POST
def shop(request: DeskRequest) -> HttpResponse:
    """Where this device stands. It is remembered until somebody signs out."""
    form = ShopForm(request.program, request.POST)
    if form.is_valid():
        remember_shop(request, form.cleaned_data["shop"])
    return redirect("dashboard:counter", slug=request.program.slug)


@needs("members.enroll")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """Somebody who wants to join, here and now."""
    program, now = request.program, timezone.now()
    form = NewMemberForm(
        program, request.POST or None, initial={"phone": request.GET.get("phone", "")[:30]}
    )
    who = attempt(
        form,
        lambda told: by_hand.enroll(
            program, now=now, by=request.staff, **consenting.apart(form, told)
        ),
    )
    if who:
        tell_enrolled(request, who, is_new=who.enrolled_at == now)
        return redirect("dashboard:counter_member", slug=program.slug, public_id=who.public_id)
    context = {"form": form, "known": known_by(program, form)}
    page = "dashboard/counter/new.html"
    return show(request, page, context, nav="counter", status=status_of(form))


@needs("counter.use")
@require_http_methods(["GET", "POST"])
def member(request: DeskRequest, public_id: str) -> HttpResponse:
    """Somebody at the counter: what they have, a sale to enter, rewards to hand over."""
    who = _member(request, public_id)
    holdings = statement.holdings(who.account_id)
    form = CounterSaleForm(who.program, _payable(who, holdings), request.POST or None)
    sold = attempt(
        form,
        lambda told: by_hand.sell(
            who, form.line(), source=by_hand.COUNTER,
            reference=told["reference"].strip() or told["once"], now=timezone.now(),
            by=request.staff, paid_minor=told.get("paid") or 0, location=shop_of(request),
        ),
    )  # fmt: skip
    if sold:
        return redirect(
            "dashboard:counter_sold", slug=who.program.slug, public_id=public_id,
            purchase=sold.outcome.public_id,
        )  # fmt: skip
    context = {
        **_who(who, holdings),
        "form": form,
        "offers": [_offer(it, who) for it in _offers(who, holdings)],
    }
    page = "dashboard/counter/member.html"
    return show(request, page, context, nav="counter", status=status_of(form))


@needs("counter.use", only_asks=True)
@require_POST
def quote(request: DeskRequest, public_id: str) -> HttpResponse:
    """What the sale would earn, while the amount is being typed."""
    who = _member(request, public_id)
    payable = _payable(who, statement.holdings(who.account_id))
    form = CounterSaleForm(who.program, payable, request.POST)
    context = {}
    if form.is_valid():
        now = timezone.now()
        sale = form.sale(who, shop_of(request), now)
        context = {"quote": quoted(who.program, sale, now=now)}
    return show(request, "dashboard/counter/quote.html", context)


@needs("counter.use")
@require_safe
def sold(request: DeskRequest, public_id: str, purchase: str) -> HttpResponse:
    """What a sale earned. It is in the member's hands by now."""
    who = _member(request, public_id)
    made = get_object_or_404(Purchase.objects.filter(account=who.account_id), public_id=purchase)
    gave = Entry.objects.filter(award__purchase=made, balance__account=who.account_id)
    context = {
        **_who(who, statement.holdings(who.account_id)),
        "sold": made,
        "gave": [_given(it, who) for it in gave.select_related("balance__wallet", "lot")],
    }
    return show(request, "dashboard/counter/sold.html", context, nav="counter")


@needs("counter.use")
@require_http_methods(["GET", "POST"])
def reward(request: DeskRequest, public_id: str, reward: str) -> HttpResponse:
    """A reward for somebody's points: handed over now, or a voucher for later."""
    who = _member(request, public_id)
    holdings = statement.holdings(who.account_id)
    offer = next((it for it in _offers(who, holdings) if it.reward.public_id == reward), None)
    wanted = offer.reward if offer else get_object_or_404(who.program.rewards, public_id=reward)
    form = OnceOnlyForm(request.POST or None)
    now = timezone.now()

    def give(told: dict[str, Any]) -> Redemption:
        if request.POST.get("how") == "voucher":
            return redeem.redeem(who, wanted, key=told["once"], now=now, by=request.staff)
        return by_hand.hand_over(
            who, wanted, key=told["once"], now=now, by=request.staff, location=shop_of(request)
        )

    made = attempt(form, give)
    if made:
        return redirect(
            "dashboard:counter_given", slug=who.program.slug, public_id=public_id,
            redemption=made.public_id,
        )  # fmt: skip
    context = {
        **_who(who, holdings),
        "reward": wanted,
        "offer": _offer(offer, who) if offer else None,
        "form": form,
    }
    page = "dashboard/counter/reward.html"
    return show(request, page, context, nav="counter", status=status_of(form))


@needs("counter.use")
@require_safe
def given(request: DeskRequest, public_id: str, redemption: str) -> HttpResponse:
    """What was given for points: to hand over now, or the code of the voucher."""
    who = _member(request, public_id)
    now = timezone.now()
    made = get_object_or_404(
        with_vouchers(who.program).filter(account=who.account_id), public_id=redemption
    )
    ready = made.voucher.state(now) == Voucher.Status.READY
    context = {
        **_who(who, statement.holdings(who.account_id)),
        "it": voucher_told(made, who.program, now),
        "name": reward_name(made, who.program),
        "code": codes.code_of(made.voucher) if ready else "",
    }
    return show(request, "dashboard/counter/given.html", context, nav="counter")


def _member(request: DeskRequest, public_id: str) -> Member:
    members = request.program.members.select_related("account__tier_status__tier")
    who = get_object_or_404(members, public_id=public_id)
    who.program = request.program
    return who


def _who(who: Member, holdings: list[Holding]) -> dict[str, Any]:
    today = local_date(timezone.now(), who.program.time_zone)
    shown = []
    for it in holdings:
        it.wallet.program = who.program
        pending = formats.points(it.pending, it.wallet) if it.pending else ""
        shown.append({"has": formats.points(it.points, it.wallet), "pending": pending})
    return {
        "member": who,
        "is_active": who.state == Member.State.ACTIVE,
        "holdings": shown,
        "has": " · ".join(it["has"] for it in shown),
        "standing": standing_of(who, today),
    }


def _voucher(request: DeskRequest, text: str) -> dict[str, Any]:
    """The voucher behind what was typed; a sentence if it is nobody's."""
    try:
        found = vouchers.find(request.program, text)
    except VoucherUnknown:
        return {"nobody": text}
    made = with_vouchers(request.program).get(pk=found.redemption_id)
    return {"voucher": voucher_told(made, request.program, timezone.now()), "code": text}


def _given(entry: Entry, who: Member) -> dict[str, Any]:
    wallet = entry.balance.wallet
    wallet.program = who.program
    lot = getattr(entry, "lot", None)
    return {
        "points": formats.points(entry.points, wallet, sign=True),
        "reasons": reasons_of(entry.explanation, wallet),
        "available_at": lot.available_at if lot and lot.is_pending else None,
    }


def _offers(who: Member, holdings: list[Holding]) -> list[Offer]:
    status = getattr(who.account, "tier_status", None)
    return catalog.offers_for(
        who.program, who.account_id, rank=status.tier.rank if status else 0, at=timezone.now(),
        points={it.wallet.pk: it.points for it in holdings},
    )  # fmt: skip


def _offer(it: Offer, who: Member) -> dict[str, Any]:
    wallet = it.reward.wallet
    wallet.program = who.program
    locked = {
        "tier_too_low": _("for a higher tier"),
        "sold_out": _("sold out"),
        "member_limit_reached": _("had as often as one may"),
    }
    missing = _("%(points)s missing") % {"points": formats.points(it.missing, wallet)}
    return {
        "reward": it.reward,
        "price": formats.points(it.price, wallet),
        "after": formats.points(it.points - it.price, wallet),
        "can_be_had": it.can_be_had,
        "why_not": locked.get(it.locked, "" if it.is_affordable else missing),
        "url": reverse(
            "dashboard:counter_reward",
            args=[who.program.slug, who.public_id, it.reward.public_id],
        ),
    }


def _payable(who: Member, holdings: list[Holding]) -> int | None:
    """The most that somebody can pay with points, in minor units; None: this is not offered."""
    wallet = pay.wallet_for(who.program)
    if wallet is None:
        return None
    points = next((it.points for it in holdings if it.wallet.pk == wallet.pk), 0)
    return pay.most_payable(who.program, points, wallet)


def _shops(request: DeskRequest) -> ShopForm | None:
    if request.staff.location or not request.program.merchant.locations.exists():
        return None
    chosen = shop_of(request)
    return ShopForm(request.program, initial={"shop": chosen.public_id if chosen else ""})
