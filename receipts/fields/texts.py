"""Letters as engines confuse them, and digits as several countries write them."""

import re
import unicodedata

_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙０１２３４５６７８９", "01234567890123456789")
_TALL = re.compile(r"(?<=[a-z])I(?=[a-z])")  # "WorId": within small letters it is none.
# What engines take digits for, in a word that is a number otherwise.
_MISTAKEN = str.maketrans("OoQDlI|!SsBZ", "000011115582")


def plain(text: str) -> str:
    """One way of writing: digits, spaces and widths as everybody has them."""
    text = " ".join(unicodedata.normalize("NFKC", text).translate(_DIGITS).split())
    # NFKC takes the Thai letter am apart, which is written as one.
    text = text.replace("\u0e4d\u0e32", "\u0e33")
    return _TALL.sub("l", text)


def key_of(text: str) -> str:
    """A label without case, spaces and signs: "Sub-Total :" is "subtotal"."""
    return re.sub(r"[^0-9a-z\u0e00-\u0e7f]", "", plain(text).casefold())


def without_marks(text: str) -> str:
    """Thai without the small marks above and below, which engines see where none are."""
    return re.sub("[\u0e38\u0e39\u0e47-\u0e4c]", "", text)


def as_digits(word: str) -> str:
    """A number in which letters stand where digits must: "2O18" is "2018"."""
    return word.translate(_MISTAKEN)


def repaired(text: str) -> str:
    """A text in which each word that is mostly digits is one."""
    return re.sub(r"\S+", lambda found: _repaired_word(found[0]), text)


def _repaired_word(word: str) -> str:
    digits = sum(sign.isdigit() for sign in word)
    letters = sum(sign.isalpha() for sign in word)
    if digits < 3 or letters > 2 or digits < 2 * letters:
        return word
    return as_digits(word)
