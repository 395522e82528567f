"""Addresses for shops' machines: made, given their secret, changed, and revoked for good."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.inbox import signatures
from loyalty.inbox.models import Endpoint
from loyalty.inbox.signatures import DIALECTS
from loyalty.merchants import trail
from loyalty.merchants.models import Program, Staff
from loyalty.refusal import Refusal

OLD_SECRET_GOOD = timedelta(days=1)  # What a shop signed before it knew the new one still counts.
SHORTEST_SECRET = 16


class BadEndpoint(Refusal):
    code = "bad_endpoint"


class EndpointRevoked(Refusal):
    code = "endpoint_revoked"


@transaction.atomic
def make(
    program: Program, *, name: str, dialect: str, by: Staff, now: datetime
) -> tuple[Endpoint, str]:
    """A new address, and the secret for the shop to sign with; empty if the shop makes it."""
    name = name.strip()
    if dialect not in DIALECTS or not 0 < len(name) <= 80:
        raise BadEndpoint(_("Give the shop a name, and say what it runs on."))
    secret = "" if DIALECTS[dialect].makes_secret else signatures.new_secret()
    endpoint = Endpoint.objects.create(
        program=program, name=name, dialect=dialect, created_by=by.user, created_at=now,
        secret=signatures.seal(secret) if secret else "",
    )  # fmt: skip
    _record("hook.make", endpoint, by=by, now=now, after={"name": name, "dialect": dialect})
    return endpoint, secret


@transaction.atomic
def change_secret(endpoint: Endpoint, *, by: Staff, now: datetime, secret: str = "") -> str:
    """Take a new secret into use: the shop's own where it makes them, else one of ours.

    The one before is still taken for a day, so that nothing under way is lost.
    """
    endpoint = _locked(endpoint)
    if DIALECTS[endpoint.dialect].makes_secret:
        secret = secret.strip()
        if not (SHORTEST_SECRET <= len(secret) <= signatures.LONGEST_SECRET and secret.isascii()):
            raise BadEndpoint(_("Copy the whole secret from the shop's page."), field="secret")
    else:
        secret = signatures.new_secret()
    if endpoint.secret:
        endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, now + OLD_SECRET_GOOD
    endpoint.secret = signatures.seal(secret)
    endpoint.save()
    _record("hook.rotate", endpoint, by=by, now=now)
    return secret


@transaction.atomic
def revoke(endpoint: Endpoint, *, by: Staff, now: datetime) -> None:
    """Close an address for good. Revoking it again changes nothing."""
    live = Endpoint.objects.live().filter(pk=endpoint.pk)
    if live.update(revoked_at=now, secret="", old_secret="", old_secret_until=None):
        _record("hook.revoke", endpoint, by=by, now=now)


def _locked(endpoint: Endpoint) -> Endpoint:
    live = Endpoint.objects.live().select_for_update(of=("self",)).select_related("program")
    found = live.filter(pk=endpoint.pk).first()
    if found is None:
        raise EndpointRevoked(_("This address is closed. Make a new one."))
    return found


def _record(
    action: str,
    endpoint: Endpoint,
    *,
    by: Staff,
    now: datetime,
    after: dict[str, str] | None = None,
) -> None:
    trail.record(
        action, f"endpoint:{endpoint.public_id}", program=endpoint.program, now=now, by=by,
        after=after,
    )  # fmt: skip
