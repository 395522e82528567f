"""The one JSON parser of the API: strict, bounded, with a sentence for all that it refuses."""

from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from rest_framework.parsers import BaseParser

from loyalty import strict_json
from loyalty.api.problems import Problem
from loyalty.strict_json import NotStrict

MOST_BYTES = 4 * 1024 * 1024  # A batch of 1,000 sales with their lines has about one.

SENTENCES = {
    "body_too_large": gettext_noop("The body has more than 4 MB. Send it in smaller batches."),
    "not_utf8": gettext_noop("The body is not UTF-8."),
    "not_json": gettext_noop("The body is not JSON."),
    "too_deep": gettext_noop("The JSON is nested too deep."),
    "duplicate_key": gettext_noop("The JSON has an object with the same key twice."),
    "not_a_number": gettext_noop("NaN and Infinity are not numbers in JSON."),
    "number_too_large": gettext_noop("The JSON has a whole number that is too large."),
    "broken_text": gettext_noop("The JSON has a text with half of a surrogate pair, or a NUL."),
}


class StrictJsonParser(BaseParser):
    """Reads ``request.data``, and leaves the body as it came in ``request.raw_body``."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise Problem("body_too_large", _(SENTENCES["body_too_large"]), status=413)
        if parser_context:
            parser_context["request"].raw_body = raw
        return parse(raw)


def parse(raw: bytes) -> Any:
    """The value that a JSON text tells, or a Problem that says what is wrong with it."""
    try:
        return strict_json.read(raw)
    except NotStrict as error:
        raise Problem(error.code, _(SENTENCES[error.code]), **error.facts) from error
