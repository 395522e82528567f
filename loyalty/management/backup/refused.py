"""No, with a reason: nothing has been changed."""


class Refused(Exception):
    """A backup cannot be made or brought back, and why. Nothing has been changed."""
