"""What the log says of doors: who came in, who could not, and from where.

Each line is one event with its particulars as fields, so that it can be counted and looked for.
No password, code, key or e-mail address is among them; people are named by their number.
"""

import logging
from typing import Any

from loyalty.signin.addresses import address_of

log = logging.getLogger("loyalty.security")


def tell(event: str, request: Any, *, level: int = logging.WARNING, **facts: Any) -> None:
    """``tell("forbidden", request, permission="points.adjust")``"""
    user = getattr(request, "user", None)
    told = {
        "event": event,
        "user": getattr(user, "pk", None),
        "from": address_of(request),
        "asked": f"{request.method} {_template_of(request)}",
        **facts,
    }
    said = " ".join(f"{name}={value}" for name, value in told.items() if value is not None)
    log.log(level, "%s", said, extra={"facts": told})


def _template_of(request: Any) -> str:
    """The address without what it names: tokens and codes stand in some of them."""
    match = getattr(request, "resolver_match", None)
    return match.route if match else request.path_info.split("/")[1]
