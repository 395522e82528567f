"""A program's colours as a small style sheet: our content policy allows no style in the page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from loyalty import colours
from loyalty.admission import Audience, admits
from loyalty.merchants.models import Program

YEAR = 60 * 60 * 24 * 365
MINUTES = 60 * 5


@admits(Audience.ANYBODY)
@require_safe
def brand_css(request: HttpRequest, slug: str) -> HttpResponse:
    """Kept for ever when the address names the colour (``?v=8a3b12``), else for five minutes."""
    program = get_object_or_404(Program.objects.only("brand_color"), slug=slug)
    response = HttpResponse(colours.brand(program.brand_color).css(), content_type="text/css")
    named = request.GET.get("v") == program.brand_color.removeprefix("#")
    if named:
        patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
    else:
        patch_cache_control(response, public=True, max_age=MINUTES)
    return response
