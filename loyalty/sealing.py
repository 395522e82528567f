"""Texts that only this installation can read back: a secret at rest, a number in an address.

Sealed with the installation's key, and each purpose apart: what was sealed for one opens for no
other. ``SECRET_KEY_FALLBACKS`` still opens what was sealed before the key was changed.
"""

import base64
import hmac

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


def seal(text: str, purpose: str) -> str:
    return _box(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str | None:
    """What was sealed for a purpose; None for anything else."""
    try:
        return _box(purpose).decrypt(sealed.encode(errors="replace")).decode()
    except InvalidToken:
        return None


def keyed(text: str, purpose: str) -> str:
    """A digest that only this installation can make: two texts can be told to be the same, and
    nobody can look up which text it was. Empty stays empty.

    It is of the present key alone: what was kept under an older one is like nothing else.
    """
    if not text:
        return ""
    key = hmac.digest(settings.SECRET_KEY.encode(), f"keyed {purpose}".encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()[:32]


def _box(purpose: str) -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [
        hmac.digest(secret.encode(), f"sealed {purpose}".encode(), "sha256") for secret in secrets
    ]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
