"""Where a member of the team stands, and how fast they may try codes."""

from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.dashboard.doors import DeskRequest
from loyalty.merchants.models import Location
from loyalty.signin import tries
from loyalty.signin.tries import TooManyTries

CODES_A_MINUTE = 60  # By one person: enough for any till, too few to guess a code.


def check_pace(request: DeskRequest) -> None:
    """Nobody tries codes one after the other."""
    name = f"codes:{request.staff.pk}"
    if wait := tries.count(name, CODES_A_MINUTE, at=timezone.now(), seconds=60):
        sentence = _("That were many codes. Wait %(seconds)s seconds, please.")
        raise TooManyTries(sentence % {"seconds": wait}, wait=wait)


def shop_of(request: DeskRequest) -> Location | None:
    """The shop where one works, or else where this device was said to stand."""
    if request.staff.location:
        return request.staff.location
    chosen = request.session.get(_key(request), "")
    return request.program.merchant.locations.filter(public_id=chosen).first() if chosen else None


def remember_shop(request: DeskRequest, shop: Location | None) -> None:
    request.session[_key(request)] = shop.public_id if shop else ""


def _key(request: DeskRequest) -> str:
    return f"counter-shop:{request.program.public_id}"
