"""What a campaign changed: who could have it beside who was held out at random."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from loyalty.dashboard.doors import DeskRequest, needs, show
from loyalty.insights.lift.telling import measured, shared_of, told_of


@needs("campaigns.see")
@require_safe
def lift(request: DeskRequest, public_id: str) -> HttpResponse:
    """Both groups, side by side; and how sure the difference is."""
    program, now = request.program, timezone.now()
    campaigns = program.campaigns.select_related("wallet__program", "program")
    campaign = get_object_or_404(campaigns, public_id=public_id)
    found = measured(campaign, now=now)
    context = {
        "campaign": campaign,
        "lift": found,
        "told": list(told_of(found, program.currency)) if found else [],
        "shared": [line for it in found.shared for line in shared_of(it)] if found else [],
        "is_over": found is not None and found.until < now,
        "lacks_margin": found is not None and not program.margin_percent,
    }
    return show(request, "dashboard/campaigns/lift.html", context, nav="campaigns")
