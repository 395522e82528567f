"""The program as a file: read it, hold a file against it, make it as a file says."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.admission import Audience, admits
from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.fields import Flag, Strict, fail
from loyalty.flows.program_files import tree
from loyalty.flows.program_files.diff import Change
from loyalty.flows.program_files.exporting import export
from loyalty.flows.program_files.loading import Loaded, load
from loyalty.flows.program_files.schema import schema

EXAMPLE = "taem: 1\nprogram:\n  pending_days: 14\n"


class FileText(Strict, serializers.CharField):
    """A whole file. What cannot be in one, its reader says by line."""

    def read(self, data: Any) -> str:
        if type(data) is not str:
            fail("not_a_text")
        if len(data) > tree.MOST_BYTES:
            fail("too_long")
        return str(data)


class LoadSerializer(Body):
    example = {"file": EXAMPLE, "apply": False, "prune": False}

    file = FileText(max_length=tree.MOST_BYTES, help_text=_("YAML, as the schema says."))
    apply = Flag(default=False, help_text=_("Do it. Else it is only said what it would do."))
    prune = Flag(default=False, help_text=_("Archive what the file does not name."))


class FileSerializer(Answer):
    file = serializers.CharField()


class ChangedFieldSerializer(Answer):
    path = serializers.CharField()
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class ChangeSerializer(Answer):
    what = serializers.ChoiceField(choices=["made", "changed", "moved", "archived"])
    part = serializers.CharField(help_text=_("The part of the file, like “rules”."))
    name = serializers.CharField(help_text=_("Its name in the file; empty for a part itself."))
    fields_changed = ChangedFieldSerializer(many=True)


class LoadedSerializer(Answer):
    applied = serializers.BooleanField()
    changes = ChangeSerializer(many=True)
    unchanged = serializers.IntegerField()


class ProgramFile(Door):
    scopes = {"GET": "program:write", "POST": "program:write"}

    @extend_schema(responses=FileSerializer)
    def get(self, request: Request) -> Response:
        """Read the program as a file."""
        return self.answer(FileSerializer, {"file": export(self.program, now=self.now)})

    @extend_schema(request=LoadSerializer, responses=LoadedSerializer)
    def post(self, request: Request) -> Response:
        """Say what a file would change; with `apply`, make the program as it says.

        A file that cannot be loaded is answered by 422; `facts.problems` name each line.
        """
        told = self.told(LoadSerializer)
        loaded = load(
            self.program, told["file"], by=self.key, now=self.now,
            is_asked_only=not told["apply"], prunes=told["prune"],
        )  # fmt: skip
        return self.answer(LoadedSerializer, _facts(loaded))


def _facts(loaded: Loaded) -> dict[str, Any]:
    return {
        "applied": loaded.is_applied,
        "changes": [_change(it) for it in loaded.changes],
        "unchanged": loaded.unchanged,
    }


def _change(it: Change) -> dict[str, Any]:
    fields = [{"path": one.path, "before": one.before, "after": one.after} for one in it.fields]
    return {"what": it.what, "part": it.part, "name": it.name, "fields_changed": fields}


@admits(Audience.ANYBODY)
@require_safe
def file_schema(request: HttpRequest) -> HttpResponse:
    """What editors ask for, to help with writing a file."""
    answer = JsonResponse(schema(), json_dumps_params={"ensure_ascii": False, "indent": 2})
    answer["Content-Type"] = "application/schema+json"
    return answer
