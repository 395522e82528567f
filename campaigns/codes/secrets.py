"""Codes that cannot be guessed, and that no table tells.

Single-use codes are worked out from one seed a batch, which is sealed: the sheet can be printed
again, and who reads the rows finds hashes only. A shared code is printed on everything, so it is
no secret; it is sealed in the place of the seed, and hashed like all others to be found.
"""

import hmac
import secrets
from collections.abc import Iterable

from django.conf import settings

from loyalty import sealing
from loyalty.rewards.codes import ALPHABET, LENGTH, normalized

PURPOSE = "product codes"
SEED_BYTES = 32
_GROUP = 4


def new_seed() -> str:
    return sealing.seal(secrets.token_hex(SEED_BYTES), PURPOSE)


def sealed(word: str) -> str:
    """A shared code, in the place of a seed."""
    return sealing.seal(word, PURPOSE)


def unsealed(secret: str) -> str | None:
    """The seed or the shared code; None when the installation's key is another by now."""
    return sealing.unseal(secret, PURPOSE)


def codes_of(seed: str, numbers: Iterable[int]) -> list[str]:
    """The codes of some numbers: 12 symbols of 31, about 2**59 of them."""
    key = bytes.fromhex(seed)
    return [_written(hmac.digest(key, str(number).encode(), "sha256")) for number in numbers]


def new_word() -> str:
    """A shared code for who has no word of their own."""
    return "".join(secrets.choice(ALPHABET) for _ in range(8))


def grouped(code: str) -> str:
    """As people read it: "7KQM-3XHP-VR2T"; a word of the merchant's own as it is."""
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        return code
    return "-".join(code[at : at + _GROUP] for at in range(0, LENGTH, _GROUP))


def hash_of(code: str) -> str:
    return _hash(code, settings.SECRET_KEY)


def hashes_of(code: str) -> list[str]:
    """What a code may be kept as: under the key of today, or one that came before it."""
    return [_hash(code, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


def _written(digest: bytes) -> str:
    # 256 bits modulo 31**12: no symbol is likelier than another by more than 2**-190.
    left, symbols = int.from_bytes(digest), []
    for _place in range(LENGTH):
        left, symbol = divmod(left, len(ALPHABET))
        symbols.append(ALPHABET[symbol])
    return "".join(symbols)


def _hash(code: str, secret: str) -> str:
    key = hmac.digest(secret.encode(), b"product code, hashed", "sha256")
    return hmac.new(key, normalized(code).encode(), "sha256").hexdigest()
