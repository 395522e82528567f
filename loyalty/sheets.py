"""Tables that spreadsheets read, and cannot be tricked by."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

# A cell that begins like this is a formula to a spreadsheet, and would run.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
# Without it, Excel takes UTF-8 for the code page of the machine and garbles Thai.
BOM = "\ufeff"


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


def safe(value: Any) -> Any:
    """A cell that is only read. Numbers stay numbers; what looks like a formula becomes text."""
    if isinstance(value, int) or value is None:
        return value
    text = str(value).replace("\0", "")
    return f"'{text}" if text.startswith(FORMULA) else text


def lines(heading: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A table as CSV, line by line, however long it is."""
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([safe(cell) for cell in heading])
    for row in rows:
        yield writer.writerow([safe(cell) for cell in row])
