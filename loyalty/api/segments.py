"""Segments: some of a program's members, and codes that they join them by."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.fields import Names, Text
from loyalty.api.members import member_named
from loyalty.flows import segments as flow
from members import segments as meaning
from members.models import Segment


class SegmentSerializer(Answer):
    id = serializers.CharField(source="public_id")
    name = Names()
    kind = serializers.ChoiceField(Segment.Kind.choices)
    conditions = serializers.ListField(
        child=serializers.DictField(), help_text=_("Of a live one: all of them hold.")
    )


class SegmentsSerializer(Answer):
    items = SegmentSerializer(many=True)


class JoinCodeSerializer(Body):
    example = {"code": "SUMMER26"}

    code = Text(max_length=60)


class Segments(Door):
    scopes = {"GET": "program:read"}

    @extend_schema(responses=SegmentsSerializer)
    def get(self, request: Request) -> Response:
        """List the segments that are in use."""
        items = [_facts(it) for it in self.program.segments.kept()]
        return self.answer(SegmentsSerializer, {"items": items})


class SegmentsOfMember(Door):
    scopes = {"GET": "members:read", "POST": "members:write"}

    @extend_schema(responses=SegmentsSerializer)
    def get(self, request: Request, id: str) -> Response:
        """List the segments that a member is in now."""
        member = member_named(self.program, id)
        found = meaning.segments_of(member, at=self.now)
        return self.answer(SegmentsSerializer, {"items": [_facts(it) for it in found]})

    @extend_schema(request=JoinCodeSerializer, responses=SegmentSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Enter a code for a member: they are of its segment from now on. Twice is once."""
        told = self.told(JoinCodeSerializer)
        member = member_named(self.program, id)
        joined = flow.join(self.program, member, told["code"], now=self.now, by=self.key)
        return self.answer(SegmentSerializer, _facts(joined))


def _facts(it: Segment) -> dict[str, Any]:
    return {name: getattr(it, name) for name in ("public_id", "name", "kind", "conditions")}
