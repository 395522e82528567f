"""Who is held out of a campaign, so that it can be told afterwards whether it paid.

A hash of the member's account, seeded by the campaign, decides: the same for as long as it runs,
another one for another campaign. It is a polynomial over the integers below a prime, with
coefficients drawn from the campaign's public id. A random polynomial of the third degree is a
four-wise independent family (Wegman and Carter, 1981), so means and variances of the two groups
come out as of members drawn one by one; and it is plain arithmetic, the same in SQL.
"""

from functools import lru_cache
from hashlib import sha256

PRIME = 2**31 - 1  # Products of two numbers below it fit into 64 bits.
MOST_PERCENT = 50


def is_held_out(seed: str, account_id: int, percent: int) -> bool:
    """Whether an account gets nothing of the campaign with this public id."""
    return percent > 0 and account_id > 0 and _place(seed, account_id) < limit(percent)


def limit(percent: int) -> int:
    """Places below it are held out."""
    return PRIME * percent // 100


def sql(seed: str, account: str) -> str:
    """An SQL expression for an account's place, of the name of its column."""
    first, *others = coefficients(seed)
    place = str(first)
    for one in others:
        place = f"(({place} * ({account} % {PRIME}) + {one}) % {PRIME})"
    return place


@lru_cache(maxsize=4096)
def coefficients(seed: str) -> tuple[int, ...]:
    """Four numbers below the prime; the first is not zero."""
    digest = sha256(f"held out of {seed}".encode()).digest()
    drawn = [int.from_bytes(digest[at : at + 8], "big") % PRIME for at in range(0, 32, 8)]
    return (drawn[0] or 1, *drawn[1:])


def _place(seed: str, account_id: int) -> int:
    x, place = account_id % PRIME, 0
    for one in coefficients(seed):
        place = (place * x + one) % PRIME
    return place
