"""API keys: what machines sign in with. A secret is shown once, on the page that made it."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.flows import keys as flow
from loyalty.merchants.keys import SCOPES
from loyalty.toasts import say


class KeyForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name of the key"),
        help_text=gettext_lazy("The machine or the shop that will use it: “Till, Siam Square”"),
        max_length=80,
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        help_text=gettext_lazy("As little as it needs: whoever holds the key can do all of this."),
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
    )


@needs("keys.see")
@require_safe
def keys(request: DeskRequest) -> HttpResponse:
    all_keys = request.program.api_keys.select_related("created_by").order_by("-created_at", "-pk")
    context = {
        "live": [
            (key, [SCOPES.get(scope, scope) for scope in key.scopes])
            for key in all_keys
            if key.revoked_at is None
        ],
        "revoked": [key for key in all_keys if key.revoked_at],
    }
    return show(request, "dashboard/keys/list.html", context, nav="keys")


@needs("keys.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    form = KeyForm(request.POST or None)
    made = attempt(
        form,
        lambda told: flow.create(request.program, by=request.staff, now=timezone.now(), **told),
    )
    if made:
        key, token = made
        return show(request, "dashboard/keys/made.html", {"key": key, "token": token}, nav="keys")
    page = "dashboard/keys/new.html"
    return show(request, page, {"form": form}, nav="keys", status=status_of(form))


@needs("keys.change")
@require_POST
def revoke(request: DeskRequest, public_id: str) -> HttpResponse:
    key = get_object_or_404(request.program.api_keys, public_id=public_id)
    flow.revoke(key, by=request.staff, now=timezone.now())
    say(request, _("“%(name)s” is refused from now on.") % {"name": key.name})
    return redirect("dashboard:keys", slug=request.program.slug)
