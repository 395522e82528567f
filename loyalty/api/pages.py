"""Long lists, a page at a time. A cursor is the public name of the last thing that was shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from loyalty.api.bodies import Answer, Query
from loyalty.api.fields import Id, WholeParameter
from loyalty.api.problems import Problem

USUAL = 50
MOST = 200


class PageQuery(Query):
    limit = WholeParameter(
        min_value=1, max_value=MOST, default=USUAL, help_text=gettext_lazy("How many to show.")
    )
    cursor = Id(
        default="", help_text=gettext_lazy("“next” of the page before; without it, the first page.")
    )


class PageAnswer(Answer):
    next = serializers.CharField(
        allow_null=True, help_text=gettext_lazy("The cursor of the next page; null on the last.")
    )

    def get_fields(self) -> dict[str, Any]:
        """What is on the page comes first."""
        fields = super().get_fields()
        return {**fields, "next": fields.pop("next")}


@dataclass(frozen=True, slots=True)
class Page:
    items: list[Any]
    next: str | None


def newest_first(
    rows: QuerySet[Any], asked: Mapping[str, Any], *, among: QuerySet[Any] | None = None
) -> Page:
    """A page of rows that have a public id. ``among`` holds those that a cursor may name."""
    if cursor := asked["cursor"]:
        last = (rows if among is None else among).filter(public_id=cursor).values_list("pk")
        if not last:
            raise unknown_cursor()
        rows = rows.filter(pk__lt=last[0][0])
    found = list(rows.order_by("-pk")[: asked["limit"] + 1])
    return page_of(found, asked["limit"], name="public_id")


def page_of(found: list[Any], limit: int, *, name: str) -> Page:
    """One row more than is shown tells that there is a page behind this one."""
    shown = found[:limit]
    return Page(shown, getattr(shown[-1], name) if len(found) > limit else None)


def unknown_cursor() -> Problem:
    return Problem("unknown_cursor", _("This cursor names no place in the list."))
