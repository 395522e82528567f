"""Web shops that tell us of their orders: their addresses and secrets, and what they told."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty import strict_json
from loyalty.dashboard import sealed
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.fields import RadioCards
from loyalty.flows import arrivals as arrival_flow
from loyalty.flows import endpoints as flow
from loyalty.inbox.models import Arrival, Endpoint
from loyalty.inbox.reading import DEEPEST
from loyalty.inbox.signatures import DIALECTS, LONGEST_SECRET
from loyalty.purchases.models import Purchase
from loyalty.refusal import Refusal
from loyalty.strict_json import Inexact, NotStrict
from loyalty.toasts import say

PAGE = 40
CURSOR = "arrivals"
MOST_SHOWN = 200_000  # Letters of a body on a page.
HIDDEN = "••••••"
# Fields of a body that open something for whoever reads them.
SECRETS = ("token", "secret", "password", "authorization", "order_key", "status_url", "payment_url")

SHOPS: Mapping[str, Any] = {
    "shopify": "Shopify",
    "woocommerce": "WooCommerce",
    "own": gettext_lazy("A shop of your own making"),
}
STATES: Mapping[str, tuple[Any, str]] = {
    Arrival.Status.WAITING: (gettext_lazy("Waits"), "info"),
    Arrival.Status.DONE: (gettext_lazy("Done"), "good"),
    Arrival.Status.SKIPPED: (gettext_lazy("Nothing to do"), "plain"),
    Arrival.Status.DEAD: (gettext_lazy("Not taken"), "bad"),
}
REASONS: Mapping[str, Any] = {
    "nobodys": gettext_lazy("Kept for whoever shows that the buyer’s address is theirs."),
    "known": gettext_lazy("We knew it already."),
    "older": gettext_lazy("We know a newer state of this order."),
    "not_paid": gettext_lazy("The order is not paid in full yet."),
    "no_call": gettext_lazy("No call for reviews is open."),
    "never_counted": gettext_lazy("The order was cancelled before it counted."),
    "nothing_left": gettext_lazy("All of it was given back before."),
    "no_money_back": gettext_lazy("No money went back."),
    "sale_changed": gettext_lazy("The order was changed after it counted, and stays as it was."),
    "test": gettext_lazy("A test of the shop."),
    "ping": gettext_lazy("A test of the shop."),
    "deleted": gettext_lazy("Deleted at the shop. What it gave stays until it is refunded."),
    "not_for_us": gettext_lazy("Not about orders, refunds or customers."),
    "no_member": gettext_lazy("The customer is no member."),
    "order_unknown": gettext_lazy("Its order was not told to us, or is not paid."),
    "unknown_currency": gettext_lazy("It counts in another currency than the program."),
    "not_understood": gettext_lazy("It could not be understood."),
    "failed": gettext_lazy("Something went wrong on our side. It is tried again."),
    "lost": gettext_lazy("The server stopped each time that it was tried."),
}


class EndpointForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the web shop"),
        help_text=gettext_lazy("For you and your colleagues: “Shop in the web”"),
        max_length=80,
    )
    dialect = forms.ChoiceField(
        label=gettext_lazy("What does it run on?"), choices=list(SHOPS.items()), widget=RadioCards()
    )


class SecretForm(forms.Form):
    secret = forms.CharField(
        label=gettext_lazy("Secret of the shop"),
        help_text=gettext_lazy("Shopify shows it below its list of webhooks."),
        max_length=LONGEST_SECRET,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )


@needs("hooks.see")
@require_safe
def hooks(request: DeskRequest) -> HttpResponse:
    endpoints = request.program.endpoints.live().with_news().order_by("created_at", "pk")
    context = {"endpoints": [(it, SHOPS.get(it.dialect, it.dialect)) for it in endpoints]}
    return show(request, "dashboard/hooks/list.html", context, nav="hooks")


@needs("hooks.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    form = EndpointForm(request.POST or None)
    made = attempt(
        form,
        lambda told: flow.make(request.program, by=request.staff, now=timezone.now(), **told),
    )
    if not made:
        page = "dashboard/hooks/new.html"
        return show(request, page, {"form": form}, nav="hooks", status=status_of(form))
    endpoint, secret = made
    if secret:
        return _show_secret(request, endpoint, secret)
    return redirect("dashboard:hook", slug=request.program.slug, public_id=endpoint.public_id)


@needs("hooks.see")
@require_safe
def hook(request: DeskRequest, public_id: str) -> HttpResponse:
    endpoint = get_object_or_404(request.program.endpoints.live(), public_id=public_id)
    return _show_endpoint(request, endpoint, SecretForm())


@needs("hooks.change")
@require_POST
def secret(request: DeskRequest, public_id: str) -> HttpResponse:
    """Take a new secret into use: the one typed, or one that we make and show."""
    endpoint = get_object_or_404(request.program.endpoints.live(), public_id=public_id)
    now, by = timezone.now(), request.staff
    if not DIALECTS[endpoint.dialect].makes_secret:
        return _show_secret(request, endpoint, flow.change_secret(endpoint, by=by, now=now))
    form = SecretForm(request.POST)
    if attempt(form, lambda told: flow.change_secret(endpoint, by=by, now=now, **told)):
        say(request, _("From now on “%(name)s” is heard.") % {"name": endpoint.name})
        return redirect("dashboard:hook", slug=request.program.slug, public_id=public_id)
    return _show_endpoint(request, endpoint, form)


@needs("hooks.change")
@require_POST
def revoke(request: DeskRequest, public_id: str) -> HttpResponse:
    endpoint = get_object_or_404(request.program.endpoints, public_id=public_id)
    flow.revoke(endpoint, by=request.staff, now=timezone.now())
    say(request, _("“%(name)s” is not heard any more.") % {"name": endpoint.name})
    return redirect("dashboard:hooks", slug=request.program.slug)


@needs("hooks.see")
@require_safe
def arrival(request: DeskRequest, public_id: str) -> HttpResponse:
    """One event: what became of it, why, and what it said."""
    came = _arrival_of(request, public_id)
    sold = Purchase.objects.filter(
        program=request.program, source=came.endpoint.dialect, reference=came.reference
    )
    context = {
        **_told(came),
        "endpoint": came.endpoint,
        "body": _readable(bytes(came.body)),
        "purchase": sold.first() if came.reference else None,
        "again": came.status in (Arrival.Status.DEAD, Arrival.Status.SKIPPED) and came.body,
    }
    return show(request, "dashboard/hooks/arrival.html", context, nav="hooks")


@needs("hooks.retry")
@require_POST
def again(request: DeskRequest, public_id: str) -> HttpResponse:
    came = _arrival_of(request, public_id)
    try:
        arrival_flow.take_again(came, now=timezone.now(), by=request.staff)
    except Refusal as refusal:
        say(request, str(refusal), level=messages.ERROR)
    else:
        say(request, _("It is tried again now."))
    return redirect("dashboard:arrival", slug=request.program.slug, public_id=public_id)


# --- What the pages show -------------------------------------------------------------------------


def _show_secret(request: DeskRequest, endpoint: Endpoint, told: str) -> HttpResponse:
    context = {"endpoint": endpoint, "secret": told, "address": _address(endpoint)}
    return show(request, "dashboard/hooks/made.html", context, nav="hooks")


def _show_endpoint(request: DeskRequest, endpoint: Endpoint, form: SecretForm) -> HttpResponse:
    only_dead = "look" in request.GET
    came = endpoint.arrivals.dead() if only_dead else endpoint.arrivals.all()
    if before := request.GET.get("before", ""):
        last = sealed.unseal(before, CURSOR)
        if last is None:
            raise Http404
        came = came.filter(pk__lt=last)
    found = list(came.select_related("endpoint").defer("body").order_by("-pk")[: PAGE + 1])
    narrowed = [("look", "")] if only_dead else []
    older = [*narrowed, ("before", sealed.seal(found[PAGE - 1].pk, CURSOR))] if found[PAGE:] else []
    context = {
        "endpoint": endpoint,
        "shop": SHOPS.get(endpoint.dialect, endpoint.dialect),
        "address": _address(endpoint),
        "makes_secret": DIALECTS[endpoint.dialect].makes_secret,
        "form": form,
        "rows": [_told(it) for it in found[:PAGE]],
        "tabs": _tabs(request, endpoint, only_dead=only_dead),
        "only_dead": only_dead,
        "older": f"?{urlencode(older)}" if older else "",
        "newest": f"?{urlencode(narrowed)}" if before else "",
    }
    page = "dashboard/hooks/endpoint.html"
    return show(request, page, context, nav="hooks", status=status_of(form))


def _arrival_of(request: DeskRequest, public_id: str) -> Arrival:
    theirs = Arrival.objects.filter(endpoint__program=request.program)
    theirs = theirs.select_related("endpoint__program")
    return get_object_or_404(theirs, public_id=public_id)


def _told(came: Arrival) -> dict[str, Any]:
    state, tone = STATES[came.status]
    reason = REASONS.get(came.reason) or came.detail or came.reason
    detail = came.detail if reason != came.detail else ""
    return {"came": came, "state": state, "tone": tone, "reason": reason, "detail": detail}


def _address(endpoint: Endpoint) -> str:
    return settings.PUBLIC_URL + reverse("hook", args=[endpoint.public_id])


def _tabs(request: DeskRequest, endpoint: Endpoint, *, only_dead: bool) -> list[dict[str, Any]]:
    here = reverse("dashboard:hook", args=[request.program.slug, endpoint.public_id])
    return [
        {"label": pgettext_lazy("events", "All"), "url": here, "current": not only_dead},
        {"label": STATES[Arrival.Status.DEAD][0], "url": f"{here}?look", "current": only_dead},
    ]


def _readable(raw: bytes) -> str:
    """A body for people: in lines, and without what would open something elsewhere."""
    try:
        told = strict_json.read(raw, deepest=DEEPEST, any_text=True)
    except NotStrict:
        return raw.decode(errors="replace")[:MOST_SHOWN]
    text = json.dumps(_without_secrets(told), indent=2, ensure_ascii=False, default=_exact)
    return text.encode(errors="replace").decode()[:MOST_SHOWN]


def _without_secrets(told: Any) -> Any:
    if isinstance(told, dict):
        return {
            name: HIDDEN if value and _is_secret(name) else _without_secrets(value)
            for name, value in told.items()
        }
    return [_without_secrets(it) for it in told] if isinstance(told, list) else told


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in SECRETS)


def _exact(number: Inexact) -> str:
    return number.text
