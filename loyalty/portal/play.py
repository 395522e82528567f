"""What there is to play: challenges, and wheels to turn."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.running import Running
from campaigns.wheel.drawing import LONGEST_WORD
from campaigns.wheel.models import Spin, Wheel
from loyalty import formats
from loyalty.flows.odds import odds_of
from loyalty.flows.spinning import Turn, secret_of, spin, turn_for
from loyalty.ledger.models import Balance
from loyalty.portal import playing
from loyalty.portal.careful import hold_told, spends
from loyalty.portal.doors import MemberRequest, attempt, members_only, show, status_of
from loyalty.portal.forms import KeyedForm
from loyalty.wheel_picture import slices, turned

SHOWN = 20


class SpinForm(KeyedForm):
    word = forms.CharField(
        label=_("A word of yours"),
        help_text=_("It is mixed into the draw, so that nobody could know it before. You may leave "
                    "it empty."),
        max_length=LONGEST_WORD, required=False,
    )  # fmt: skip
    seal = forms.RegexField(r"^[0-9a-f]{64}\Z", widget=forms.HiddenInput)


@members_only
@require_safe
def play(request: MemberRequest) -> HttpResponse:
    now = timezone.now()
    context = {
        "cards": playing.cards(request.program, request.member, now=now),
        "wheels": playing.live_wheels(request.program, now=now),
    }
    return show(request, "portal/play.html", context, nav="home")


@members_only
@spends
@require_http_methods(["GET", "HEAD", "POST"])
def wheel(request: MemberRequest, public_id: str) -> HttpResponse:
    """The wheel, its odds and what came of it; sent, it turns."""
    member, now = request.member, timezone.now()
    it = _wheel(request, public_id)
    form = SpinForm(request.POST or None)
    if request.method == "POST":
        made = attempt(form, lambda told: spin(
            member, it, key=told["key"], word=told["word"], seal=told["seal"], now=now
        ))  # fmt: skip
        if made:
            here = reverse("portal:wheel", args=[request.program.slug, public_id])
            return redirect(f"{here}?spin={made.number}")
    stage = it.stage(now)
    mine = it.spins.filter(account=member.account_id).select_related("landed", "segment")
    spun = _asked_for(request, mine)
    segments = list(it.segments.order_by("position"))
    drawn = slices([one.share for one in segments])
    turn = turn_for(it, member, now=now)
    context = {
        "wheel": it,
        "stage": stage,
        "turn": turn,
        "can_turn": stage == "live" and turn.is_left and member.state == "active",
        "cost": _cost(it, turn),
        "balance": _balance(it, member.account_id),
        "slices": drawn,
        "turned": turned(spun.roll) if spun else 0,
        "odds": odds_of(segments, {}, [one.colour for one in drawn]),
        "spun": spun,
        "spins": mine.order_by("-pk")[:SHOWN],
        "form": form,
        "hold": hold_told(member, now=now) if turn.price else "",
        "secret": secret_of(it).hex() if stage == "ended" else "",
    }
    return show(request, "portal/wheel.html", context, nav="home", status=status_of(form))


def _wheel(request: MemberRequest, public_id: str) -> Wheel:
    """One that is open, or that was: what was drawn can still be checked."""
    shown = request.program.wheels.exclude(state=Running.State.DRAFT).select_related("wallet")
    found = shown.filter(public_id=public_id).first()
    if found is None:
        raise Http404
    return found


def _asked_for(request: MemberRequest, mine: Any) -> Spin | None:
    number = request.GET.get("spin", "")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    found: Spin | None = mine.filter(number=int(number)).first()
    return found


def _cost(it: Wheel, turn: Turn) -> str:
    return formats.points(turn.price, it.wallet) if turn.price and it.wallet else ""


def _balance(it: Wheel, account_id: int) -> str:
    """What they have of what a spin costs."""
    if it.wallet is None:
        return ""
    held = Balance.objects.filter(account=account_id, wallet=it.wallet).first()
    return formats.points(held.points if held else 0, it.wallet)
