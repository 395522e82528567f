"""The catalog: what points, stamps and cashback buy."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from loyalty import formats
from loyalty.dashboard.doors import DeskRequest, attempt, needs, show, status_of
from loyalty.dashboard.reward_forms import CodesForm, RewardForm
from loyalty.flows import rewards as flow
from loyalty.rewards import pool
from loyalty.rewards.models import Reward
from loyalty.toasts import say

Kind = Reward.Kind
ICONS = {
    Kind.AMOUNT_OFF: "badge-minus",
    Kind.PERCENT_OFF: "badge-percent",
    Kind.FREE_PRODUCT: "gift",
    Kind.FREE_SHIPPING: "truck",
    Kind.STORE_CREDIT: "wallet",
    Kind.CUSTOM: "sparkles",
}
MOST_BAD_LINES = 50


@needs("rewards.see")
@require_safe
def rewards(request: DeskRequest) -> HttpResponse:
    program, now = request.program, timezone.now()
    archived = "archived" in request.GET
    found = program.rewards.filter(archived_at__isnull=not archived)
    codes_left = Count("pool", filter=Q(pool__taken_at=None))
    found = found.select_related("wallet__program", "program").annotate(codes_left=codes_left)
    rows = [_row(reward, reward.codes_left if reward.uses_pool else None, now) for reward in found]
    here = reverse("dashboard:rewards", args=[program.slug])
    tabs = [
        {"label": _("In use"), "url": here, "current": not archived},
        {"label": _("Archived"), "url": f"{here}?archived", "current": archived},
    ]
    context = {"rows": rows, "tabs": tabs, "archived": archived}
    return show(request, "dashboard/rewards/list.html", context, nav="rewards")


@needs("rewards.change")
@require_http_methods(["GET", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    return _edit(request, None)


@needs("rewards.change")
@require_http_methods(["GET", "POST"])
def edit(request: DeskRequest, public_id: str) -> HttpResponse:
    return _edit(request, _reward(request, public_id))


@needs("rewards.change")
@require_POST
def switch(request: DeskRequest, public_id: str) -> HttpResponse:
    """On the shelf, or off it for a while: as the button says, so twice changes nothing."""
    reward = _reward(request, public_id)
    active = request.POST.get("active") == "yes"
    flow.set_reward_active(reward, active, by=request.staff, now=timezone.now())
    name = {"name": reward.name}
    say(request, (_("“%(name)s” is on.") if active else _("“%(name)s” is paused.")) % name)
    return redirect("dashboard:rewards", slug=request.program.slug)


@needs("rewards.change")
@require_POST
def archive(request: DeskRequest, public_id: str) -> HttpResponse:
    reward = _reward(request, public_id)
    flow.archive_reward(reward, by=request.staff, now=timezone.now())
    slug = request.program.slug
    say(
        request,
        _("“%(name)s” is archived. Vouchers that are out stay good.") % {"name": reward.name},
        undo=reverse("dashboard:reward_restore", args=[slug, reward.public_id]),
    )
    return redirect("dashboard:rewards", slug=slug)


@needs("rewards.change")
@require_POST
def restore(request: DeskRequest, public_id: str) -> HttpResponse:
    reward = _reward(request, public_id)
    flow.restore_reward(reward, by=request.staff, now=timezone.now())
    say(request, _("“%(name)s” is back in the catalog.") % {"name": reward.name})
    return redirect("dashboard:rewards", slug=request.program.slug)


@needs("rewards.change")
@require_POST
def upload(request: DeskRequest, public_id: str) -> HttpResponse:
    """A partner's codes. What could not be read is told line by line; the rest is kept."""
    reward = _reward(request, public_id)
    form = CodesForm(request.POST, request.FILES)
    result = attempt(
        form,
        lambda _told: flow.upload_codes(reward, form.lines(), by=request.staff, now=timezone.now()),
    )
    context = {
        "reward": reward,
        "codes": form,
        "result": result,
        "bad": result.bad[:MOST_BAD_LINES] if result else [],
        "more_bad": max(0, len(result.bad) - MOST_BAD_LINES) if result else 0,
        "waiting": pool.waiting(reward),
    }
    page = "dashboard/rewards/codes.html"
    return show(request, page, context, nav="rewards", status=status_of(form))


def _edit(request: DeskRequest, reward: Reward | None) -> HttpResponse:
    form = RewardForm(request.program, reward, request.POST or None)
    saved = attempt(
        form,
        lambda told: flow.save_reward(
            request.program, reward, public_id=told["once"], by=request.staff,
            now=timezone.now(), **form.fields_told(),
        ),
    )  # fmt: skip
    if saved:
        say(request, _("“%(name)s” is saved.") % {"name": saved.name})
        if saved.uses_pool and not reward:
            return redirect(
                "dashboard:reward", slug=request.program.slug, public_id=saved.public_id
            )
        return redirect("dashboard:rewards", slug=request.program.slug)
    context: dict[str, Any] = {"form": form, "reward": reward}
    if reward and reward.uses_pool:
        context |= {"codes": CodesForm(), "waiting": pool.waiting(reward)}
    page = "dashboard/rewards/edit.html"
    return show(request, page, context, nav="rewards", status=status_of(form))


def _reward(request: DeskRequest, public_id: str) -> Reward:
    rewards = request.program.rewards.select_related("wallet", "program")
    return get_object_or_404(rewards, public_id=public_id)


def _row(reward: Reward, codes_left: int | None, now: datetime) -> dict[str, Any]:
    state, tone = _state(reward, codes_left, now)
    left = reward.stock if codes_left is None else codes_left
    parts = [gives(reward), formats.points(reward.price, reward.wallet)]
    if left is not None:
        words = ngettext("%(left)s left", "%(left)s left", left)
        parts.append(words % {"left": formats.number(left)})
    return {
        "reward": reward,
        "icon": ICONS.get(Kind(reward.kind), "gift"),
        "note": " · ".join(parts),
        "state": state,
        "tone": tone,
    }


def gives(reward: Reward) -> str:
    """What it is worth, in a few words."""
    if reward.worth_minor is not None:
        money = formats.money(reward.worth_minor, reward.program.currency, whole=True)
        is_credit = reward.kind == Kind.STORE_CREDIT
        words = _("%(money)s of store credit") if is_credit else _("%(money)s off")
        return words % {"money": money}
    if reward.kind == Kind.PERCENT_OFF and reward.percent is not None:
        return _("%(percent)s off") % {"percent": formats.percent(reward.percent)}
    return str(reward.get_kind_display())


def _state(reward: Reward, codes_left: int | None, now: datetime) -> tuple[str, str]:
    """Whether members can have it now, and the tone to say so in."""
    states = [
        (reward.archived_at is not None, _("Archived"), "plain"),
        (not reward.is_active, _("Paused"), "warn"),
        (reward.ends_at is not None and reward.ends_at <= now, _("Ended"), "plain"),
        (reward.starts_at is not None and reward.starts_at > now, _("Not yet"), "info"),
        (reward.stock == 0 or codes_left == 0, _("Sold out"), "bad"),
        (reward.is_automatic, _("Given by itself"), "good"),
    ]
    return next(((word, tone) for holds, word, tone in states if holds), (_("On offer"), "good"))
