"""What a request may tell and what an answer shows, as declared above each view.

A serializer of the REST framework copies all its fields whenever it is made. Ours keep no state
between calls, so one of each kind is made per currency, and shared.
"""

from functools import cached_property, lru_cache
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.fields import empty


class Body(serializers.Serializer[Any]):
    """What is told. A field that is not declared is refused, not ignored."""

    example: ClassVar[dict[str, Any]] = {}  # One that can be read; the documentation shows it.

    def run_validation(self, data: Any = empty) -> Any:
        if type(data) is not dict:
            wrong = serializers.ErrorDetail(_("Give a JSON object."), "not_an_object")
            raise serializers.ValidationError({"": wrong})
        told: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        for name, source, field in self._plan:
            value = data.get(name, empty)
            if value is empty and not field.required:
                if field.default is not empty:
                    told[source] = field.default
                continue
            try:
                told[source] = field.run_validation(value)
            except serializers.ValidationError as error:
                errors[name] = error.detail
        for name in data.keys() - self._names:
            errors[str(name)[:60]] = serializers.ErrorDetail(
                _("There is no such field here."), "unknown_field"
            )
        if errors:
            raise serializers.ValidationError(errors)
        return self.validate(told)

    @cached_property
    def _plan(self) -> list[tuple[str, str, serializers.Field[Any, Any, Any, Any]]]:
        return [(name, field.source or name, field) for name, field in self.fields.items()]

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.fields)

    def wrong(self, field: str, code: str, sentence: str) -> serializers.ValidationError:
        """What ``validate`` raises when fields do not go together."""
        return serializers.ValidationError({field: serializers.ErrorDetail(sentence, code)})


class Query(Body):
    """The parameters of a GET. Each is told once at most."""


class Answer(serializers.Serializer[Any]):
    """What is shown."""


def read(kind: type[Body], data: Any, currency: str) -> dict[str, Any]:
    """What a body tells, or a ValidationError that names each wrong field."""
    told: dict[str, Any] = made(kind, currency).run_validation(data)
    return told


def show(kind: type[Answer], value: Any, currency: str) -> dict[str, Any]:
    """A value as JSON shows it."""
    shown: dict[str, Any] = made(kind, currency).to_representation(value)
    return shown


@lru_cache(maxsize=1024)
def made(kind: type[Body | Answer], currency: str) -> Any:
    """The one serializer of a kind for a currency."""
    return kind(context={"currency": currency})
