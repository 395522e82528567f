"""Who says so: each dialect's headers, and whether a body was signed with an endpoint's secret.

Only the body is signed, by any of them. So a topic or an event's id, which are headers, decide
nothing: what is done follows from what the body says.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from loyalty import sealing
from loyalty.inbox.models import Endpoint

PURPOSE = "secret of an endpoint"
SECRET_BYTES = 32
LONGEST_SECRET = 200


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a kind of shop speaks."""

    name: str
    signature: str  # The header with the body's HMAC-SHA256.
    topic: str
    event_id: str
    # Whether two events may come under one id, so that the body belongs to the id.
    id_repeats: bool = False
    makes_secret: bool = False  # It tells its secret to us; else we make it.
    in_hex: bool = False


DIALECTS = {
    it.name: it
    for it in (
        Dialect(
            name="shopify",
            signature="X-Shopify-Hmac-Sha256",
            topic="X-Shopify-Topic",
            event_id="X-Shopify-Webhook-Id",
            makes_secret=True,
        ),
        # Its delivery id is a hash of the webhook and the second: busy shops repeat it.
        Dialect(
            name="woocommerce",
            signature="X-WC-Webhook-Signature",
            topic="X-WC-Webhook-Topic",
            event_id="X-WC-Webhook-Delivery-ID",
            id_repeats=True,
        ),
        Dialect(
            name="own",
            signature="X-Taem-Signature",
            topic="X-Taem-Topic",
            event_id="X-Taem-Event-Id",
            in_hex=True,
        ),
    )
}


def new_secret() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def seal(secret: str) -> str:
    return sealing.seal(secret, PURPOSE)


def is_signed(endpoint: Endpoint, headers: Mapping[str, str], raw: bytes, *, at: datetime) -> bool:
    """Whether a body was signed with the endpoint's secret, or the one before it for a while."""
    dialect = DIALECTS[endpoint.dialect]
    told = _bytes_of(headers.get(dialect.signature, ""), in_hex=dialect.in_hex)
    # All are tried, in the same time whichever fits.
    fits = [hmac.compare_digest(told, sign(secret, raw)) for secret in _secrets(endpoint, at)]
    return any(fits)


def sign(secret: str, raw: bytes) -> bytes:
    return hmac.digest(secret.encode(), raw, "sha256")


def topic_of(endpoint: Endpoint, headers: Mapping[str, str]) -> str:
    return _plain(headers.get(DIALECTS[endpoint.dialect].topic, ""), 80)


def event_id_of(endpoint: Endpoint, headers: Mapping[str, str], raw: bytes) -> str:
    """By what an event is known when it comes again. One without an id is known by its body."""
    dialect = DIALECTS[endpoint.dialect]
    told = _plain(headers.get(dialect.event_id, ""), 80)
    if told and not dialect.id_repeats:
        return told
    return f"{told}/{hashlib.sha256(raw).hexdigest()}"


def _secrets(endpoint: Endpoint, at: datetime) -> list[str]:
    sealed = [endpoint.secret]
    if endpoint.old_secret_until and at < endpoint.old_secret_until:
        sealed.append(endpoint.old_secret)
    opened = [sealing.unseal(it, PURPOSE) for it in sealed if it]
    return [secret for secret in opened if secret]


def _bytes_of(text: str, *, in_hex: bool) -> bytes:
    try:
        return bytes.fromhex(text) if in_hex else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""


def _plain(text: str, longest: int) -> str:
    """A header as a name: what no sender of these would write is left out."""
    return "".join(it for it in text if it.isascii() and it.isprintable())[:longest]
