"""What members hand in: calls, contributions and reviews, told, read and decided on."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.contributions.models import Call, Contribution
from loyalty.api import pages, problems
from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.fields import Choice, Id, Instant, Names, Text, Whole
from loyalty.api.members import member_named
from loyalty.api.purchases import SOURCE
from loyalty.api.surveys import AnswersField, QuestionSerializer, question_facts
from loyalty.flows import contributions as flow
from loyalty.flows import deciding
from loyalty.flows.contributions import LONGEST_LINK, LONGEST_NAME, LONGEST_PRODUCT, Handed
from loyalty.merchants.models import Program


class CallSerializer(Answer):
    id = serializers.CharField(source="public_id")
    kind = serializers.ChoiceField(choices=Call.Kind.choices)
    name = Names()
    about = Names()
    questions = QuestionSerializer(many=True)
    is_open = serializers.BooleanField()


class CallsSerializer(Answer):
    items = CallSerializer(many=True)


class NewContributionSerializer(Body):
    example = {
        "call": "vtsrqpnmkjhgfdcb",
        "member": "bcdfghjkmnpqrstv",
        "source": "shop",
        "reference": "review-881",
        "product": "latte",
        "product_name": "Iced latte",
        "rating": 5,
        "answers": {"text": "Best in town"},
        "picture_link": "https://shop.example.org/reviews/881.jpg",
    }

    call = Id()
    member = Id()
    source = Text(max_length=40, pattern=SOURCE, default="api")
    reference = Text(max_length=120, help_text=_("Your own number for it. It is taken once."))
    answers = AnswersField(default={})
    product = Text(
        max_length=LONGEST_PRODUCT, default="", allow_blank=True, help_text=_("Of a review.")
    )
    product_name = Text(max_length=LONGEST_NAME, default="", allow_blank=True)
    rating = Whole(min_value=1, max_value=5, required=False, help_text=_("Of a review."))
    picture_link = Text(
        max_length=LONGEST_LINK, default="", allow_blank=True,
        help_text=_("Where your own page shows the picture. It is never fetched."),
    )  # fmt: skip


class DecisionSerializer(Body):
    example = {"decision": "approve", "reason": "Thank you!"}

    decision = Choice(choices=["approve", "reject"])
    reason = Text(max_length=500, default="", allow_blank=True, help_text=_("The member reads it."))


class ContributionSerializer(Answer):
    id = serializers.CharField(source="public_id")
    call = serializers.CharField(source="call.public_id")
    member = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=Contribution.State.choices)
    product = serializers.CharField()
    product_name = serializers.CharField()
    rating = serializers.IntegerField(allow_null=True)
    answers = serializers.DictField()
    picture_link = serializers.CharField()
    reference = serializers.CharField()
    submitted_at = Instant()
    decided_at = Instant(allow_null=True)
    reason = serializers.CharField()


class ContributionPageSerializer(pages.PageAnswer):
    items = ContributionSerializer(many=True)


class ContributionQuery(pages.PageQuery):
    call = Id(required=False)
    member = Id(required=False)
    state = Choice(choices=Contribution.State.values, required=False)


class Calls(Door):
    scopes = {"GET": "contributions:read"}

    @extend_schema(responses=CallsSerializer)
    def get(self, request: Request) -> Response:
        """List the calls that are not archived, the newest first."""
        same = ("public_id", "kind", "name", "about")
        items = [
            {name: getattr(it, name) for name in same}
            | {
                "questions": [question_facts(one) for one in it.asked],
                "is_open": it.is_open_at(self.now),
            }
            for it in self.program.calls.kept()
        ]
        return self.answer(CallsSerializer, {"items": items})


class Contributions(Door):
    scopes = {"GET": "contributions:read", "POST": "contributions:write"}

    @extend_schema(parameters=[ContributionQuery], responses=ContributionPageSerializer)
    def get(self, request: Request) -> Response:
        """List what members handed in, the newest first."""
        asked = self.asked(ContributionQuery)
        everything = _contributions(self.program)
        wanted = everything
        for name, place in (
            ("call", "call__public_id"), ("member", "account__member__public_id"),
            ("state", "state"),
        ):  # fmt: skip
            if name in asked:
                wanted = wanted.filter(**{place: asked[name]})
        page = pages.newest_first(wanted, asked, among=everything)
        items = [_facts(it) for it in page.items]
        return self.answer(ContributionPageSerializer, {"items": items, "next": page.next})

    @extend_schema(
        request=NewContributionSerializer,
        responses={200: ContributionSerializer, 201: ContributionSerializer},
    )
    def post(self, request: Request) -> Response:
        """Tell of a review or a contribution that a member made elsewhere.

        It waits until your team decides, and earns then. Named by `source` and `reference`, it is
        taken once.
        """
        told = self.told(NewContributionSerializer)
        call = self.program.calls.kept().filter(public_id=told["call"]).first()
        if call is None:
            raise problems.not_found("call")
        member = member_named(self.program, told["member"])
        names = ("answers", "product", "product_name", "picture_link")
        handed = Handed(rating=told.get("rating"), **{name: told[name] for name in names})
        named = {"source": told["source"], "reference": told["reference"]}
        is_known = Contribution.objects.filter(program=self.program, **named).exists()
        made = flow.submit(member, call, handed, now=self.now, **named)
        status = 200 if is_known else 201
        found = _contributions(self.program).get(pk=made.pk)
        return self.answer(ContributionSerializer, _facts(found), status=status)


class Decisions(Door):
    scopes = {"POST": "contributions:write"}

    @extend_schema(request=DecisionSerializer, responses=ContributionSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Approve what a member handed in, or say why it is not taken.

        The prizes of the call are given at once, and the member is written to.
        """
        told = self.told(DecisionSerializer)
        found = _contributions(self.program).filter(public_id=id).first()
        if found is None:
            raise problems.not_found("contribution")
        act = deciding.approve if told["decision"] == "approve" else deciding.reject
        act(found, by=self.key, now=self.now, reason=told["reason"])
        decided = _contributions(self.program).get(pk=found.pk)
        return self.answer(ContributionSerializer, _facts(decided))


def _contributions(program: Program) -> QuerySet[Contribution]:
    found = Contribution.objects.filter(program=program)
    return found.select_related("call", "account__member", "program")


def _facts(it: Contribution) -> dict[str, Any]:
    same = (
        "public_id", "call", "state", "product", "product_name", "rating", "answers",
        "picture_link", "reference", "submitted_at", "decided_at", "reason",
    )  # fmt: skip
    member = getattr(it.account, "member", None)
    return {name: getattr(it, name) for name in same} | {
        "member": member.public_id if member else None
    }
