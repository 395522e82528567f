"""How the API describes itself: OpenAPI, and a page that shows it without the network."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from loyalty.api.bodies import Answer
from loyalty.api.door import WRITES, Door
from loyalty.api.keys import KeyAuthentication

PREFIX = "/api/v1/"


class FieldProblemSerializer(Answer):
    field = serializers.CharField(help_text="Where it is: `lines.0.amount`. Empty: the whole body.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemSerializer(Answer):
    """A refusal, as RFC 9457 has it."""

    type = serializers.CharField(help_text="`urn:taem:problem:` and the code.")
    title = serializers.CharField(help_text="The status in words.")
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A sentence for people, in their language.")
    code = serializers.CharField(help_text="What machines tell problems apart by.")
    errors = FieldProblemSerializer(many=True, required=False)
    facts = serializers.DictField(
        required=False, help_text="What a machine needs beside the sentence."
    )


ANSWERS = {
    "200": "The answer. Of what was told before: what it gave then.",
    "201": "It is done, and this came of it.",
}
PROBLEMS = {
    400: "The request is not in order: bad JSON, or a field that is wrong (`errors` says which).",
    401: "No key, an unknown one, or a revoked one.",
    403: "The key does not have the scope.",
    404: "There is nothing here by that name.",
    409: "Refused: `code` says why. Nothing was done.",
    415: "The body is not `application/json`.",
    422: "It cannot be meant so; or the Idempotency-Key came with another body before.",
    429: "Too many requests; `Retry-After` says how many seconds to wait.",
}
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="Any text of up to 100 characters, one for each thing that is to happen. A retry "
    "with the same key and body gets the first answer again, for ninety days.",
)


class DoorSchema(AutoSchema):
    """Says of each operation what its view says of itself, so that nobody has to say it twice."""

    view: Door

    def get_operation(self, *about: Any, **more: Any) -> Any:
        operation = super().get_operation(*about, **more)
        if operation:
            problem = self.resolve_serializer(ProblemSerializer, "response").ref
            for status, description in ANSWERS.items():
                if answer := operation["responses"].get(status):
                    answer["description"] = answer["description"] or description
            for code in self._problems():
                operation["responses"].setdefault(str(code), _problem(code, problem))
            operation["responses"] = dict(sorted(operation["responses"].items()))
            self._add_example(operation)
        return operation

    def get_operation_id(self) -> str:
        """ "post_members", "get_members_by_id"."""
        parts = self.path.removeprefix(PREFIX).strip("/").replace("-", "_").split("/")
        names = [f"by_{part[1:-1]}" if part.startswith("{") else part for part in parts]
        return "_".join([self.method.lower(), *names])

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix(PREFIX).partition("/")[0]]

    def get_summary(self) -> str | None:
        return super().get_summary() or self._paragraphs()[0]

    def get_description(self) -> str:
        scope = self.view.scopes[self.method]
        told = [*self._paragraphs()[1:], f"Needs the scope `{scope}`."]
        return "\n\n".join(told)

    def get_override_parameters(self) -> list[Any]:
        parameters = list(super().get_override_parameters())
        if self._writes():
            is_needed = self.method in self.view.needs_key
            parameters.append(_needed(IDEMPOTENCY) if is_needed else IDEMPOTENCY)
        return parameters

    def _add_example(self, operation: dict[str, Any]) -> None:
        if body := operation.get("requestBody"):
            told = self.get_request_serializer()
            body["content"]["application/json"]["example"] = told.example

    def _problems(self) -> list[int]:
        codes = [400, 401, 403, 422, 429]
        if self.method in WRITES:
            return [*codes, 404, 409, 415]
        return [*codes, 404] if "{" in self.path else codes

    def _writes(self) -> bool:
        return self.method in WRITES and self.method not in self.view.only_asks

    def _paragraphs(self) -> list[str]:
        handler = getattr(self.view, self.method.lower())
        text = (handler.__doc__ or "").strip()
        return [" ".join(part.split()) for part in text.split("\n\n")]


def _problem(code: int, schema: Any) -> dict[str, Any]:
    return {
        "description": PROBLEMS[code],
        "content": {"application/problem+json": {"schema": schema}},
    }


def _needed(parameter: OpenApiParameter) -> OpenApiParameter:
    return OpenApiParameter(
        parameter.name, str, parameter.location, required=True, description=parameter.description
    )


class KeyScheme(OpenApiAuthenticationExtension):
    """How OpenAPI tells of the keys."""

    target_class = KeyAuthentication
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "taem_<prefix>_<secret>",
            "description": "A key of one program, made in the dashboard or by "
            "`manage.py create_api_key`. Each operation names the scope that it needs.",
        }
