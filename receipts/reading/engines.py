"""Engines behind one small interface. Each is optional; what is missing says so.

RapidOCR carries its models in its wheel and knows no Thai. Tesseract does, from Debian's language
data, and reads digits less well: the two are merged line by line. Nothing is fetched at run time.
"""

import logging
import os
from pathlib import Path
from typing import Any, Protocol

import cv2

from receipts.reading.page import Line
from receipts.reading.pages import Pixels

THAI = ("tha", "eng")
SIDE = 1280  # Of a page, for the network that finds lines.


class Engine(Protocol):
    """Finds lines of text on a page."""

    name: str

    def lines(self, page: Pixels, number: int) -> list[Line]: ...


class Rapid:
    """RapidOCR on one core: PP-OCR's networks for finding and reading lines."""

    name = "rapidocr"

    def __init__(self) -> None:
        from rapidocr import RapidOCR  # noqa: PLC0415 - Half a second, only where it is used.

        self._engine = RapidOCR(
            params={
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                "Global.use_cls": False,
                "Global.max_side_len": SIDE,
                "Global.log_level": "error",
            }
        )
        self.corners: list[Any] = []

    def lines(self, page: Pixels, number: int) -> list[Line]:
        seen: Any = self._engine(page)
        self.corners = [] if seen.boxes is None else list(seen.boxes)
        return [
            Line(
                text,
                float(min(it[0] for it in box)),
                float(min(it[1] for it in box)),
                float(max(it[0] for it in box)),
                float(max(it[1] for it in box)),
                float(score),
                number,
            )
            for text, box, score in zip(
                seen.txts or (), self.corners, seen.scores or (), strict=True
            )
        ]


class Tesseract:
    """Tesseract with Thai and English together; Thai alone reads digits and Latin as Thai."""

    name = "tesseract"

    def __init__(self, data: str) -> None:
        import tesserocr  # noqa: PLC0415 - As above.

        self._words = tesserocr.RIL.WORD
        self._lines = tesserocr.RIL.TEXTLINE
        self._iterate = tesserocr.iterate_level
        self._api = tesserocr.PyTessBaseAPI(path=data, lang="+".join(THAI), psm=tesserocr.PSM.AUTO)

    def lines(self, page: Pixels, number: int) -> list[Line]:
        gray = cv2.cvtColor(page, cv2.COLOR_BGR2GRAY)
        height, width = gray.shape
        self._api.SetImageBytes(gray.tobytes(), width, height, 1, width)
        self._api.SetSourceResolution(200)
        self._api.Recognize()
        found = []
        for line in self._iterate(self._api.GetIterator(), self._lines):
            box = line.BoundingBox(self._lines)
            text = (line.GetUTF8Text(self._lines) or "").strip()
            if box and text:
                left, top, right, bottom = map(float, box)
                sure = line.Confidence(self._lines) / 100
                found.append(Line(text, left, top, right, bottom, sure, number))
        return found


def thai_data() -> str:
    """Where Thai language data lies: by TESSDATA_PREFIX or Debian's folder. Empty: nowhere."""
    named = os.environ.get("TESSDATA_PREFIX", "")
    folders = (
        [Path(named)] if named else sorted(Path("/usr/share/tesseract-ocr").glob("*/tessdata"))
    )
    for folder in folders:
        if all((folder / f"{language}.traineddata").is_file() for language in THAI):
            return f"{folder}/"
    return ""


def silence() -> None:
    """What engines say while they load is of no use to anybody."""
    logging.getLogger("RapidOCR").setLevel(logging.ERROR)
