"""Short messages after an act, with an undo button where the act can be taken back."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest

PREFIX = "undo:"


@dataclass(frozen=True)
class Undo:
    """The address that takes an act back, by POST."""

    url: str


def say(request: HttpRequest, text: str, *, level: int = messages.SUCCESS, undo: str = "") -> None:
    """Tell the reader of the next page what was done. ``undo`` is an address that takes a POST."""
    messages.add_message(request, level, text, extra_tags=f"{PREFIX}{undo}" if undo else "")


def undo_of(message: Message) -> Undo | None:
    tags = message.extra_tags or ""
    return Undo(tags.removeprefix(PREFIX)) if tags.startswith(PREFIX) else None
