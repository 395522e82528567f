"""Turns translations from what people edit (.po) into what Django reads (.mo). Needs no gettext."""

from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_stale(locale_dir: Path) -> list[Path]:
    """Compile each catalogue that is newer than its compiled form. Says which it compiled."""
    stale = [
        source for source in sorted(locale_dir.glob("*/LC_MESSAGES/*.po")) if _is_stale(source)
    ]
    for source in stale:
        _compile(source)
    return stale


def _is_stale(source: Path) -> bool:
    compiled = source.with_suffix(".mo")
    return not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> None:
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parent.parent.name)
    # Written aside and renamed: who starts at the same time never reads half a file.
    aside = source.with_suffix(".mo.new")
    with aside.open("wb") as file:
        write_mo(file, catalogue)
    aside.replace(source.with_suffix(".mo"))
