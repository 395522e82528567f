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


def _box(purpose: str) -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = [
        hmac.digest(secret.encode(), f"sealed {purpose}".encode(), "sha256") for secret in secrets
    ]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
