"""Codes on paper: A4 sheets of labels, each a QR code with the code in letters below it.

Drawn as black and white at 300 dots an inch: what is printed is what was drawn, without a font or
a program on the reader's side. Pillow writes the PDF, segno the QR codes.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from io import BytesIO

import segno
from PIL import Image, ImageDraw, ImageFont

DPI = 300
WIDTH, HEIGHT = 2480, 3508  # A4.
ACROSS, DOWN = 5, 8
PER_PAGE = ACROSS * DOWN
MARGIN = 118  # One centimetre: no printer reaches further.
QR = 300  # About 25 mm, which a phone reads at arm's length.
BLACK, WHITE = 0, 1

Label = tuple[str, str, str]  # The link that is drawn, the code and the line below it.


def pdf(labels: Sequence[Label]) -> bytes:
    """Sheets of labels, with marks to cut them apart along."""
    first, *others = _pages(labels)
    file = BytesIO()
    first.save(file, "PDF", resolution=DPI, save_all=True, append_images=others)
    return file.getvalue()


def _pages(labels: Sequence[Label]) -> Iterator[Image.Image]:
    for start in range(0, len(labels), PER_PAGE):
        page = Image.new("1", (WIDTH, HEIGHT), WHITE)
        draw = ImageDraw.Draw(page)
        for place, label in enumerate(labels[start : start + PER_PAGE]):
            down, across = divmod(place, ACROSS)
            _label(page, draw, label, _left(across), _top(down))
        _cuts(draw)
        yield page


def _label(page: Image.Image, draw: ImageDraw.ImageDraw, label: Label, left: int, top: int) -> None:
    link, code, note = label
    width = _left(1) - _left(0)
    image = _qr(link)
    page.paste(image, (left + (width - image.width) // 2, top + 16))
    middle = left + width // 2
    draw.text((middle, top + QR + 24), code, font=_font(38), fill=BLACK, anchor="ma")
    draw.text((middle, top + QR + 72), note, font=_font(24), fill=BLACK, anchor="ma")


def _qr(link: str) -> Image.Image:
    """One dot of the code is a whole number of dots on paper, so that its edges stay sharp."""
    rows = [
        bytes(row)
        for row in segno.make_qr(link, error="m", mask=3, boost_error=False).matrix_iter(border=2)
    ]
    size = len(rows)
    image = Image.frombytes(
        "L", (size, size), bytes(255 * (1 - dot) for row in rows for dot in row)
    )
    scale = max(1, QR // size)
    return image.convert("1").resize((size * scale, size * scale), Image.Resampling.NEAREST)


def _cuts(draw: ImageDraw.ImageDraw) -> None:
    """Where to cut, at the edges of the sheet."""
    for across in range(1, ACROSS):
        draw.line([(_left(across), MARGIN // 2), (_left(across), MARGIN)], fill=BLACK, width=2)
    for down in range(1, DOWN):
        draw.line([(MARGIN // 2, _top(down)), (MARGIN, _top(down))], fill=BLACK, width=2)


def _left(across: int) -> int:
    return MARGIN + across * (WIDTH - 2 * MARGIN) // ACROSS


def _top(down: int) -> int:
    return MARGIN + down * (HEIGHT - 2 * MARGIN) // DOWN


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
