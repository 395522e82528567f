"""A campaign tried on the past: asked for, waited for, read, and taken along."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from campaigns.models import Campaign
from campaigns.replays.models import Replay
from loyalty import formats
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.fields import OnceForm
from loyalty.dashboard.replay_figures import day_rows, told_of
from loyalty.dashboard.sheets import as_csv
from loyalty.dashboard.spans import SPAN, date_input
from loyalty.days import local_date
from loyalty.fields import MoneyField
from loyalty.flows import replays as flow
from loyalty.insights.replay.running import last_month
from loyalty.ledger.models import Wallet
from loyalty.ledger.worth import Worth, spent_of, worth_of
from loyalty.merchants.models import Program

A_HUNDRED = 100  # Points: what people can picture the worth of.


class ReplayForm(OnceForm):
    """Which days, and what points cost."""

    first = forms.DateField(label=gettext_lazy("From"), validators=SPAN, widget=date_input())
    last = forms.DateField(label=gettext_lazy("To"), validators=SPAN, widget=date_input())
    percent = forms.DecimalField(
        label=gettext_lazy("How much of it will be spent, in percent"),
        min_value=0,
        max_value=100,
        decimal_places=2,
        required=False,
    )

    def __init__(self, program: Program, wallet: Wallet, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        today = local_date(timezone.now(), program.time_zone)
        first, until = last_month(today)
        self.fields["first"].initial, self.fields["last"].initial = first, until - timedelta(1)
        measured = spent_of(wallet, today=today)
        self.fields["percent"].help_text = (
            _("Empty: all of it, because nothing was spent yet.")
            if measured is None
            else _("Empty: %(percent)s, as in the last 12 months.")
            % {"percent": formats.percent(Decimal(measured) / 100)}
        )
        if wallet.kind != Wallet.Kind.CASHBACK:
            worth = worth_of(program, wallet).of(A_HUNDRED)
            self.fields["worth"] = MoneyField(
                currency=program.currency,
                label=_("What %(points)s cost you") % {"points": formats.points(A_HUNDRED, wallet)},
                help_text=_("Empty: no cost is worked out, because your settings name none.")
                if worth is None
                else _("Empty: %(money)s, what they pay at the till by your settings.")
                % {"money": formats.money(worth, program.currency)},
                min_value=1,
                required=False,
            )

    def asked(self) -> dict[str, Any]:
        """What the flow is asked. Only of a valid form."""
        told = self.cleaned_data
        percent, worth = told["percent"], told.get("worth")
        return {
            "since": told["first"],
            "until": told["last"] + timedelta(1),
            "spent_basis_points": None if percent is None else int(percent * 100),
            "worth": Worth(A_HUNDRED, worth) if worth else None,
            "public_id": told["once"],
        }


@needs("campaigns.try")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest, public_id: str) -> HttpResponse:
    """Ask for it: which days, and what points cost."""
    campaign = _campaign(request, public_id)
    data = request.POST if request.method == "POST" else None
    form = ReplayForm(request.program, campaign.wallet, data)
    if form.is_bound:
        made = attempt(
            form,
            lambda _told: flow.ask(
                campaign, by=request.staff, now=timezone.now(), **form.asked()
            ),
        )  # fmt: skip
        if made:
            return _to(request, made)
    context = {"campaign": campaign, "form": form}
    page = "dashboard/campaigns/replay.html"
    return show(request, page, context, nav="campaigns", status=status_of(form))


@needs("campaigns.see")
@require_safe
def replay(request: DeskRequest, public_id: str, replay: str) -> HttpResponseBase:
    """How far it is, and then what it came to."""
    it = _replay(request, public_id, replay)
    page = "dashboard/campaigns/replayed.html"
    if it.state == Replay.State.OPEN:
        part = f"{page}#progress" if request.htmx else page
        return show(request, part, {"replay": it, "campaign": it.campaign}, nav="campaigns")
    if request.htmx:
        return HttpResponseClientRefresh()
    return show(request, page, told_of(request, it), nav="campaigns")


@needs("campaigns.try")
@require_POST
def cancel(request: DeskRequest, public_id: str, replay: str) -> HttpResponse:
    it = _replay(request, public_id, replay)
    flow.cancel(it, by=request.staff, now=timezone.now())
    return _to(request, it)


@needs("campaigns.see")
@require_safe
def replay_csv(request: DeskRequest, public_id: str, replay: str) -> HttpResponseBase:
    it = _replay(request, public_id, replay)
    if it.result is None:
        raise Http404
    heading, rows = day_rows(it)
    return as_csv(f"{it.campaign.public_id}-{it.since}-{it.until}", heading, rows)


def _campaign(request: DeskRequest, public_id: str) -> Campaign:
    campaigns = request.program.campaigns.select_related("wallet__program", "program")
    return get_object_or_404(campaigns, public_id=public_id)


def _replay(request: DeskRequest, public_id: str, replay: str) -> Replay:
    replays = _campaign(request, public_id).replays
    found = replays.select_related("campaign__wallet__program", "campaign__program")
    return get_object_or_404(found, public_id=replay)


def _to(request: DeskRequest, it: Replay) -> HttpResponse:
    slug, campaign = request.program.slug, it.campaign.public_id
    return redirect("dashboard:campaign_tried", slug=slug, public_id=campaign, replay=it.public_id)
