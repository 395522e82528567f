"""How the wheel draws: a published way, so that anybody can do it again.

1. A wheel has one secret of 32 random bytes. Its seal, the SHA-256 of it, is on the wheel's page
   from the day it opens; the secret itself is shown there once the wheel is over.
2. The seed of a member's n-th spin is HMAC-SHA256(secret, "<card>/<n>"), where <card> is the number
   that stands on the wheel's page, and its seal is shown before the spin: the SHA-256 of the seed.
3. The member adds a word of their own, or none. HMAC-SHA256(seed, word), its first eight bytes as a
   number N with the highest first, gives the roll: N × 10,000 // 2^64, from 0 to 9,999.
4. The segments lie side by side in their order, each as wide as its share in hundredths of a
   percent. The roll is in one of them. Seed, word and roll are shown at once.

Neither side can choose: the house has sealed its seed before it knows the word, and the member
gives the word before they know the seed.
"""

import hmac
from collections.abc import Sequence
from hashlib import sha256

WHOLE = 10_000  # Shares are hundredths of a percent.
LONGEST_WORD = 40


def seed_of(secret: bytes, card: str, number: int) -> bytes:
    return hmac.digest(secret, f"{card}/{number}".encode(), "sha256")


def seal_of(secret: bytes) -> str:
    """What is published before, and what the secret or seed must come to afterwards."""
    return sha256(secret).hexdigest()


def roll(seed: bytes, word: str) -> int:
    """A number from 0 to 9,999."""
    drawn = hmac.digest(seed, word.encode(), "sha256")
    return int.from_bytes(drawn[:8], "big") * WHOLE >> 64


def landed(shares: Sequence[int], rolled: int) -> int:
    """The place of the segment that a roll is in."""
    for place, share in enumerate(shares):
        if rolled < share:
            return place
        rolled -= share
    raise ValueError("The shares of a wheel come to 10,000.")
