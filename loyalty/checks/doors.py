"""Every address says whom it lets in."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Tags, register

from loyalty.checks.faults import fault
from loyalty.routes import routes


@register(Tags.urls)
def addresses_say_whom_they_let_in(
    app_configs: Sequence[AppConfig] | None, **_options: Any
) -> list[CheckMessage]:
    return [
        fault(
            10,
            f"The address “{route.address}” ({route.name}) does not say whom it lets in.",
            "Put a door around its view (needs, members_only, admits …); that of a package is "
            "named in loyalty.routes.BROUGHT.",
        )
        for route in routes()
        if route.admission is None or not route.admission.asks
    ]
