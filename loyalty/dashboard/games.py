"""Games and offers: challenges, wheels and follow-ups, and what their pages have in common."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.challenges.reading import frame_sentence, step_sentences, whole_sentence
from campaigns.followups.reading import followup_sentence
from campaigns.running import Running
from campaigns.wheel.models import Wheel
from campaigns.wheel.reading import share_told
from loyalty import formats
from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.dashboard.rule_builder import location_names, tier_names
from loyalty.earning.terms import Terms
from loyalty.flows import prizes, running
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal
from loyalty.toasts import say

KINDS = ("challenges", "wheels", "followups")
STAGES = ("live", "scheduled", "draft", "paused", "ended")


@needs("campaigns.see")
@require_safe
def games(request: DeskRequest) -> HttpResponse:
    """One kind at a time, what is live ahead."""
    program, now = request.program, timezone.now()
    kind = request.GET.get("kind", "")
    kind = kind if kind in KINDS else KINDS[0]
    rows = rows_of(program, kind, now)
    here = reverse("dashboard:games", args=[program.slug])
    labels = {
        "challenges": _("Challenges"), "wheels": _("Wheels"), "followups": _("Follow-up offers")
    }  # fmt: skip
    context = {
        "kind": kind,
        "rows": rows,
        "new_url": reverse(f"dashboard:{kind[:-1]}_new", args=[program.slug]),
        "tabs": [
            {"label": label, "url": f"{here}?kind={name}", "current": name == kind}
            for name, label in labels.items()
        ],
    }
    return show(request, "dashboard/games/list.html", context, nav="games")


def rows_of(program: Program, kind: str, now: datetime) -> list[dict[str, Any]]:
    rows = {"challenges": _challenges, "wheels": _wheels, "followups": _followups}[kind](program)
    for row in rows:
        row["stage"] = row["it"].stage(now)
        row["url"] = reverse(
            f"dashboard:{kind[:-1]}", args=[program.slug, row["it"].public_id]
        )  # fmt: skip
    rows.sort(key=lambda row: (STAGES.index(row["stage"]), -row["it"].pk))
    return rows


def _challenges(program: Program) -> list[dict[str, Any]]:
    terms = terms_of(program)
    found = list(program.challenges.annotate(done=Count("completions"))[:500])
    told = prizes.told_all([it.prize for it in found])
    return [
        {
            "it": it,
            "sentence": whole_sentence(step_sentences(it, terms), frame_sentence(it)),
            "note": _("Prize: %(prize)s. Done %(times)s times so far.")
            % {"prize": prize, "times": formats.number(it.done)},
        }
        for it, prize in zip(found, told, strict=True)
    ]


def _wheels(program: Program) -> list[dict[str, Any]]:
    found = program.wheels.select_related("wallet").prefetch_related("segments")[:500]
    return [{"it": it, "sentence": cost_sentence(it), "note": odds_sentence(it)} for it in found]


def _followups(program: Program) -> list[dict[str, Any]]:
    found = program.followups.select_related("reward")[:500]
    return [{"it": it, "sentence": followup_sentence(it), "note": ""} for it in found]


def terms_of(program: Program) -> Terms:
    wallet = program.wallets.order_by("pk")[0]
    return Terms.of(
        program, wallet, tiers=tier_names(program), locations=location_names(program)
    )  # fmt: skip


def cost_sentence(it: Wheel) -> str:
    told = []
    if it.free_daily:
        told.append(_("One spin a day is free."))
    if it.price and it.wallet:
        price = {"price": formats.points(it.price, it.wallet)}
        told.append((_("Each further one costs %(price)s.") if it.free_daily
                     else _("A spin costs %(price)s.")) % price)  # fmt: skip
    if it.most_daily:
        told.append(_("At most %(most)s a day.") % {"most": formats.number(it.most_daily)})
    return " ".join(told)


def odds_sentence(it: Wheel) -> str:
    return " · ".join(f"{one.name} {share_told(one.share)}" for one in it.segments.all())


# --- What the pages have in common ---------------------------------------------------------------

SAID: Mapping[str, Any] = {
    "open": lambda it: _("“%(name)s” is open.") % {"name": it.name},
    "pause": lambda it: _("“%(name)s” is paused.") % {"name": it.name},
    "end": lambda it: _("“%(name)s” has ended. What it gave stays.") % {"name": it.name},
}


def act_on(
    request: DeskRequest, it: Running, *, open_up: Callable[..., None] = running.open_up
) -> HttpResponse:
    """Open, pause or end it, as the button says."""
    acts = {"open": open_up, "pause": running.pause, "end": running.end}
    act = request.POST.get("act", "")
    if act in acts:
        try:
            acts[act](it, by=request.staff, now=timezone.now())
        except Refusal as refusal:
            say(request, str(refusal), level=messages.ERROR)
        else:
            say(request, SAID[act](it))
    return back_to(request, it)


def back_to(request: DeskRequest, it: Running) -> HttpResponse:
    noun = it._meta.model_name
    return redirect(f"dashboard:{noun}", slug=request.program.slug, public_id=it.public_id)


def list_url(request: DeskRequest, kind: str) -> str:
    return f"{reverse('dashboard:games', args=[request.program.slug])}?kind={kind}"
