"""The link at the end of a letter. It needs no sign-in, and works for mailboxes as for people."""

from django.http import Http404, HttpResponse
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from loyalty.flows import unsubscribe as flow
from loyalty.portal.doors import GuestRequest, guests, show
from members import consents


@guests
@csrf_exempt  # A mailbox posts here by itself (RFC 8058). The signed link is what allows it.
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: GuestRequest, token: str) -> HttpResponse:
    """Ask on GET, because scanners of mail follow links; do it on POST, in one click."""
    reader = flow.member_of(request.program.slug, token)
    if reader is None:
        raise Http404
    purpose = request.GET.get("about", "")
    if request.method == "POST":
        wants = request.POST.get("letters") == "yes"
        # Answered without a redirect, which mailboxes would not follow.
        flow.choose(reader, purpose, wants_letters=wants, now=timezone.now())
    chosen = consents.chosen_by(reader)
    context = {
        "about": purpose if purpose in consents.PURPOSES else "",
        "gets": any(chosen[place] for place in flow.places_of(purpose)),
        "everything": flow.link_for(reader),
        "guest": True,
    }
    with translation.override(reader.language):
        return show(request, "portal/unsubscribe.html", context)
