"""Referrals: who invited whom, what speaks against it, and what was decided."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.referrals.models import Referral
from campaigns.referrals.signals import Signal
from campaigns.referrals.telling import sentence
from loyalty.api import pages, problems
from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.fields import Choice, FlagParameter, Instant, Text
from loyalty.api.members import member_named
from loyalty.flows import inviting, referral_desk, referrals
from loyalty.merchants.models import Program
from members import finding


class NewReferralSerializer(Body):
    example = {"code": "7F3K92QX"}

    code = Text(max_length=20, help_text=_("Of the member who invited this one."))


class ReferralDecisionSerializer(Body):
    example = {"reason": "Two sisters with one tablet."}

    reason = Text(max_length=300, default="", allow_blank=True)


class RefusalSerializer(Body):
    example = {"reason": "One person with two addresses."}

    reason = Text(max_length=300, help_text=_("Your colleagues read it."))


class SignalSerializer(Answer):
    kind = serializers.CharField()
    weight = serializers.IntegerField(help_text=_("In percent: from 100 together it is held."))
    with_advocate = serializers.BooleanField(
        help_text=_("It is shared with the member who invited them.")
    )
    others = serializers.IntegerField(help_text=_("How many other members share it."))
    sentence = serializers.CharField()


class ReferralSerializer(Answer):
    id = serializers.CharField(source="public_id")
    advocate = serializers.CharField(allow_null=True, help_text=_("null: they were forgotten."))
    friend = serializers.CharField(allow_null=True)
    state = serializers.ChoiceField(choices=Referral.State.choices)
    held = serializers.BooleanField(help_text=_("It waits until somebody has looked at it."))
    reason = serializers.CharField(help_text=_("Why it does not count: a code."))
    signals = SignalSerializer(many=True)
    joined_at = Instant()
    expires_at = Instant(help_text=_("The friend must have bought before."))
    purchase = serializers.CharField(allow_null=True)
    bought_at = Instant(allow_null=True)
    clears_at = Instant(allow_null=True, help_text=_("The end of the return window."))
    cleared_at = Instant(allow_null=True)
    friend_gift = serializers.ChoiceField(choices=Referral.Gift.choices)
    advocate_gift = serializers.ChoiceField(choices=Referral.Gift.choices)


class ReferralPageSerializer(pages.PageAnswer):
    items = ReferralSerializer(many=True)


class OwnReferralsSerializer(Answer):
    code = serializers.CharField()
    link = serializers.CharField(help_text=_("What the member gives to friends."))
    invited_by = ReferralSerializer(allow_null=True)
    items = ReferralSerializer(many=True, help_text=_("Their latest friends."))


class ReferralQuery(pages.PageQuery):
    held = FlagParameter(required=False)
    state = Choice(choices=tuple(Referral.State.values), required=False)


class Referrals(Door):
    scopes = {"GET": "referrals:read"}

    @extend_schema(parameters=[ReferralQuery], responses=ReferralPageSerializer)
    def get(self, request: Request) -> Response:
        """List referrals, newest first. `held=true` lists those that wait for a decision."""
        asked = self.asked(ReferralQuery)
        everything = _referrals(self.program)
        wanted = everything
        if "held" in asked:
            held = Referral.objects.filter(program=self.program).held()
            wanted = wanted.filter(pk__in=held) if asked["held"] else wanted.exclude(pk__in=held)
        if "state" in asked:
            wanted = wanted.filter(state=asked["state"])
        page = pages.newest_first(wanted, asked, among=everything)
        shown = [_facts(it) for it in page.items]
        return self.answer(ReferralPageSerializer, {"items": shown, "next": page.next})


class OneReferral(Door):
    scopes = {"GET": "referrals:read"}

    @extend_schema(responses=ReferralSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Read a referral, with everything that speaks against it."""
        return self.answer(ReferralSerializer, _facts(_named(self.program, id)))


class Release(Door):
    scopes = {"POST": "referrals:write"}

    @extend_schema(request=ReferralDecisionSerializer, responses=ReferralSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Let a referral pass that is held: it goes on as if it never had been."""
        told = self.told(ReferralDecisionSerializer)
        referral_desk.release(
            _named(self.program, id), by=self.key, now=self.now, reason=told["reason"]
        )
        return self.answer(ReferralSerializer, _facts(_named(self.program, id)))


class Refuse(Door):
    scopes = {"POST": "referrals:write"}

    @extend_schema(request=RefusalSerializer, responses=ReferralSerializer)
    def post(self, request: Request, id: str) -> Response:
        """Let a referral count no more. What was given for it is taken back."""
        told = self.told(RefusalSerializer)
        referral_desk.refuse(
            _named(self.program, id), by=self.key, now=self.now, reason=told["reason"]
        )
        return self.answer(ReferralSerializer, _facts(_named(self.program, id)))


class OwnReferrals(Door):
    scopes = {"GET": "referrals:read", "POST": "referrals:write"}

    @extend_schema(responses=OwnReferralsSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Read a member's code and link, who invited them, and whom they invited."""
        member = member_named(self.program, id)
        theirs = _referrals(self.program)
        brought = theirs.filter(advocate=member.account_id).order_by("-pk")[: pages.USUAL]
        invited_by = theirs.filter(friend=member.account_id).first()
        code = referrals.code_of(member)
        return self.answer(OwnReferralsSerializer, {
            "code": code,
            "link": inviting.link_of(self.program, code),
            "invited_by": _facts(invited_by) if invited_by else None,
            "items": [_facts(it) for it in brought],
        })  # fmt: skip

    @extend_schema(request=NewReferralSerializer, responses={201: ReferralSerializer})
    def post(self, request: Request, id: str) -> Response:
        """Say who invited a member: once, and before they have bought anything.

        The same code again is answered as before.
        """
        told = self.told(NewReferralSerializer)
        member = member_named(self.program, id)
        made = referrals.enter_code(member, told["code"], now=self.now, by=self.key)
        shown = _facts(_named(self.program, made.public_id))
        return self.answer(ReferralSerializer, shown, status=201)


def _referrals(program: Program) -> QuerySet[Referral]:
    return Referral.objects.filter(program=program).select_related(
        "program", "advocate__member", "friend__member", "purchase"
    )


def _named(program: Program, public_id: str) -> Referral:
    """A referral of this program; anybody else's does not exist."""
    for found in _referrals(program).filter(public_id=public_id):
        return found
    raise problems.not_found("referral")


def _facts(it: Referral) -> dict[str, Any]:
    same = (
        "public_id", "state", "reason", "joined_at", "expires_at", "bought_at", "clears_at",
        "cleared_at", "friend_gift", "advocate_gift",
    )  # fmt: skip
    advocate, friend = finding.behind(it.advocate), finding.behind(it.friend)
    signals = [Signal(**told) for told in it.signals]
    return {name: getattr(it, name) for name in same} | {
        "advocate": advocate and advocate.public_id,
        "friend": friend and friend.public_id,
        "held": it.is_held,
        "purchase": it.purchase and it.purchase.public_id,
        "signals": [
            {
                "kind": signal.kind, "weight": signal.weight, "others": signal.others,
                "with_advocate": signal.with_advocate, "sentence": sentence(signal),
            }
            for signal in signals
        ],
    }  # fmt: skip
