"""Days that members choose for themselves, of campaigns that let them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import Campaign
from loyalty.api import problems
from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.fields import Day, Id
from loyalty.api.members import member_named
from loyalty.flows import own_days as flow
from loyalty.merchants.models import Program


class OwnDaysSerializer(Answer):
    campaign = serializers.CharField(help_text=_("Its id."))
    days_a_year = serializers.IntegerField()
    days_left = serializers.IntegerField(help_text=_("In the year that it is."))
    days = serializers.ListField(child=serializers.DateField())


class OwnDaysListSerializer(Answer):
    items = OwnDaysSerializer(many=True)


class OwnDaySerializer(Body):
    example = {"campaign": "bcdfghjkmnpqrstv", "on": "2027-05-01"}

    campaign = Id()
    on = Day()


class DaysOfMember(Door):
    scopes = {"GET": "members:read", "POST": "members:write"}

    @extend_schema(responses=OwnDaysListSerializer)
    def get(self, request: Request, id: str) -> Response:
        """List the campaigns whose days a member chooses, and what they chose."""
        return _choices(self, id)

    @extend_schema(request=OwnDaySerializer, responses=OwnDaysListSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Choose a day for a member. The same day again changes nothing."""
        told = self.told(OwnDaySerializer)
        member = member_named(self.program, id)
        campaign = _campaign(self.program, told["campaign"])
        flow.choose(member, campaign, told["on"], now=self.now)
        return _choices(self, id)


class DaysGivenUp(Door):
    scopes = {"POST": "members:write"}

    @extend_schema(request=OwnDaySerializer, responses=OwnDaysListSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Give a day up that has not begun, so that another can be chosen."""
        told = self.told(OwnDaySerializer)
        member = member_named(self.program, id)
        campaign = _campaign(self.program, told["campaign"])
        flow.give_up(member, campaign, told["on"], now=self.now)
        return _choices(self, id)


def _choices(door: Door, id: str) -> Response:
    member = member_named(door.program, id)
    items: list[dict[str, Any]] = [
        {
            "campaign": it.campaign.public_id, "days_a_year": it.a_year, "days_left": it.left,
            "days": [day.on for day in it.days],
        }
        for it in flow.choices_for(member, now=door.now)
    ]  # fmt: skip
    return door.answer(OwnDaysListSerializer, {"items": items})


def _campaign(program: Program, public_id: str) -> Campaign:
    found = program.campaigns.promised().filter(public_id=public_id).first()
    if found is None:
        raise problems.not_found("campaign")
    return found
