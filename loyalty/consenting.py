"""Forms that ask what somebody may be written about. Both doors ask the same, in the same words."""

from typing import Any

from django import forms

from members.consents import CHANNELS, EVERY, PURPOSES, Choices
from members.models import Member

# What nobody is written without saying yes: this is what joining asks.
ASKED = tuple((channel, purpose) for channel, purpose in EVERY if not PURPOSES[purpose].is_assumed)


def name_of(place: tuple[str, str]) -> str:
    """The field of a channel and purpose: "mail_offers"."""
    return "_".join(place)


def ask(form: forms.Form, places: tuple[tuple[str, str], ...], chosen: Choices) -> None:
    """Add a box for each. One that nobody has ticked before is never ticked for them."""
    several = len(CHANNELS) > 1
    for channel, purpose in places:
        sentence = PURPOSES[purpose].sentence
        form.fields[name_of((channel, purpose))] = forms.BooleanField(
            label=f"{sentence} ({CHANNELS[channel]})" if several else sentence,
            required=False,
            initial=chosen.get((channel, purpose), False),
        )


def apart(form: forms.Form, told: dict[str, Any]) -> dict[str, Any]:
    """What a form read, with what was chosen as ``choices``: as the flows take it."""
    names = {name_of(place): place for place in EVERY if name_of(place) in form.fields}
    rest: dict[str, Any] = {name: value for name, value in told.items() if name not in names}
    return rest | {"choices": {place: bool(told[name]) for name, place in names.items()}}


def in_words(member: Member, chosen: Choices) -> list[dict[str, Any]]:
    """What holds now, as a page lists it."""
    return [
        {
            "label": PURPOSES[purpose].label,
            "channel": CHANNELS[channel],
            "is_given": chosen[channel, purpose],
            "reaches": channel != "mail" or bool(member.email),
        }
        for channel, purpose in EVERY
    ]
