"""Where a request comes from: as the outermost proxy that we trust saw it, and nobody else."""

import ipaddress
from typing import Any

from django.conf import settings

IPV6_PREFIX = 64  # One household or server has so much of it to itself.


def address_of(request: Any) -> str:
    """The caller's address. Without trusted proxies X-Forwarded-For is anybody's invention."""
    if proxies := settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(hops) >= proxies and hops[-proxies]:
            return str(hops[-proxies][:45])
    return str(request.META.get("REMOTE_ADDR", "")) or "unknown"


def network_of(request: Any) -> str:
    """What is counted together: an IPv4 address, or the network of an IPv6 one."""
    address = address_of(request)
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
    return address
