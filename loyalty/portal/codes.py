"""Codes on products: scanned or typed, kept while somebody joins, and paid once."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from loyalty import formats
from loyalty.flows import codes as flow
from loyalty.flows.codes import CodeRefused, Collected
from loyalty.merchants.models import Program
from loyalty.portal.doors import (
    GuestRequest,
    anybody,
    attempt,
    guests,
    memberships_of,
    show,
    status_of,
)
from loyalty.refusal import Refusal
from loyalty.signin import tries
from loyalty.signin.addresses import network_of
from loyalty.signin.tries import TooManyTries
from loyalty.toasts import say
from members.models import Member

KEPT = "kept_code"  # What the session keeps until somebody has joined.
HOUR = 60 * 60
# Codes that are refused, an hour: by one person, from one address, in one program.
MOST_WRONG = {"person": 10, "address": 40, "program": 2_000}


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code on the product"),
        help_text=gettext_lazy("Capitals, spaces and hyphens do not matter."),
        max_length=flow.LONGEST_CODE,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false",
                   "class": "code-input", "data-scan-box": ""}
        ),
    )  # fmt: skip


@anybody
@require_safe
def link(request: HttpRequest, code: str) -> HttpResponse:
    """The link that is printed. It gives nothing by itself: programs open links unasked."""
    now = timezone.now()
    _check_pace(request, None, now)
    found = flow.programs_with(code, now=now) or _had_before(request, code)
    wanted = request.GET.get("in", "")
    program = next((it for it in found if it.slug == wanted), found[0] if found else None)
    if program is None:
        _count_wrong(request, None, now)
        return show(request, "portal/codes/unknown.html", status=404)
    request.session[KEPT] = {"slug": program.slug, "code": flow.told_code(code)}
    return redirect("portal:codes", slug=program.slug)


@guests
@require_http_methods(["GET", "HEAD", "POST"])
def codes(request: GuestRequest) -> HttpResponse:
    """Type a code or let the camera read it. Who has not joined yet finds it kept."""
    program, member = request.program, request.member
    kept = _kept(request)
    form = CodeForm(request.POST or None, initial={"code": kept})
    if member is None or member.state == Member.State.LEFT:
        return _keep(request, form, kept)
    collected = attempt(form, lambda told: _collect(request, told["code"]))
    if collected:
        _forget(request)
        _say(request, collected)
        if collected.prize and collected.is_new:
            return redirect(
                "portal:voucher", slug=program.slug, public_id=collected.prize.public_id
            )
        return redirect("portal:codes", slug=program.slug)
    context = {
        "form": form, "kept": kept, "found": _told(program, kept),
        "uses": member.account.code_uses.select_related("batch").order_by("-pk")[:5],
    }  # fmt: skip
    page = "portal/codes/codes.html"
    return show(request, page, context, nav="earn", status=status_of(form))


def collect_kept(request: HttpRequest, member: Member) -> None:
    """Pay the code that somebody scanned before they joined."""
    kept = request.session.get(KEPT)
    if not kept or kept["slug"] != member.program.slug:
        return
    _forget(request)
    try:
        collected = flow.collect(member, kept["code"], now=timezone.now())
    except Refusal as refusal:
        say(request, str(refusal), level=messages.WARNING)
    else:
        _say(request, collected)


def _keep(request: GuestRequest, form: CodeForm, kept: str) -> HttpResponse:
    """A guest's code waits, unlooked at: nobody tries codes without a name."""
    if form.is_bound and form.is_valid():
        kept = flow.told_code(form.cleaned_data["code"])
        request.session[KEPT] = {"slug": request.program.slug, "code": kept}
        return redirect("portal:codes", slug=request.program.slug)
    here = reverse("portal:codes", args=[request.program.slug])
    context = {
        "form": form, "kept": kept, "sign_in": f"{reverse('account_login')}?next={here}",
    }  # fmt: skip
    return show(request, "portal/codes/guest.html", context, status=status_of(form))


def _collect(request: GuestRequest, text: str) -> Collected:
    member, now = request.member, timezone.now()
    assert member is not None
    _check_pace(request, request.program, now)
    try:
        return flow.collect(member, text, now=now)
    except CodeRefused:
        _count_wrong(request, request.program, now)
        raise


def _names(request: HttpRequest, program: Program | None) -> dict[str, str]:
    """Under which names tries are counted."""
    names = {"address": f"product codes from {network_of(request)}"}
    if request.user.is_authenticated:
        names["person"] = f"product codes of {request.user.pk}"
    if program:
        names["program"] = f"product codes in {program.pk}"
    return names


def _check_pace(request: HttpRequest, program: Program | None, now: datetime) -> None:
    """Who told many wrong codes waits, whatever they tell next."""
    for whose, name in _names(request, program).items():
        if wait := tries.wait_for(name, MOST_WRONG[whose], at=now):
            raise TooManyTries(_("Those were many wrong codes. Try again later."), wait=wait)


def _count_wrong(request: HttpRequest, program: Program | None, now: datetime) -> None:
    for whose, name in _names(request, program).items():
        tries.count(name, MOST_WRONG[whose], at=now, seconds=HOUR)


def _had_before(request: HttpRequest, code: str) -> list[Program]:
    """Where somebody has had this code themselves: they are told so."""
    found = []
    for member in memberships_of(request.user):
        known = flow.find(member.program, code)
        if known and known.uses.filter(account=member.account_id).exists():
            found.append(member.program)
    return found


def _kept(request: HttpRequest) -> str:
    kept: dict[str, str] = request.session.get(KEPT) or {}
    program: Program = request.program  # type: ignore[attr-defined]
    return kept["code"] if kept.get("slug") == program.slug else ""


def _forget(request: HttpRequest) -> None:
    request.session.pop(KEPT, None)


def _told(program: Program, kept: str) -> dict[str, Any] | None:
    """What a kept code is for, as long as it gives something."""
    code = flow.find(program, kept) if kept else None
    if code is None or flow.why_not(code, timezone.now()):
        return None
    return {"name": code.batch.name, "gives": flow.gives(code.batch)}


def _say(request: HttpRequest, collected: Collected) -> None:
    batch = collected.use.batch
    if not collected.is_new:
        say(request, _("You have had this code before. It gives something once."))
        return
    wallets = {it.pk: it for it in batch.program.wallets.all()}
    for wallet in wallets.values():
        wallet.program = batch.program
    told = [formats.points(points, wallets[pk]) for pk, points in collected.points.items()]
    if collected.prize:
        told.append(str(batch.reward))
    words = {"what": ", ".join(told), "name": batch.name}
    say(request, _("%(what)s for “%(name)s”. It is yours.") % words)
