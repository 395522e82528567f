"""How the team signs in: a second step for all, a lost one taken away, and what ends a pause."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.dashboard.doors import (
    AFTER_SECOND_STEP,
    DeskRequest,
    PersonRequest,
    attempt,
    needs,
    show,
    signed_in,
    status_of,
)
from loyalty.fields import RadioCards
from loyalty.flows import second_step as flow
from loyalty.merchants.access import may
from loyalty.merchants.models import Merchant
from loyalty.toasts import say

HOUR = 60


class SafetyForm(forms.Form):
    second_step = forms.ChoiceField(
        label=gettext_lazy("Second step"),
        choices=[
            ("own", gettext_lazy("Each decides")),
            ("all", gettext_lazy("Everybody in the team")),
        ],
        widget=RadioCards(
            hints={
                "own": gettext_lazy("Who sets one up is asked for it when they sign in."),
                "all": gettext_lazy("Who has none sees nothing of the dashboard until they do."),
            }
        ),
    )
    grace_days = forms.IntegerField(
        label=gettext_lazy("Days to set it up"),
        help_text=gettext_lazy("Until then the dashboard reminds those who have none."),
        min_value=0,
        max_value=flow.MOST_GRACE_DAYS,
        initial=7,
    )
    idle_minutes = forms.TypedChoiceField(
        label=gettext_lazy("The dashboard closes when nobody touches it for"),
        coerce=int,
        choices=lambda: [(minutes, _time(minutes)) for minutes in flow.IDLE_MINUTES],
    )

    def __init__(self, merchant: Merchant, data: Any = None) -> None:
        first = {
            "second_step": "all" if merchant.second_step_from else "own",
            "idle_minutes": merchant.idle_minutes,
        }
        super().__init__(data, initial=first)


@needs("team.see", to_change="team.secure")
@require_http_methods(["GET", "POST"])
def safety(request: DeskRequest) -> HttpResponse:
    merchant = request.program.merchant
    form = SafetyForm(merchant, request.POST or None)
    if attempt(form, lambda told: _change(request, told)):
        say(request, _("Saved."))
        return redirect("dashboard:team_safety", slug=request.program.slug)
    can_change = may(request.staff, "team.secure")
    for field in form.fields.values():
        field.disabled = not can_change
    people = list(merchant.team.filter(is_active=True).select_related("user"))
    having = flow.having_one(person.user_id for person in people)
    context = {
        "form": form,
        "can_change": can_change,
        "required_from": merchant.second_step_from,
        "without": [person.user for person in people if person.user_id not in having],
    }
    page = "dashboard/team/safety.html"
    return show(request, page, context, nav="team", status=status_of(form))


@needs("team.secure")
@require_POST
def reset(request: DeskRequest, public_id: str) -> HttpResponse:
    """Take a colleague's second step away, because their device is lost."""
    team = request.program.merchant.team.select_related("user")
    staff = get_object_or_404(team, public_id=public_id, is_active=True)
    flow.reset(request.program, staff, by=request.staff, now=timezone.now())
    say(request, _("%(name)s sets up a new second step now.") % {"name": staff.user})
    return redirect("dashboard:team_person", slug=request.program.slug, public_id=public_id)


@signed_in
@require_safe
def secure(request: PersonRequest) -> HttpResponse:
    """Where those are led who need a second step before they see anything."""
    on = request.session.get(AFTER_SECOND_STEP, "")
    if on and flow.has_one(request.user):
        return redirect(on)
    return show(request, "dashboard/secure.html")


def _change(request: DeskRequest, told: dict[str, Any]) -> Merchant:
    program, by, now = request.program, request.staff, timezone.now()
    merchant = flow.close_after(program, minutes=told["idle_minutes"], by=by, now=now)
    is_required = merchant.second_step_from is not None
    if told["second_step"] == "own":
        return flow.stop_requiring(program, by=by, now=now)
    if is_required:
        return merchant  # From the day that was said.
    return flow.require(program, grace_days=told["grace_days"], by=by, now=now)


def _time(minutes: int) -> str:
    if minutes < HOUR:
        return _("%(count)s minutes") % {"count": minutes}
    hours = minutes // HOUR
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
