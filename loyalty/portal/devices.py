"""The devices in which somebody is signed in, and the way to sign them out."""

import re
from dataclasses import dataclass

from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from loyalty.admission import Audience, admits
from loyalty.portal.speaking import era
from loyalty.signin import devices as known
from loyalty.signin.models import Device
from loyalty.signin.naming import name_of
from loyalty.toasts import say


@dataclass(frozen=True, slots=True)
class Shown:
    """A device, in words."""

    device: Device
    is_here: bool
    is_signed_in: bool

    @property
    def name(self) -> str:
        return name_of(self.device.browser) or _("Unknown browser")

    @property
    def icon(self) -> str:
        return "smartphone" if re.search("iPhone|Android", self.device.browser) else "monitor"


@admits(Audience.SIGNED_IN)
@require_safe
def devices(request: HttpRequest) -> HttpResponse:
    context = {"devices": _shown(request), "era": era()}
    return render(request, "account/devices.html", context)


@admits(Audience.SIGNED_IN)
@require_POST
def end(request: HttpRequest, public_id: str) -> HttpResponse:
    """Sign one out; this one as well, if it is named."""
    assert request.user.is_authenticated
    named = known.of(request.user).filter(public_id=public_id)
    device = named.first()
    if device is None:
        raise Http404
    known.end(named, now=timezone.now())
    if device.session_key == request.session.session_key:
        logout(request)
        return redirect("account_login")
    say(request, _("This device is signed out."))
    return redirect("account_devices")


@admits(Audience.SIGNED_IN)
@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    assert request.user.is_authenticated
    ended = known.end_others(request.user, request.session, now=timezone.now())
    told = ngettext("%(count)s device is signed out.", "%(count)s devices are signed out.", ended)
    say(request, told % {"count": ended} if ended else _("You are signed in nowhere else."))
    return redirect("account_devices")


def _shown(request: HttpRequest) -> list[Shown]:
    assert request.user.is_authenticated
    mine = list(known.of(request.user))
    signed_in = known.signed_in(mine, now=timezone.now())
    here = request.session.session_key
    return [Shown(it, it.session_key == here, it.pk in signed_in) for it in mine]
