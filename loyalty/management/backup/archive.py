"""The file of a backup: a tar of parts, and a manifest at its end with the checksum of each.

It is written beside its place and moved there when it is whole and on the disk, so what has the
name of a backup is one. The manifest comes last: a file that was cut off has none.
"""

import hashlib
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any

from loyalty.management.backup.manifest import FORMAT
from loyalty.management.backup.progress import Progress

MANIFEST = "manifest.json"
DATABASE = "database"
MEDIA = "media"
_CHUNK = 1 << 20


class Unreadable(Exception):
    """A file is no backup, or not a whole one."""


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file: IO[bytes], progress: Progress, name: str, total: int) -> None:
        self._file, self._progress, self._name, self._total = file, progress, name, total
        self.sum, self.size = hashlib.sha256(), 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(size)
        self.sum.update(chunk)
        self.size += len(chunk)
        self._progress.at(self._name, self.size, self._total)
        return chunk

    @property
    def told(self) -> dict[str, Any]:
        return {"size": self.size, "sha256": self.sum.hexdigest()}


# --- Writing -------------------------------------------------------------------------------------


def write(
    target: Path, parts: Iterable[tuple[str, Path]], manifest: dict[str, Any], progress: Progress
) -> None:
    """Write an archive for nobody's eyes but the owner's. What is there already stays."""
    told: dict[str, Any] = {}
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for name, source in parts:
                if part := _add(tar, name, source, progress):
                    told[name] = part
            text = json.dumps({"format": FORMAT, **manifest, "parts": told}, indent=1).encode()
            header = tarfile.TarInfo(MANIFEST)
            header.size, header.mode = len(text), 0o600
            tar.addfile(header, BytesIO(text))
        file.flush()
        os.fsync(file.fileno())


def _add(
    tar: tarfile.TarFile, name: str, source: Path, progress: Progress
) -> dict[str, Any] | None:
    try:
        file = source.open("rb")
    except FileNotFoundError:
        return None  # A picture whose time was over just now.
    with file:
        header = tarfile.TarInfo(name)
        header.size, header.mode = os.fstat(file.fileno()).st_size, 0o600
        header.mtime = int(os.fstat(file.fileno()).st_mtime)
        hashed = _Hashed(file, progress, f"Writing {name}", header.size)
        tar.addfile(header, hashed)
        return hashed.told


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Each file of a folder, under the name that it has in an archive."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield f"{MEDIA}/{path.relative_to(folder).as_posix()}", path


# --- Reading -------------------------------------------------------------------------------------


def verified(path: Path, progress: Progress) -> dict[str, Any]:
    """The manifest of a backup whose every part is as it was written."""
    found: dict[str, dict[str, Any]] = {}
    text = b""
    with _opened(path) as tar:
        for member in tar:
            file = tar.extractfile(member) if member.isfile() else None
            if file is None or not _is_ours(member.name) or member.name in found:
                raise Unreadable(f"{path} holds {member.name!r}, which no backup of Taem does.")
            if member.name == MANIFEST:
                text = file.read()
                continue
            hashed = _Hashed(file, progress, f"Verifying {member.name}", member.size)
            while hashed.read(_CHUNK):
                pass
            found[member.name] = hashed.told
    return _agreed(path, text, found)


def _agreed(path: Path, text: bytes, found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    if not text:
        raise Unreadable(f"{path} was cut off: its manifest is missing.")
    manifest: dict[str, Any] = json.loads(text)
    if manifest.get("format") != FORMAT:
        raise Unreadable(
            f"{path} is of another form ({manifest.get('format')}) than ours ({FORMAT})."
        )
    wrong = sorted(name for name in {*manifest["parts"], *found}
                   if manifest["parts"].get(name) != found.get(name))  # fmt: skip
    if wrong:
        raise Unreadable(f"{path} is damaged: {', '.join(wrong[:5])} is not what was written.")
    return manifest


def extract(path: Path, *, database: Path, media: Path, progress: Progress) -> None:
    """Put the parts of a verified backup where they are wanted."""
    with _opened(path) as tar:
        for member in tar:
            file = tar.extractfile(member)
            if file is None or member.name == MANIFEST:
                continue
            place = database
            if member.name != DATABASE:
                place = media / PurePosixPath(member.name).relative_to(MEDIA)
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _save(file, place, member, progress)


def _save(file: IO[bytes], place: Path, member: tarfile.TarInfo, progress: Progress) -> None:
    descriptor = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        while chunk := file.read(_CHUNK):
            target.write(chunk)
            progress.at(f"Unpacking {member.name}", target.tell(), member.size)
        target.flush()
        os.fsync(target.fileno())
    os.utime(place, (member.mtime, member.mtime))


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:") as tar:
            yield tar
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise Unreadable(f"{path} cannot be read as a backup: {error}") from error


def _is_ours(name: str) -> bool:
    parts = PurePosixPath(name).parts
    if name in (MANIFEST, DATABASE):
        return True
    return len(parts) > 1 and parts[0] == MEDIA and ".." not in parts


def sync_folder(folder: Path) -> None:
    """A file has its name for good only when its folder is on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
