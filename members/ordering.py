"""Text in one order on every database, so that an index answers what begins with some letters."""

from typing import Any

from django.db.models import Func, TextField


class ByCodePoint(Func):
    """A text as its signs are numbered. In a language's own order no index finds beginnings."""

    arity = 1
    output_field = TextField()
    template = "%(expressions)s"

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return super().as_sql(compiler, connection, template='%(expressions)s COLLATE "C"')
