"""Activities: whatever members do that the merchant's rules name."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api import whose
from loyalty.api.batches import MOST, Batch, Each
from loyalty.api.bodies import Body
from loyalty.api.door import Door
from loyalty.api.fields import Instant, Text
from loyalty.api.purchases import (
    SOURCE,
    EarnedBatchSerializer,
    EarnedOutcomeSerializer,
    ExplainQuery,
    batch_facts,
    outcome_facts,
)
from loyalty.api.whose import Telling, WhoseSerializer
from loyalty.earning.activity import RESERVED_KINDS, RESERVED_SOURCES
from loyalty.earning.telling import Told
from loyalty.flows import earn
from loyalty.flows.outcomes import Outcome
from loyalty.merchants.models import Program


class NewActivitySerializer(WhoseSerializer):
    example = {
        "kind": "watched_video",
        "source": "app",
        "reference": "v-881",
        "occurred_at": "2026-06-02T12:00:00+07:00",
        "member": "bcdfghjkmnpqrstv",
        "subject": "latte-art",
    }

    kind = Text(
        max_length=40,
        pattern=r"[a-z][a-z0-9_]*",
        help_text=gettext_lazy("As the rules name it: `watched_video`."),
    )
    source = Text(max_length=40, pattern=SOURCE, default="api")
    reference = Text(
        max_length=120, help_text=gettext_lazy("Your own number for it. It is taken once.")
    )
    occurred_at = Instant()
    subject = Text(
        max_length=120,
        default="",
        allow_blank=True,
        help_text=gettext_lazy("What it was done to: which video."),
    )

    class Meta:
        list_serializer_class = Each

    def validate(self, told: dict[str, Any]) -> dict[str, Any]:
        if told["kind"] in RESERVED_KINDS:
            raise self.wrong("kind", "reserved_kind", _("Taem tells of this kind itself."))
        if told["source"] in RESERVED_SOURCES:
            raise self.wrong("source", "reserved_source", _("Taem tells under this name itself."))
        return told


class ActivityBatchSerializer(Body):
    example = {
        "activities": [
            {
                "kind": "watched_video",
                "source": "app",
                "reference": "v-881",
                "occurred_at": "2026-06-02T12:00:00+07:00",
                "member": "bcdfghjkmnpqrstv",
                "subject": "latte-art",
            }
        ]
    }

    activities = NewActivitySerializer(many=True, max_length=MOST)


class Activities(Door):
    scopes = {"POST": "activities:write"}

    @extend_schema(
        parameters=[ExplainQuery],
        request=NewActivitySerializer,
        responses={200: EarnedOutcomeSerializer, 201: EarnedOutcomeSerializer},
    )
    def post(self, request: Request) -> Response:
        """Tell of something that a member did.

        Like a purchase, it is named by `source` and `reference` for ever, and earns once.
        """
        explain = self.asked(ExplainQuery)["explain"]
        batch, tellings = _tell(self.program, [self.told(NewActivitySerializer)], now=self.now)
        outcome: Outcome = batch.only().unless_refused()
        names = whose.public_ids(self.program, [outcome.account_id], tellings)
        shown = outcome_facts(outcome, names, self.program, explain=explain)
        status = 200 if outcome.status == "repeated" else 201
        return self.answer(EarnedOutcomeSerializer, shown, status=status)


class ActivityBatch(Door):
    scopes = {"POST": "activities:write"}

    @extend_schema(request=ActivityBatchSerializer, responses=EarnedBatchSerializer)
    def post(self, request: Request) -> Response:
        """Tell of up to 1,000 activities at once.

        Each is taken or refused by itself, and answered in its place.
        """
        told = self.told(ActivityBatchSerializer)["activities"]
        batch, tellings = _tell(self.program, told, now=self.now)
        return self.answer(EarnedBatchSerializer, batch_facts(batch, tellings, self.program))


def _tell(program: Program, items: list[Any], *, now: datetime) -> tuple[Batch, list[Telling]]:
    """Tell of activities: what became of each, and whom they named."""
    batch = Batch(items)
    batch.each(lambda told: whose.telling(told, program))
    batch.together(lambda some: whose.find_all(some, program))
    batch.each(whose.must_be_somebody)
    tellings: list[Telling] = batch.good
    batch.each(_activity)
    batch.together(lambda told: earn.from_activities(program, told, now=now))
    return batch, tellings


def _activity(it: Telling) -> Told:
    assert it.account_id is not None
    names = ("kind", "source", "reference", "occurred_at", "subject")
    return Told(account_id=it.account_id, **{name: it.told[name] for name in names})
