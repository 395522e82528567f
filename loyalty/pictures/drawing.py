"""Draws a picture anew: a stranger's bytes in, a plain JPEG of ours out.

Run as a program of its own (see ``taking``), so that what a crafted file does to the decoder it
does to a process that has nothing, may use little, and is over in seconds. Nothing of the file but
its pixels comes through: no metadata, no comments, no second format hidden behind the first.
"""

import io
import resource
import sys
import warnings

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP")
MOST_PIXELS = 24_000_000
LONGEST_SIDE = 1600
MOST_MEMORY = 1024**3
MOST_SECONDS = 8
QUALITY = 84
UNREADABLE, TOO_MANY_PIXELS = 3, 4  # Exit codes.


def draw(data: bytes) -> bytes:
    """The first frame of a picture, upright, on white, no longer than a screen needs."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_PIXELS:
            sys.exit(TOO_MANY_PIXELS)
        # JPEG can be read small at once; this bounds the memory of large photos.
        picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        picture.load()
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        paper = Image.new("RGB", upright.size, "white")
        if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
            upright = upright.convert("RGBA")
            paper.paste(upright, mask=upright.getchannel("A"))
        else:
            paper.paste(upright.convert("RGB"))
    drawn = io.BytesIO()
    paper.save(drawn, "JPEG", quality=QUALITY, optimize=True)
    return drawn.getvalue()


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        drawn = draw(sys.stdin.buffer.read())
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        sys.exit(TOO_MANY_PIXELS)
    except Exception:  # noqa: BLE001 - Whatever a decoder stumbles over, it is no picture.
        sys.exit(UNREADABLE)
    sys.stdout.buffer.write(drawn)


if __name__ == "__main__":
    main()
