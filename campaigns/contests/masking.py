"""How a name stands where anybody may read it, when its owner has not said yes to that."""

from typing import Any

from loyalty import formats

HIDDEN = "•••"


def masked(name: Any) -> str:
    """The first letter, and no more: not how long the name is either."""
    return f"{formats.initial(name)}{HIDDEN}" if str(name).strip() else HIDDEN
