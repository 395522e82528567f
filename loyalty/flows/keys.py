"""Keys for machines: made once, shown once, revoked for good."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.merchants import keys, trail
from loyalty.merchants.models import ApiKey, Program, Staff
from loyalty.refusal import Refusal


class UnknownScope(Refusal):
    code = "unknown_scope"


class KeyWithoutName(Refusal):
    code = "key_without_name"


@transaction.atomic
def create(
    program: Program, *, name: str, scopes: Iterable[str], by: Staff | None, now: datetime
) -> tuple[ApiKey, str]:
    """A new key of a program, and the token that nobody can be shown again."""
    name, wanted = name.strip(), sorted(set(scopes))
    if not name or len(name) > 80:
        raise KeyWithoutName(_("A key has a name of 1 to 80 characters, by which people know it."))
    if unknown := [scope for scope in wanted if scope not in keys.SCOPES]:
        raise UnknownScope(_("There is no scope “%(scope)s”.") % {"scope": unknown[0][:40]})
    if not wanted:
        raise UnknownScope(_("Choose at least one thing that the key may do."))
    secret = keys.new_secret()
    key = ApiKey.objects.create(
        program=program,
        name=name,
        prefix=keys.new_prefix(),
        secret_hash=keys.hash_of(secret),
        scopes=wanted,
        created_by=by.user if by else None,
        created_at=now,
    )
    after = {"name": name, "scopes": wanted}
    trail.record("key.create", f"key:{key.prefix}", program=program, now=now, by=by, after=after)
    return key, keys.token_of(key.prefix, secret)


@transaction.atomic
def revoke(key: ApiKey, *, by: Staff | None, now: datetime, reason: str = "") -> ApiKey:
    """Take a key out of use, at once and for good. Revoking it again changes nothing."""
    if ApiKey.objects.live().filter(pk=key.pk).update(revoked_at=now):
        trail.record(
            "key.revoke", f"key:{key.prefix}", program=key.program, now=now, by=by, reason=reason
        )
    key.refresh_from_db()
    return key
