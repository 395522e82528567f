"""Badges: what honours there are, what they look like, and who holds them."""

from typing import Any

from django import forms
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.fields import OnceForm
from loyalty.fields import IconRadio
from loyalty.flows import badges as flow
from loyalty.localized import LocalizedFormField
from loyalty.toasts import say
from members import badges as holding
from members.models import Badge

PAGE = 30


class BadgeForm(OnceForm):
    name = LocalizedFormField(label=gettext_lazy("Name of the badge"))
    about = LocalizedFormField(
        label=gettext_lazy("What it is for"),
        help_text=gettext_lazy("Members read it beside the badge."),
        long=True,
        required=False,
    )
    icon = forms.ChoiceField(
        label=gettext_lazy("Its drawing"),
        choices=[(name, name.replace("-", " ")) for name in holding.ICONS],
        initial=holding.ICONS[0],
        widget=IconRadio,
    )


@needs("badges.see")
@require_safe
def badges(request: DeskRequest) -> HttpResponse:
    program, archived = request.program, "archived" in request.GET
    found = program.badges.filter(archived_at__isnull=not archived)
    here = reverse("dashboard:badges", args=[program.slug])
    context = {
        "badges": found.annotate(holders=Count("held", filter=Q(held__taken_at=None))),
        "tabs": [
            {"label": _("In use"), "url": here, "current": not archived},
            {"label": _("Archived"), "url": f"{here}?archived", "current": archived},
        ],
        "archived": archived,
    }
    return show(request, "dashboard/badges/list.html", context, nav="badges")


@needs("badges.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None)


@needs("badges.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    return _edit(request, _badge(request, public_id))


@needs("badges.see")
@require_safe
def badge(request: DeskRequest, public_id: str) -> HttpResponse:
    """One badge and who holds it."""
    it = _badge(request, public_id)
    held = holding.holders(it)
    last = held.filter(member__public_id=request.GET.get("after", "")).first()
    page = held.filter(_behind(last)) if last else held
    shown = list(page[: PAGE + 1])
    context = {
        "badge": it,
        "count": held.count(),
        "rows": shown[:PAGE],
        "older": f"?after={shown[PAGE - 1].member.public_id}" if len(shown) > PAGE else "",
        "newest": "?" if last else "",
    }
    return show(request, "dashboard/badges/badge.html", context, nav="badges")


@needs("badges.change")
@require_POST
def archive(request: DeskRequest, public_id: str) -> HttpResponse:
    it = _badge(request, public_id)
    flow.archive(it, by=request.staff, now=timezone.now())
    say(
        request,
        _("“%(name)s” is archived. Who holds it keeps it.") % {"name": it.name},
        undo=reverse("dashboard:badge_restore", args=[request.program.slug, public_id]),
    )
    return redirect("dashboard:badges", slug=request.program.slug)


@needs("badges.change")
@require_POST
def restore(request: DeskRequest, public_id: str) -> HttpResponse:
    it = _badge(request, public_id)
    flow.restore(it, by=request.staff, now=timezone.now())
    say(request, _("“%(name)s” can be given again.") % {"name": it.name})
    return redirect("dashboard:badge", slug=request.program.slug, public_id=public_id)


@needs("badges.change")
@require_POST
def take(request: DeskRequest, public_id: str, member: str) -> HttpResponse:
    """Take a badge back from somebody who was given it by mistake."""
    it = _badge(request, public_id)
    who = get_object_or_404(request.program.members, public_id=member)
    flow.take_away(who, it, by=request.staff, now=timezone.now())
    say(request, _("%(name)s holds the badge no more.") % {"name": who})
    return redirect("dashboard:badge", slug=request.program.slug, public_id=public_id)


def _edit(request: DeskRequest, badge: Badge | None) -> HttpResponse:
    initial: dict[str, Any] = flow.facts(badge) | {"once": badge.public_id} if badge else {}
    form = BadgeForm(request.POST or None, initial=initial)
    saved = attempt(
        form,
        lambda told: flow.save(
            request.program, badge, public_id=told.pop("once"), by=request.staff,
            now=timezone.now(), **told,
        ),
    )  # fmt: skip
    if saved:
        say(request, _("“%(name)s” is saved.") % {"name": saved.name})
        return redirect("dashboard:badge", slug=request.program.slug, public_id=saved.public_id)
    context = {"form": form, "badge": badge}
    page = "dashboard/badges/edit.html"
    return show(request, page, context, nav="badges", status=status_of(form))


def _badge(request: DeskRequest, public_id: str) -> Badge:
    return get_object_or_404(request.program.badges.select_related("program"), public_id=public_id)


def _behind(last: Any) -> Q:
    return Q(given_at__lt=last.given_at) | Q(given_at=last.given_at, pk__lt=last.pk)
