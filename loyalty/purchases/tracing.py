"""By what a sale may be known again: kept as keyed hashes, so that nobody reads a card or a street.

Sales of one program are compared with each other only, so its number is part of the key.
"""

import unicodedata
from collections.abc import Mapping

from loyalty import bulk, sealing
from loyalty.purchases.sale import Sale

_TRACES = {"purchase_id": "bigint", "program_id": "bigint", "payment": "text", "address": "text"}
_INSERT = f"""
INSERT INTO purchases_purchasetrace ({", ".join(_TRACES)}) SELECT {", ".join(_TRACES)} FROM {{rows}}
"""
_NOISE = "CPSZ"  # Control characters, punctuation, symbols, blanks.


def keep(program_id: int, sales: Mapping[int, Sale]) -> None:
    """Write down what new sales are known by, where their tellers said so."""
    told = {pk: it for pk, it in sales.items() if it.payment_hash or it.address}
    rows = [
        (
            pk,
            program_id,
            payment_of(program_id, it.payment_hash),
            address_of(program_id, it.address),
        )
        for pk, it in told.items()
    ]
    if rows:
        bulk.execute(_INSERT, _TRACES, rows)


def payment_of(program_id: int, told: str) -> str:
    return sealing.keyed(told.strip(), f"payment {program_id}")


def address_of(program_id: int, told: str) -> str:
    """The same for the same door, however it is written: case, blanks, commas, Thai digits."""
    return sealing.keyed(plain(told), f"address {program_id}")


def plain(address: str) -> str:
    text = unicodedata.normalize("NFKC", address).casefold()
    kept = (it for it in text if unicodedata.category(it)[0] not in _NOISE)
    return "".join(str(unicodedata.digit(it, it)) for it in kept)
