"""One field of a rule: how it is read from JSON, and how people type it in a form."""

from typing import Any

from django import forms

from loyalty.earning.terms import Terms


class BadValue(ValueError):
    """A figure that cannot be what it should be. It says what was expected."""


class Value:
    """One field of a condition, an effect or a cap. What is optional may be left out or null."""

    def __init__(self, label: Any, *, hint: Any = "", required: bool = True) -> None:
        self.label = label
        self.hint = hint
        self.required = required

    def read(self, raw: Any) -> Any:
        """The value told in JSON, or BadValue."""
        raise NotImplementedError

    def write(self, value: Any) -> Any:
        """The value as JSON has it."""
        return value

    def field(self, terms: Terms) -> forms.Field:
        """The field that people fill in. It gives back what JSON would have told."""
        raise NotImplementedError

    def shown(self, value: Any, terms: Terms) -> Any:
        """What stands in the field at first."""
        return self.write(value)

    @property
    def texts(self) -> dict[str, Any]:
        return {"label": self.label, "help_text": self.hint, "required": self.required}
