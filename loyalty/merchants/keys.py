"""What machines sign in with: keys of one program, what each may do, and how one is recognised.

A key reads ``taem_<prefix>_<secret>``. The prefix finds the row; the secret has 192 random bits, so
that a plain SHA-256 of it is enough: there is nothing to guess that a slow hash would protect.
"""

import hashlib
import json
import re
import secrets
from datetime import date
from typing import Any

from django.db import OperationalError, connection
from django.utils.translation import gettext_lazy as _

from loyalty import bulk
from loyalty.kept import Kept
from loyalty.merchants.models import ApiKey, Program
from loyalty.public_ids import ALPHABET

# What a key may be allowed. The API's views name these, and its tests walk the same list.
SCOPES = {
    "program:read": _("See the program: its wallets, tiers and locations."),
    "program:write": _("Read the whole program as a file, and change it by one."),
    "campaigns:try": _("Try campaigns on past purchases."),
    "members:read": _("Find and read members."),
    "members:write": _("Enroll members and change what is known of them."),
    "purchases:read": _("Read purchases and refunds, and ask what a basket would earn."),
    "purchases:write": _("Tell of purchases and refunds."),
    "activities:write": _("Tell of what members did."),
    "points:read": _("Read balances and entries, and why each entry was made."),
    "points:write": _("Give and take points by hand."),
    "surveys:read": _("Read surveys and what came of them."),
    "surveys:write": _("Answer surveys for members."),
    "contributions:read": _("Read calls and what members handed in."),
    "contributions:write": _("Tell of what members handed in, and decide on it."),
    "rewards:read": _("See the rewards, and what a member can have of them."),
    "redemptions:read": _("Read redemptions, with their voucher codes."),
    "redemptions:write": _("Redeem rewards and pay with points for members, and cancel that."),
    "referrals:read": _("Read who invited whom, members' codes, and what is held."),
    "referrals:write": _("Say who invited a member, and decide on what is held."),
    "vouchers:read": _("Check vouchers."),
    "vouchers:write": _("Use and cancel vouchers."),
}

PREFIX_LENGTH = 8
SECRET_BYTES = 24
_TOKEN = re.compile(
    rf"taem_(?P<prefix>[{ALPHABET}]{{{PREFIX_LENGTH}}})_(?P<secret>[0-9a-f]{{{2 * SECRET_BYTES}}})"
)

_FIELDS = ["id", "program_id", "public_id", "name", "prefix", "secret_hash", "scopes"]
_PROGRAM = [field.attname for field in Program._meta.concrete_fields]
_FIND = f"""
SELECT {", ".join(f"apikey.{name}" for name in _FIELDS)}, apikey.last_used_on, program.version
FROM {{rows}}
JOIN merchants_apikey apikey ON apikey.prefix = v.prefix AND apikey.revoked_at IS NULL
JOIN merchants_program program ON program.id = apikey.program_id
"""


def new_prefix() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(PREFIX_LENGTH))


def new_secret() -> str:
    return secrets.token_hex(SECRET_BYTES)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def token_of(prefix: str, secret: str) -> str:
    """The whole key, as its owner keeps it."""
    return f"taem_{prefix}_{secret}"


def verify(token: str, *, today: date) -> ApiKey | None:
    """The live key that a token is, with its program; None for anything else.

    It is one query, and no key is kept in memory: a revoked one is refused from the next request
    on. A program is kept as long as its version, which that query reads, stays the same.
    """
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        return None
    for *values, last_used_on, version in _rows(parts["prefix"]):
        key = ApiKey.from_db("default", _FIELDS, values)
        key.scopes = json.loads(key.scopes)
        if secrets.compare_digest(key.secret_hash, hash_of(parts["secret"])):
            key.program = Program.from_db(
                "default", _PROGRAM, _programs.get(key.program_id, version)
            )
            _note_use(key, last_used_on, today)
            return key
    return None


def _rows(prefix: str) -> list[tuple[Any, ...]]:
    """As the first statement of a request, it is the check of the connection's health too."""
    try:
        rows = bulk.fetch(_FIND, {"prefix": "text"}, [(prefix,)])
    except OperationalError:
        if connection.in_atomic_block:
            raise
        connection.close()  # It was lost while nobody used it.
        rows = bulk.fetch(_FIND, {"prefix": "text"}, [(prefix,)])
    connection.health_check_done = True  # type: ignore[attr-defined]
    return rows


def _load(program_id: int) -> tuple[int, tuple[Any, ...]]:
    program = Program.objects.get(pk=program_id)
    return program.version, tuple(getattr(program, name) for name in _PROGRAM)


_programs = Kept(_load)


def _note_use(key: ApiKey, last_used_on: date | str | None, today: date) -> None:
    """A key is marked as used once a day, so that reading stays reading."""
    if str(last_used_on) != today.isoformat():
        ApiKey.objects.filter(pk=key.pk).exclude(last_used_on=today).update(last_used_on=today)
