"""Voucher codes: made, read as people type them, sealed for their owner, hashed to be found again.

Both keys come from SECRET_KEY. Its fallbacks go on opening and finding what they once sealed.
"""

import base64
import hmac
import secrets
import unicodedata

from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings

from loyalty.rewards.models import PoolCode, Voucher

# No 0 and O, no 1, I and L: a code is read aloud and typed at a till.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 12  # 31**12 is about 2**59: not to be guessed within any limit on tries.
_GROUP = 4


def new_code() -> str:
    """A code nobody can guess, in groups for people: "7KQM-3XHP-VR2T"."""
    symbols = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(symbols[at : at + _GROUP] for at in range(0, LENGTH, _GROUP))


def normalized(code: str) -> str:
    """A code without what people change when they type it: case, width, spaces, hyphens."""
    folded = unicodedata.normalize("NFKC", code).upper()
    return "".join(symbol for symbol in folded if not _is_idle(symbol))


def hash_of(code: str) -> str:
    """What a code is kept as, so that a stolen table is of no use at the till."""
    return _hash(code, settings.SECRET_KEY)


def hashes_of(code: str) -> list[str]:
    """What a code may be kept as: under the key of today, or under one that came before it."""
    return [_hash(code, secret) for secret in _secrets()]


def seal(code: str) -> str:
    return _box().encrypt(code.encode()).decode()


def code_of(sealed: Voucher | PoolCode) -> str:
    """The code itself, as it was made: for its owner's eyes."""
    return _box().decrypt(sealed.code_sealed).decode()


def _is_idle(symbol: str) -> bool:
    """Spaces, hyphens, and what cannot be seen or written at all."""
    kind = unicodedata.category(symbol)
    return kind == "Pd" or kind[0] in "ZC"


def _box() -> MultiFernet:
    keys = [_derived(secret, "voucher code, sealed") for secret in _secrets()]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])


def _hash(code: str, secret: str) -> str:
    key = _derived(secret, "voucher code, hashed")
    return hmac.new(key, normalized(code).encode(), "sha256").hexdigest()


def _derived(secret: str, purpose: str) -> bytes:
    return hmac.digest(secret.encode(), purpose.encode(), "sha256")


def _secrets() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
