"""What one cell of a merchant's file says: a text, a number, an instant; or why it says nothing."""

import codecs
import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

LONGEST_NUMBER = 40
MOST = Decimal(10) ** 12
YEARS = range(1990, 2200)  # No sale that we are told of was made outside of them.
# 1,234.50 is read as people write it; "2,55" is somebody else's comma, and is not guessed at.
_NUMBER = re.compile(
    r"[+-]?(?:(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII
)
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_UNREADABLE = "\udcff"


class BadLine(ValueError):
    """What is wrong with one line, in a sentence."""


def _mark(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return _UNREADABLE, error.end


# An error handler of codecs that marks what is no text, so that the line is refused, not the file.
MARK = "taem.mark"
codecs.register_error(MARK, _mark)


def texts(cells: Sequence[str]) -> list[str]:
    """Cells without blanks around them. What is no text in the file's encoding is refused."""
    if _NO_TEXT.search("\n".join(cells)):
        raise BadLine(_("It holds characters that are no text in the file's encoding."))
    return [cell.strip() for cell in cells]


@lru_cache(maxsize=10_000)
def number(text: str) -> Decimal:
    if len(text) > LONGEST_NUMBER or not _NUMBER.fullmatch(text):
        raise BadLine(_("“%(text)s” is not a number.") % {"text": text[:LONGEST_NUMBER]})
    found = Decimal(text.replace(",", ""))
    if abs(found) > MOST:
        raise BadLine(_("“%(text)s” is not a number that can be meant.") % {"text": text})
    return found


def instant(text: str, form: str, zone: ZoneInfo) -> datetime:
    """An instant of the form told, or of ISO 8601; without an offset, by the clocks of a zone."""
    try:
        at = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
    except ValueError as error:
        raise BadLine(
            _("“%(text)s” is not a date of the expected form.") % {"text": text[:LONGEST_NUMBER]}
        ) from error
    if at.year not in YEARS:
        raise BadLine(_("“%(text)s” is a date that cannot be meant.") % {"text": text})
    return at if at.tzinfo else at.replace(tzinfo=zone)
