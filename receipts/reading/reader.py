"""Reading receipts in a process of its own, which dies with what it chokes on.

One process reads a few receipts, because loading the networks takes as long as half a receipt; then
it ends, and its memory is given back. A receipt that takes too long or kills it is unreadable by
machine: it goes to the desk.
"""

import json
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from struct import pack
from typing import IO, Any

from loyalty import outside
from receipts.reading.page import Line

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 60  # For one receipt, loading included, on a machine that does much else.


class CannotRead(Exception):
    """The machine could not read this one: too long, too much, or it broke."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What engines saw on the pages of one receipt."""

    lines: tuple[Line, ...]
    engines: tuple[str, ...]
    seconds: float  # Of a processor.


@lru_cache(maxsize=1)
def is_available() -> bool:
    """Whether this installation can read at all. Without it every receipt goes to the desk."""
    return all(find_spec(name) for name in ("rapidocr", "onnxruntime", "cv2"))


@lru_cache(maxsize=1)
def reads_thai() -> bool:
    """Whether Tesseract is there with Thai language data; Debian has it in tesseract-ocr-tha."""
    if not find_spec("tesserocr"):
        return False
    return any(Path("/usr/share/tesseract-ocr").glob("*/tessdata/tha.traineddata"))


class Reader:
    """A process that reads one receipt after the other. Use ``reading`` to have one end."""

    def __init__(self, *, is_thai: bool) -> None:
        self.is_thai = is_thai and reads_thai()
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, pages: Sequence[bytes]) -> Reading:
        """Lines of all pages. Raises CannotRead; the next receipt gets a new process then."""
        outside.refuse_in_transaction()
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(pack(">I", len(pages)))
            for page in pages:
                process.stdin.write(pack(">I", len(page)))
            for page in pages:
                process.stdin.write(page)
            process.stdin.flush()
            told = _line(process.stdout)
        except OSError as broken:
            self.end()
            raise CannotRead("The reader broke.") from broken
        if told is None:
            self.end()
            raise CannotRead("The reader ended or took too long.")
        lines = tuple(Line(*values) for values in told["lines"])
        return Reading(lines, tuple(told["engines"]), told["seconds"])

    def end(self) -> None:
        if self._process:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _start(self) -> "subprocess.Popen[bytes]":
        languages = ["en", "th"] if self.is_thai else ["en"]
        return subprocess.Popen(  # noqa: S603 - Our own file, run by our own Python.
            [sys.executable, "-m", "receipts.reading.machine", *languages],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip


@contextmanager
def reading(*, is_thai: bool) -> Iterator[Reader]:
    """A reader for a few receipts."""
    reader = Reader(is_thai=is_thai)
    try:
        yield reader
    finally:
        reader.end()


def _line(stream: IO[bytes]) -> dict[str, Any] | None:
    ready, _writing, _broken = select.select([stream], [], [], SECONDS)
    line = stream.readline() if ready else b""
    return json.loads(line) if line.endswith(b"\n") else None
