"""The front door of the installation: what it is for strangers, the way in for everybody else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from loyalty.merchants.models import Program, Staff
from loyalty.portal.doors import anybody, memberships_of, show

FEW = 12  # Programs that are listed for strangers; an installation with more is no shop window.


@anybody
@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """Who has one place to go is there at once."""
    if not request.user.is_authenticated:
        return show(request, "portal/landing.html", {"programs": _few()})
    members = memberships_of(request.user)
    works = Staff.objects.filter(user=request.user, is_active=True).exists()
    if len(members) == 1 and not works:
        return redirect("portal:home", slug=members[0].program.slug)
    if works and not members:
        return redirect("dashboard:programs")
    return show(request, "portal/mine.html", {"members": members, "works": works})


def _few() -> list[Program]:
    programs = list(Program.objects.select_related("merchant").order_by("pk")[: FEW + 1])
    return programs if len(programs) <= FEW else []
