"""The card: what a member shows at the till."""

import segno
from django.http import HttpResponse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from loyalty.portal.doors import MemberRequest, members_only, show

_GROUP = 4


@members_only
@require_safe
def card(request: MemberRequest) -> HttpResponse:
    code = request.member.card_code
    context = {"qr": qr(code), "code": grouped(code)}
    return show(request, "portal/card.html", context, nav="card")


def qr(text: str) -> SafeString:
    """A QR code as inline SVG. It scales with the page, and loads nothing."""
    code = segno.make_qr(text, error="m")
    return mark_safe(code.svg_inline(scale=1, border=2, omitsize=True))  # noqa: S308 - segno draws; the text is only in the dots


def grouped(code: str) -> str:
    """``7F3K 92QX MT``: a code as people read it aloud."""
    return " ".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))
