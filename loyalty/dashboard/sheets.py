"""Tables to take along."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import StreamingHttpResponse

from loyalty import sheets


def as_csv(
    name: str, heading: Sequence[Any], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """A download called ``name.csv``, line by line, however many there are."""
    told = sheets.lines(heading, rows)
    response = StreamingHttpResponse(told, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
