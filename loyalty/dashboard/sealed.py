"""Names for rows that have none to show: a number of ours, sealed so that it tells nothing."""

from loyalty import sealing

LONGEST = 200


def seal(number: int, purpose: str) -> str:
    return sealing.seal(str(number), purpose)


def unseal(text: str, purpose: str) -> int | None:
    """The number that was sealed for a purpose; None for anything else."""
    if not 0 < len(text) <= LONGEST:
        return None
    number = sealing.unseal(text, purpose)
    return None if number is None else int(number)
