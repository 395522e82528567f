"""Taking pictures in: read no more than is allowed, drawn anew apart, written, and then known.

``draw`` is slow and calls a process, so it stands before a transaction; ``keep`` belongs into the
one that writes what the picture is of. What is left over on either side, the night sweeps away.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from struct import unpack
from threading import BoundedSemaphore
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from loyalty import outside
from loyalty.ledger.models import Account
from loyalty.merchants.models import Program
from loyalty.pictures import drawing
from loyalty.pictures.models import Picture
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal

MOST_BYTES = 10 * 1024 * 1024
SECONDS = 12
FOLDER = "pictures"
LEFT_OVER = timedelta(days=1)  # A file that no row names by then, nobody will.
BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF")
# Two at once are as many as a small machine draws while its tills go on.
_room = BoundedSemaphore(2)


class BadPicture(Refusal):
    code = "bad_picture"


class Uploaded(Protocol):
    """A file on its way in."""

    def chunks(self) -> Iterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Drawn:
    """A picture of ours, not yet kept."""

    data: bytes
    width: int
    height: int


def draw(upload: Uploaded) -> Drawn:
    """A picture that somebody sends, drawn anew. Refused with a reason if it cannot be."""
    outside.refuse_in_transaction()
    data = _read(upload)
    with _room:
        try:
            done = subprocess.run(  # noqa: S603 - Our own file, run by our own Python.
                [sys.executable, "-I", drawing.__file__], input=data, capture_output=True,
                timeout=SECONDS, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise _unreadable() from None
    if done.returncode == drawing.TOO_MANY_PIXELS:
        raise BadPicture(_("This picture has too many pixels: at most 24 million."))
    if done.returncode or not done.stdout:
        raise _unreadable()
    return Drawn(done.stdout, *_measures(done.stdout))


def keep(drawn: Drawn, *, program: Program, account: Account, cause: str, now: datetime) -> Picture:
    """Write a picture down: the file first, then the row that names it."""
    file = f"{program.public_id}/{new_public_id()}{new_public_id()}.jpg"
    _write(place(file), drawn.data)
    return Picture.objects.create(
        program=program, account=account, cause=cause, file=file, width=drawn.width,
        height=drawn.height, size=len(drawn.data), taken_at=now,
    )  # fmt: skip


def drop(pictures: QuerySet[Picture]) -> int:
    """Forget pictures: the rows now, their files as soon as that is committed."""
    files = list(pictures.values_list("file", flat=True))
    pictures.delete()
    for file in files:
        transaction.on_commit(partial(place(file).unlink, missing_ok=True))
    return len(files)


def sweep(program: Program, *, now: datetime) -> int:
    """Remove the files of a program that no row names: what a crash left behind."""
    folder = place(program.public_id)
    if not folder.is_dir():
        return 0
    before = (now - LEFT_OVER).timestamp()
    known = set(Picture.objects.filter(program=program).values_list("file", flat=True))
    old = [it for it in folder.iterdir() if it.is_file() and it.stat().st_mtime < before]
    lost = [it for it in old if f"{program.public_id}/{it.name}" not in known]
    for it in lost:
        it.unlink(missing_ok=True)
    return len(lost)


def read(picture: Picture) -> bytes:
    """The bytes of a picture; none, if its file was lost."""
    try:
        return place(picture.file).read_bytes()
    except FileNotFoundError:
        return b""


def place(file: str) -> Path:
    return Path(settings.MEDIA_ROOT) / FOLDER / file


def _read(upload: Uploaded) -> bytes:
    """The bytes, as long as there are not too many and they begin as a picture does."""
    data = bytearray()
    for chunk in upload.chunks():
        data += chunk
        if len(data) > MOST_BYTES:
            raise BadPicture(
                _("This picture is too large: at most %(most)s MB.")
                % {"most": MOST_BYTES // 1024**2}
            )
    if not data.startswith(BEGINNINGS):
        raise _unreadable()
    return bytes(data)


def _measures(jpeg: bytes) -> tuple[int, int]:
    """Width and height, from the frame that our own encoder wrote."""
    at = 2
    while jpeg[at] == 0xFF and not 0xC0 <= jpeg[at + 1] <= 0xC2:
        at += 2 + unpack(">H", jpeg[at + 2 : at + 4])[0]
    height, width = unpack(">HH", jpeg[at + 5 : at + 9])
    return width, height


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, whatever happens meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)


def _unreadable() -> BadPicture:
    return BadPicture(_("This is no picture that we can read. Send a JPEG, PNG or WebP."))
