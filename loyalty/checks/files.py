"""Files: what is private lies in no public folder, and is ours to write and nobody's to read."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Tags, register
from django.db import connection

from loyalty.checks.faults import fault, found


@register(Tags.files)
def files_are_where_they_belong(
    app_configs: Sequence[AppConfig] | None, **_options: Any
) -> list[CheckMessage]:
    return found((_private, _writable, _key))


def _private() -> CheckMessage | None:
    """Whatever lies in a public folder is served to whoever guesses its name."""
    open_to_all = [folder.resolve() for folder in _public_folders()]
    for name, place in _private_places():
        for folder in open_to_all:
            if place.resolve().is_relative_to(folder):
                return fault(
                    30,
                    f"{name} ({place}) lies in {folder}, which everybody can read.",
                    "Move it out: STATIC_ROOT is for static files alone.",
                )
    return None


def _public_folders() -> Iterator[Path]:
    root = getattr(settings, "WHITENOISE_ROOT", None)
    for folder in (settings.STATIC_ROOT, root, *settings.STATICFILES_DIRS):
        if folder:
            yield Path(folder)


def _private_places() -> Iterator[tuple[str, Path]]:
    yield "MEDIA_ROOT", Path(settings.MEDIA_ROOT)
    yield "VAR_DIR", Path(settings.VAR_DIR)
    if connection.vendor == "sqlite":
        yield "The database", Path(str(connection.settings_dict["NAME"]))


def _writable() -> CheckMessage | None:
    folder = Path(settings.VAR_DIR)
    if not settings.PRODUCTION or (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        return None
    return fault(
        31,
        f"VAR_DIR ({folder}) cannot be written to: pictures and backups would be lost.",
        "Make it, and give it to the user that Taem runs as; or let VAR_DIR name another.",
    )


def _key() -> CheckMessage | None:
    kept = Path(settings.VAR_DIR) / "secret_key"
    if not kept.exists() or not kept.stat().st_mode & 0o077:
        return None
    return fault(
        32,
        f"{kept} can be read by others: who has it can sign in as anybody.",
        f"chmod 600 {kept}, and make a new key if somebody may have read it.",
    )
