"""Sales and refunds: listed, found by their number, explained, entered and taken back by hand."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty import formats
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.lines import reasons_of
from loyalty.dashboard.quoting import quoted
from loyalty.dashboard.sale_forms import RefundForm, SaleForm
from loyalty.dashboard.spans import SPAN, date_input
from loyalty.days import start_of
from loyalty.flows import by_hand
from loyalty.insights.periods import DAY
from loyalty.ledger.models import Entry
from loyalty.merchants.models import Program
from loyalty.purchases.models import Purchase, Refund
from loyalty.purchases.searching import with_reference
from loyalty.toasts import say
from members import finding

PAGE = 30
MOST_LINES = 200
MEMBERS, NOBODY = "members", "nobody"


class FilterForm(forms.Form):
    """Which sales to show."""

    q = forms.CharField(required=False, max_length=80)
    first = forms.DateField(
        label=gettext_lazy("From"), required=False, validators=SPAN, widget=date_input()
    )
    last = forms.DateField(
        label=gettext_lazy("To"), required=False, validators=SPAN, widget=date_input()
    )
    whose = forms.ChoiceField(
        label=gettext_lazy("Whose"),
        required=False,
        choices=[
            ("", gettext_lazy("All")),
            (MEMBERS, gettext_lazy("Members’")),
            (NOBODY, gettext_lazy("Nobody’s yet")),
        ],
    )

    @property
    def query(self) -> str:
        return urlencode({name: value for name in self.fields if (value := self.data.get(name))})

    def days(self, zone: str) -> Q:
        told, days = self.cleaned_data, Q()
        if told["first"]:
            days &= Q(made_at__gte=start_of(told["first"], zone))
        if told["last"]:
            days &= Q(made_at__lt=start_of(told["last"] + DAY, zone))
        return days

    def whose_rows(self) -> Q:
        whose = self.cleaned_data["whose"]
        return Q(account__isnull=whose == NOBODY) if whose else Q()


@needs("purchases.see")
@require_safe
def purchases(request: DeskRequest) -> HttpResponse:
    program = request.program
    form = FilterForm(request.GET)
    found: list[Purchase] = []
    older = ""
    if form.is_valid() and form.cleaned_data["q"]:
        found = with_reference(program, form.cleaned_data["q"].strip())
    elif form.is_valid():
        sold = Purchase.objects.filter(
            form.days(program.time_zone), form.whose_rows(), program=program
        )
        sold = sold.select_related("account__member", "location")
        found, older = _page(sold, request, form)
    context = {
        "form": form,
        "purchases": found,
        "older": older,
        "newest": f"?{form.query}" if request.GET.get("after") else "",
        "is_filtered": bool(form.query),
        "tabs": _tabs(program, "purchases"),
    }
    return show(request, "dashboard/purchases/list.html", context, nav="purchases")


@needs("purchases.see")
@require_safe
def refunds(request: DeskRequest) -> HttpResponse:
    program = request.program
    form = FilterForm(request.GET)
    del form.fields["q"], form.fields["whose"]
    found: list[Refund] = []
    older = ""
    if form.is_valid():
        back = Refund.objects.filter(form.days(program.time_zone), program=program)
        back = back.select_related("account__member", "purchase")
        found, older = _page(back, request, form)
    context = {
        "form": form,
        "refunds": found,
        "older": older,
        "newest": f"?{form.query}" if request.GET.get("after") else "",
        "tabs": _tabs(program, "refunds"),
    }
    return show(request, "dashboard/purchases/refunds.html", context, nav="purchases")


@needs("purchases.see")
@require_safe
def purchase(request: DeskRequest, public_id: str) -> HttpResponse:
    sold = _purchase(request, public_id)
    form = RefundForm(sold) if _can_refund(sold) else None
    return _one(request, sold, form)


@needs("purchases.change")
@require_POST
def take_back(request: DeskRequest, public_id: str) -> HttpResponse:
    """Refund the sale: whole, an amount, or some of its lines."""
    sold = _purchase(request, public_id)
    form = RefundForm(sold, request.POST)
    outcome = attempt(
        form,
        lambda told: by_hand.take_back(
            sold, key=told["once"], now=timezone.now(), by=request.staff,
            amount_minor=form.amount(), lines=form.returned(), reason=told["reason"],
        ),
    )  # fmt: skip
    if outcome is None:
        return _one(request, sold, form)
    money = formats.money(outcome.matched_minor, sold.program.currency)
    say(request, _("%(money)s are refunded, and the points that they gave.") % {"money": money})
    return redirect("dashboard:purchase", slug=sold.program.slug, public_id=sold.public_id)


@needs("purchases.see")
@require_safe
def refund(request: DeskRequest, public_id: str) -> HttpResponse:
    """A refund, with what it was matched with and what it took back."""
    back = get_object_or_404(
        Refund.objects.select_related("account__member", "purchase"),
        program=request.program,
        public_id=public_id,
    )
    context = {
        "back": back,
        "member": finding.behind(back.account),
        "lines": back.lines.select_related("line__purchase"),
        "taken": _told(_taken(back), request.program),
    }
    return show(request, "dashboard/purchases/refund.html", context, nav="purchases")


@needs("purchases.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    """Enter a sale by hand. A button works out what it would earn, before it is entered."""
    form = SaleForm(
        request.program, request.staff, request.POST or None,
        initial={"whose": request.GET.get("whose", "")},
    )  # fmt: skip
    now = timezone.now()
    quote = None
    if request.POST.get("act") == "quote":
        quote = _quote(request, form)
    elif sold := attempt(form, lambda told: _sell(request, form, told, now)):
        said = _("The sale was entered before.") if sold.status == "repeated" else _("Entered.")
        say(request, said)
        return redirect("dashboard:purchase", slug=request.program.slug, public_id=sold.public_id)
    page = "dashboard/purchases/new.html"
    context = {"form": form, "quote": quote}
    return show(request, page, context, nav="purchases", status=status_of(form))


@needs("purchases.change", only_asks=True)
@require_POST
def quote(request: DeskRequest) -> HttpResponse:
    """What the sale on the page would earn, while it is being typed."""
    form = SaleForm(request.program, request.staff, request.POST)
    context = {"quote": _quote(request, form)}
    return show(request, "dashboard/purchases/quote.html", context)


def _sell(request: DeskRequest, form: SaleForm, told: dict[str, Any], now: Any) -> Any:
    assert form.member is not None
    sold = by_hand.sell(
        form.member, form.line(), source=by_hand.DESK,
        reference=told["reference"].strip() or told["once"], now=now, by=request.staff,
        made_at=told["made_at"], payment_method=told["payment_method"],
        location=told.get("location"),
    )  # fmt: skip
    return sold.outcome


def _quote(request: DeskRequest, form: SaleForm) -> dict[str, Any] | None:
    """Nothing while there is no amount, or nobody whose sale it is."""
    if not form.is_valid() or not form.member:
        return None
    now = timezone.now()
    return {"member": form.member, **quoted(request.program, form.sale(now), now=now)}


def _one(request: DeskRequest, sold: Purchase, form: RefundForm | None) -> HttpResponse:
    lines = list(sold.lines.all()[: MOST_LINES + 1])
    context = {
        "sold": sold,
        "member": finding.behind(sold.account),
        "lines": lines[:MOST_LINES],
        "has_more_lines": len(lines) > MOST_LINES,
        "gave": _told(_given(sold), sold.program),
        "refunds": sold.refunds.order_by("pk"),
        "left_minor": sold.total_minor - sold.refunded_minor,
        "form": form,
        "is_open": bool(form and form.is_bound),
    }
    status = status_of(form) if form else 200
    return show(
        request, "dashboard/purchases/purchase.html", context, nav="purchases", status=status
    )


def _purchase(request: DeskRequest, public_id: str) -> Purchase:
    sold = get_object_or_404(
        Purchase.objects.select_related("account__member", "location"),
        program=request.program,
        public_id=public_id,
    )
    sold.program = request.program
    return sold


def _can_refund(sold: Purchase) -> bool:
    return sold.refunded_minor < sold.total_minor


def _given(sold: Purchase) -> QuerySet[Entry]:
    entries = Entry.objects.filter(award__purchase=sold, balance__account=sold.account)
    return entries.select_related("balance__wallet", "award").order_by("pk")


def _taken(back: Refund) -> QuerySet[Entry]:
    entries = Entry.objects.filter(
        balance__account=back.account, key__startswith=f"refund:{back.pk}/"
    )
    return entries.select_related("balance__wallet").order_by("pk")


def _told(entries: QuerySet[Entry], program: Program) -> list[dict[str, Any]]:
    told = []
    names = {rule.source: str(rule) for rule in program.earning_rules.all()}
    for entry in entries:
        wallet = entry.balance.wallet
        wallet.program = program
        told.append(
            {
                "name": names.get(entry.source, ""),
                "points": formats.points(entry.points, wallet, sign=True),
                "number": f"{wallet.code}-{entry.seq}",
                "reasons": reasons_of(entry.explanation, wallet),
            }
        )
    return told


def _page(rows: QuerySet[Any], request: DeskRequest, form: FilterForm) -> tuple[list[Any], str]:
    """A page of rows, the newest first, and the address of the next one."""
    if after := request.GET.get("after", ""):
        last = get_object_or_404(rows, public_id=after)
        same = Q(made_at=last.made_at, pk__lt=last.pk)
        rows = rows.filter(Q(made_at__lt=last.made_at) | same, made_at__lte=last.made_at)
    found = list(rows.order_by("-made_at", "-pk")[: PAGE + 1])
    if len(found) <= PAGE:
        return found, ""
    cursor = urlencode({"after": found[PAGE - 1].public_id})
    return found[:PAGE], "?" + "&".join(part for part in (form.query, cursor) if part)


def _tabs(program: Program, current: str) -> list[dict[str, Any]]:
    labels = {"purchases": _("Sales"), "refunds": _("Refunds")}
    return [
        {
            "label": label,
            "url": reverse(f"dashboard:{name}", args=[program.slug]),
            "current": name == current,
        }
        for name, label in labels.items()
    ]
