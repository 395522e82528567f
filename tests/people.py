"""Everything that the database knows of one person: found by following the keys, not by a list."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models

from members.models import Member

TEXTS = (models.CharField, models.TextField, models.JSONField)


def rows_about(member: Member) -> dict[type[models.Model], set[Any]]:
    """The rows that lead to a member, their account or their sign-in, by model."""
    found: dict[type[models.Model], set[Any]] = {}
    left: list[tuple[type[models.Model], set[Any]]] = [
        (Member, {member.pk}),
        (member.account.__class__, {member.account_id}),
    ]
    if member.user:
        left.append((member.user.__class__, {member.user_id}))
    while left:
        model, keys = left.pop()
        new = keys - found.get(model, set())
        if not new:
            continue
        found.setdefault(model, set()).update(new)
        for other, field in pointing_at(model):
            rows = other._base_manager.filter(**{f"{field}__in": new})
            left.append((other, set(rows.values_list("pk", flat=True))))
    return found


def pointing_at(model: type[models.Model]) -> Iterator[tuple[type[models.Model], str]]:
    for other in apps.get_models():
        for field in other._meta.concrete_fields:
            if field.is_relation and field.related_model is model:
                yield other, field.name


def leading_to(*ends: type[models.Model]) -> set[type[models.Model]]:
    """The models from which a key leads to one of these, straight or by others."""
    found, left = set(), list(ends)
    while left:
        for other, _field in pointing_at(left.pop()):
            if other not in found:
                found.add(other)
                left.append(other)
    return found


def tables_that_say(word: str) -> list[str]:
    """Every table of the database with a row in which a word stands, whatever its model."""
    said = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            texts = (_text(cell) for row in cursor.fetchall() for cell in row)
            if any(word in text for text in texts):
                said.append(table)
    return said


def _text(cell: Any) -> str:
    if isinstance(cell, bytes | memoryview):
        return bytes(cell).decode("latin-1").lower()
    return str(cell).lower()
