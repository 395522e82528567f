"""Days and times of day."""

import re
from datetime import date, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from loyalty.earning.terms import Terms
from loyalty.earning.values.base import BadValue, Value

_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class Clock(Value):
    """A time of day to the minute: "09:00"."""

    def read(self, raw: Any) -> time:
        if not isinstance(raw, str) or not _CLOCK.fullmatch(raw):
            raise BadValue(_("Give a time of day like 09:00."))
        return time.fromisoformat(raw)

    def write(self, value: time) -> str:
        return f"{value:%H:%M}"

    def field(self, terms: Terms) -> forms.Field:
        return _ClockField(
            widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **self.texts
        )


class _ClockField(forms.TimeField):
    def clean(self, value: Any) -> str | None:
        moment = super().clean(value)
        return None if moment is None else f"{moment:%H:%M}"


class Day(Value):
    """A day: "2027-01-31"."""

    def read(self, raw: Any) -> date:
        try:
            if not isinstance(raw, str) or not _DAY.fullmatch(raw):
                raise ValueError
            return date.fromisoformat(raw)
        except ValueError:
            raise BadValue(_("Give a day like 2027-01-31.")) from None

    def write(self, value: date) -> str:
        return value.isoformat()

    def field(self, terms: Terms) -> forms.Field:
        return _DayField(**self.texts)


class EndDay(Day):
    """The first day that is out. People are asked for the last one that is in."""

    def field(self, terms: Terms) -> forms.Field:
        return _DayField(later=1, **self.texts)

    def shown(self, value: date, terms: Terms) -> str:
        return (value - timedelta(days=1)).isoformat()


class _DayField(forms.DateField):
    def __init__(self, *, later: int = 0, **kwargs: Any) -> None:
        self.later = timedelta(days=later)
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(
            widget=widget,
            error_messages={"overflow": gettext_lazy("That day is too far away.")},
            **kwargs,
        )

    def clean(self, value: Any) -> str | None:
        day = super().clean(value)
        if day is None:
            return None
        try:
            return (day + self.later).isoformat()
        except OverflowError:
            raise forms.ValidationError(self.error_messages["overflow"], "overflow") from None
