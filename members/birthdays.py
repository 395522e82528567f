"""Whose birthday it is, asked of the database: by month and day, which both keep an index of."""

import calendar
from datetime import date
from typing import Any

from django.db.models import Func, IntegerField


class MonthDay(Func):
    """A day without its year, as a number: 29 February is 229."""

    arity = 1
    output_field = IntegerField()
    template = (
        "(EXTRACT(MONTH FROM %(expressions)s) * 100 + EXTRACT(DAY FROM %(expressions)s))::integer"
    )

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # Plain SQLite functions: an index of Django's own could be used by Django only.
        template = "CAST(strftime('%%%%m%%%%d', %(expressions)s) AS integer)"
        return super().as_sql(compiler, connection, template=template, **context)


def kept_on(day: date) -> list[int]:
    """The birthdays that are kept on a day. In common years 28 February has two of them."""
    common = day.month == 2 and day.day == 28 and not calendar.isleap(day.year)
    return [228, 229] if common else [day.month * 100 + day.day]
