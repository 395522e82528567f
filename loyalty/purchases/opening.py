"""Opening a merchant's file: plain or packed, in whatever encoding it was written."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.utils.translation import gettext as _

from loyalty.purchases import cells
from loyalty.refusal import Refusal

SNIFFED = 1 << 20
SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx, .ods; .xls


class BadFile(Refusal):
    code = "bad_file"


@contextmanager
def damage_is_told() -> Iterator[None]:
    """Say in a sentence what a file that is cut off or garbled says in a dozen exceptions."""
    try:
        yield
    except (EOFError, OSError, zlib.error) as error:
        raise BadFile(_("The file is cut off or damaged: %(error)s") % {"error": error}) from error


def opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise BadFile(_("%(path)s cannot be read.") % {"path": path}) from error


def as_text(packed: BinaryIO, encoding: str) -> io.TextIOWrapper:
    """What an open file says. What is no text in its encoding is marked: see ``cells``."""
    encoding = encoding or encoding_of(_start_of(packed))
    return io.TextIOWrapper(_unpacked(packed), encoding, cells.MARK, newline="")


def encoding_of(start: bytes) -> str:
    """The encoding of a file, by how it begins."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if start.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    try:
        start[: start.rfind(b"\n") + 1 or None].decode("utf-8")
    except UnicodeDecodeError:
        return "cp874"
    return "utf-8"


def _start_of(packed: BinaryIO) -> bytes:
    with damage_is_told():
        start: bytes = _unpacked(packed).read(SNIFFED)
    if start.startswith(SPREADSHEETS):
        raise BadFile(_("This is a spreadsheet. Save it as CSV, and import that."))
    return start


def _unpacked(packed: BinaryIO) -> Any:
    """The file from its beginning, as a stream of plain bytes."""
    packed.seek(0)
    is_packed = packed.read(2) == b"\x1f\x8b"
    packed.seek(0)
    return gzip.GzipFile(fileobj=packed) if is_packed else packed
