"""The shops of a business, by the codes that their tills send."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.fields import OnceForm
from loyalty.flows import locations as flow
from loyalty.localized import LocalizedFormField
from loyalty.merchants.models import Location
from loyalty.toasts import say


class LocationForm(OnceForm):
    name = LocalizedFormField(label=gettext_lazy("Name of the shop"))
    code = forms.RegexField(
        r"^[^\s,;]{1,40}\Z",
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("What its till sends with each sale, without spaces: siam-1"),
        error_messages={
            "invalid": gettext_lazy("A code has 1 to 40 letters, and no spaces, commas or ;")
        },
    )


@needs("locations.see")
@require_safe
def locations(request: DeskRequest) -> HttpResponse:
    shops = request.program.merchant.locations.order_by("code")
    context = {"locations": shops}
    return show(request, "dashboard/locations/list.html", context, nav="locations")


@needs("locations.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None)


@needs("locations.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    return _edit(
        request, get_object_or_404(request.program.merchant.locations, public_id=public_id)
    )


def _edit(request: DeskRequest, location: Location | None) -> HttpResponse:
    initial: dict[str, Any] = {}
    if location:
        initial = {"once": location.public_id, "code": location.code, "name": location.name}
    form = LocationForm(request.POST or None, initial=initial)
    saved = attempt(
        form,
        lambda told: flow.save_location(
            request.program, location, code=told["code"], name=told["name"],
            public_id=told["once"], by=request.staff, now=timezone.now(),
        ),
    )  # fmt: skip
    if saved:
        say(request, _("The shop is saved."))
        return redirect("dashboard:locations", slug=request.program.slug)
    context = {"form": form, "location": location}
    page = "dashboard/locations/edit.html"
    return show(request, page, context, nav="locations", status=status_of(form))
