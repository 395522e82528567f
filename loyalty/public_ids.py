"""Names that strangers may see. A primary key tells how many there are; these tell nothing."""

import secrets

# No vowels and no look-alikes: no words by accident, and easy to read over the phone.
ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"
LENGTH = 16  # 28**16 is about 2**77.


def new_public_id() -> str:
    return random_text(ALPHABET, LENGTH)


def random_text(alphabet: str, length: int) -> str:
    """So many letters that nobody can foresee. One draw for all: a batch makes thousands."""
    number = secrets.randbelow(len(alphabet) ** length)
    letters = []
    for _ in range(length):
        number, place = divmod(number, len(alphabet))
        letters.append(alphabet[place])
    return "".join(letters)
