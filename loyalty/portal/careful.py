"""What a member must have shown before they spend: that this device is theirs, and no haste."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from loyalty.admission import SAFE
from loyalty.flows import spending
from loyalty.portal.confirming import is_confirmed
from loyalty.portal.doors import MemberRequest
from loyalty.signin import tries
from loyalty.signin.tries import TooManyTries
from members.models import Member

REDEMPTIONS = 20  # By one member in ten minutes: more than anybody eats.
TEN_MINUTES = 10 * 60

Page = Callable[..., HttpResponseBase]


def spends(view: Page) -> Page:
    """What is sent to this page spends points: from a confirmed device, at a human pace."""

    @wraps(view)
    def guarded(request: MemberRequest, **kwargs: Any) -> HttpResponseBase:
        if request.method in SAFE:
            return view(request, **kwargs)
        if not is_confirmed(request):
            return to_confirm(request)
        _check_pace(request)
        return view(request, **kwargs)

    return guarded


def hold_told(member: Member, *, now: datetime) -> str:
    """Why and until when a member cannot spend, in a sentence; nothing when they can."""
    try:
        spending.check_hold(member, None, now=now)
    except spending.Held as held:
        return str(held)
    return ""


def to_confirm(request: MemberRequest) -> HttpResponseRedirect:
    """Show first that it is you; then come back to this page."""
    back = urlencode({"next": request.path})
    return HttpResponseRedirect(f"{reverse('account_reauthenticate_code')}?{back}")


def _check_pace(request: MemberRequest) -> None:
    wait = tries.count(
        f"redeem:{request.member.pk}", REDEMPTIONS, at=timezone.now(), seconds=TEN_MINUTES
    )
    if wait:
        raise TooManyTries(_("Those were many at once. Wait a little, please."), wait=wait)
