"""The days that a member may choose: what each gives, which are chosen, and which are left."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from campaigns.models import Campaign
from loyalty.days import local_date
from loyalty.flows import own_days as flow
from loyalty.flows.own_days import Choice
from loyalty.portal import telling
from loyalty.portal.doors import MemberRequest, attempt, members_only, show, status_of
from loyalty.refusal import Refusal
from loyalty.toasts import say


class DayForm(forms.Form):
    on = forms.DateField(
        label=gettext_lazy("The day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


@members_only
@require_safe
def days(request: MemberRequest) -> HttpResponse:
    return _page(request)


@members_only
@require_POST
def choose(request: MemberRequest, public_id: str) -> HttpResponse:
    campaign = _campaign(request, public_id)
    form = DayForm(request.POST, auto_id=f"id_{public_id}_%s")
    day = attempt(
        form,
        lambda told: flow.choose(request.member, campaign, told["on"], now=timezone.now()),
    )
    if day is None:
        return _page(request, campaign, form)
    told = {"day": telling.day(day.on, request.program)}
    say(request, _("%(day)s is yours.") % told)
    return redirect("portal:days", slug=request.program.slug)


@members_only
@require_POST
def give_up(request: MemberRequest, public_id: str) -> HttpResponse:
    campaign = _campaign(request, public_id)
    form = DayForm(request.POST)
    if form.is_valid():
        try:
            flow.give_up(request.member, campaign, form.cleaned_data["on"], now=timezone.now())
            say(request, _("You can choose another day."))
        except Refusal as refusal:
            say(request, str(refusal), level=messages.ERROR)
    return redirect("portal:days", slug=request.program.slug)


def _page(
    request: MemberRequest, campaign: Campaign | None = None, form: DayForm | None = None
) -> HttpResponse:
    member, now = request.member, timezone.now()
    today = local_date(now, request.program.time_zone)
    rows = [
        _row(it, today, form if campaign and it.campaign == campaign else None)
        for it in flow.choices_for(member, now=now)
    ]
    status = status_of(form) if form else 200
    return show(request, "portal/days.html", {"rows": rows}, nav="home", status=status)


def _row(it: Choice, today: date, form: DayForm | None) -> dict[str, Any]:
    return {
        "choice": it,
        "form": form or DayForm(auto_id=f"id_{it.campaign.public_id}_%s"),
        "days": [{"on": day.on, "has_begun": day.on <= today} for day in it.days],
    }


def _campaign(request: MemberRequest, public_id: str) -> Campaign:
    return get_object_or_404(request.program.campaigns.promised(), public_id=public_id)
