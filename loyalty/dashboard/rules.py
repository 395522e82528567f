"""Earning rules: told as sentences, built part by part, tried on a basket."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.dashboard.rule_builder import Builder, location_names, tier_names
from loyalty.dashboard.rule_trial import trial
from loyalty.earning.models import EarningRule
from loyalty.earning.rule_forms import rule_sentence
from loyalty.flows import rules as flow
from loyalty.flows.rules import RuleRefused
from loyalty.toasts import say
from members.segments import names_in


@needs("rules.see")
@require_safe
def rules(request: DeskRequest) -> HttpResponse:
    program = request.program
    archived = "archived" in request.GET
    found = program.earning_rules.filter(archived_at__isnull=not archived).select_related("wallet")
    named: dict[str, Any] = {
        "tiers": tier_names(program), "locations": location_names(program), **names_in(program)
    }  # fmt: skip
    here = reverse("dashboard:rules", args=[program.slug])
    context = {
        "rows": [(rule, rule_sentence(rule, program, **named)) for rule in found],
        "tabs": [
            {"label": _("In use"), "url": here, "current": not archived},
            {"label": _("Archived"), "url": f"{here}?archived", "current": archived},
        ],
        "archived": archived,
    }
    return show(request, "dashboard/rules/list.html", context, nav="rules")


@needs("rules.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None)


@needs("rules.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    return _edit(request, _rule(request, public_id))


@needs("rules.change", only_asks=True)
@require_POST
def try_out(request: DeskRequest) -> HttpResponse:
    """What the rule on the page would give, while it is being written."""
    builder = Builder(request.program, data=request.POST)
    context = {"tried": trial(request.program, builder, request.POST)}
    return show(request, "dashboard/rules/tried.html", context)


@needs("rules.change")
@require_POST
def switch(request: DeskRequest, public_id: str) -> HttpResponse:
    """Giving or paused: as the button says, so that a second click changes nothing."""
    rule = _rule(request, public_id)
    active = request.POST.get("active") == "yes"
    flow.set_active(rule, active, by=request.staff, now=timezone.now())
    name = {"name": rule.name}
    say(request, (_("“%(name)s” gives again.") if active else _("“%(name)s” is paused.")) % name)
    return _back(request)


@needs("rules.change")
@require_POST
def archive(request: DeskRequest, public_id: str) -> HttpResponse:
    rule = _rule(request, public_id)
    flow.archive_rule(rule, by=request.staff, now=timezone.now())
    say(
        request,
        _("“%(name)s” is archived. What it gave stays.") % {"name": rule.name},
        undo=reverse("dashboard:rule_restore", args=[request.program.slug, rule.public_id]),
    )
    return _back(request)


@needs("rules.change")
@require_POST
def restore(request: DeskRequest, public_id: str) -> HttpResponse:
    rule = _rule(request, public_id)
    flow.restore_rule(rule, by=request.staff, now=timezone.now())
    say(request, _("“%(name)s” is back among the rules.") % {"name": rule.name})
    return _back(request)


@needs("rules.change")
@require_POST
def move(request: DeskRequest, public_id: str) -> HttpResponse:
    rule = _rule(request, public_id)
    if rule.archived_at is None:
        places = -1 if request.POST.get("to") == "up" else 1
        flow.move_rule(rule, places, by=request.staff, now=timezone.now())
    return _back(request)


def _edit(request: DeskRequest, rule: EarningRule | None) -> HttpResponse:
    is_sent = request.method == "POST"
    builder = Builder(request.program, rule, request.POST if is_sent else None)
    tried = trial(request.program, builder, request.POST if is_sent else None)
    if not is_sent:
        return _page(request, builder, tried)
    act = request.POST.get("act", "save")
    if act != "save":
        builder.act(act)
        return _page(request, builder, tried)
    saved = _save(request, builder)
    if saved is None:
        return _page(request, builder, tried, status=422)
    say(request, _("“%(name)s” is saved and holds from the next sale on.") % {"name": saved.name})
    return _back(request)


def _save(request: DeskRequest, builder: Builder) -> EarningRule | None:
    if not builder.is_valid():
        return None
    try:
        return flow.save_rule(
            request.program, builder.rule, public_id=builder.form.cleaned_data["once"],
            by=request.staff, now=timezone.now(), **builder.told(),
        )  # fmt: skip
    except RuleRefused as refusal:
        builder.refuse(refusal.facts["problems"])
        return None


def _page(
    request: DeskRequest, builder: Builder, tried: dict[str, Any], status: int = 200
) -> HttpResponse:
    context = {"builder": builder, "rule": builder.rule, "tried": tried}
    page = "dashboard/rules/edit.html"
    return show(request, page, context, nav="rules", status=status)


def _rule(request: DeskRequest, public_id: str) -> EarningRule:
    rules = request.program.earning_rules.select_related("wallet", "program")
    return get_object_or_404(rules, public_id=public_id)


def _back(request: DeskRequest) -> HttpResponse:
    return redirect("dashboard:rules", slug=request.program.slug)
