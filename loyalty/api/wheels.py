"""Wheels: their odds, what a member's next spin is sealed with, and the spin itself."""

from hashlib import blake2b
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.running import Running
from campaigns.wheel.drawing import LONGEST_WORD
from campaigns.wheel.models import Segment, Spin, Wheel
from loyalty.api import problems
from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.fields import Id, Instant, Names, Text
from loyalty.api.members import member_named
from loyalty.flows import prizes
from loyalty.flows.spinning import secret_of, spin, turn_for
from loyalty.merchants.models import Program


class WheelSegmentSerializer(Answer):
    name = Names()
    share = serializers.IntegerField(help_text=_("In hundredths of a percent."))
    prize = serializers.CharField(allow_null=True, help_text=_("null: nothing."))
    left = serializers.IntegerField(allow_null=True, help_text=_("null: no limit."))
    is_consolation = serializers.BooleanField(
        help_text=_("It counts in place of a prize that has run out.")
    )


class WheelSerializer(Answer):
    id = serializers.CharField(source="public_id")
    name = Names()
    about = Names()
    wallet = serializers.CharField(allow_null=True)
    price = serializers.IntegerField(help_text=_("Of a spin; 0: spins are not sold."))
    free_daily = serializers.BooleanField()
    most_daily = serializers.IntegerField(allow_null=True)
    segments = WheelSegmentSerializer(many=True)
    seal = serializers.CharField(help_text=_("The SHA-256 of the wheel's secret."))
    secret = serializers.CharField(allow_null=True, help_text=_("Once the wheel is over."))
    starts_at = Instant()
    ends_at = Instant(allow_null=True)
    stage = serializers.ChoiceField(choices=("scheduled", "live", "paused", "ended"))


class WheelsSerializer(Answer):
    items = WheelSerializer(many=True)


class TurnSerializer(Answer):
    number = serializers.IntegerField(help_text=_("The how manieth spin of this member."))
    seal = serializers.CharField(help_text=_("The SHA-256 of its seed, known before the spin."))
    price = serializers.IntegerField()
    can_turn = serializers.BooleanField()


class NewSpinSerializer(Body):
    example = {"member": "bcdfghjkmnpqrstv", "wheel": "wvtsrqpnmkjhgfdc", "word": "sabai"}

    member = Id()
    wheel = Id()
    word = Text(
        max_length=LONGEST_WORD, default="", allow_blank=True,
        help_text=_("The member's own, mixed into the draw."),
    )  # fmt: skip
    seal = Text(
        max_length=64, default="", allow_blank=True,
        help_text=_("The seal that was shown; refused when it is not the next spin's any more."),
    )  # fmt: skip


class SpinSerializer(Answer):
    number = serializers.IntegerField()
    fate = serializers.ChoiceField(choices=Spin.Fate.choices)
    segment = Names(source="segment.name", help_text=_("What the member has."))
    landed = Names(source="landed.name", help_text=_("Where the wheel stopped."))
    prize = serializers.CharField(allow_null=True)
    roll = serializers.IntegerField(help_text=_("From 0 to 9,999."))
    word = serializers.CharField()
    seed = serializers.CharField()
    seal = serializers.CharField()
    spun_at = Instant()


class Wheels(Door):
    scopes = {"GET": "program:read"}

    @extend_schema(responses=WheelsSerializer)
    def get(self, request: Request) -> Response:
        """List the wheels that were opened, with their odds; those that are over can be checked."""
        wheels = _opened(self.program).prefetch_related("segments")[:100]
        return self.answer(WheelsSerializer, {"items": [self._facts(it) for it in wheels]})

    def _facts(self, it: Wheel) -> dict[str, Any]:
        same = ("public_id", "name", "about", "price", "free_daily", "most_daily", "starts_at",
                "ends_at")  # fmt: skip
        stage = it.stage(self.now)
        return {name: getattr(it, name) for name in same} | {
            "wallet": it.wallet.code if it.wallet else None,
            "segments": [_segment(one) for one in it.segments.all()],
            "seal": it.secret_seal,
            "secret": secret_of(it).hex() if stage == "ended" else None,
            "stage": stage,
        }


class Turns(Door):
    scopes = {"GET": "members:read"}

    @extend_schema(responses=TurnSerializer)
    def get(self, request: Request, id: str, wheel: str) -> Response:
        """Read a member's next spin: its seal, and what it costs."""
        member = member_named(self.program, id)
        it = wheel_named(self.program, wheel)
        turn = turn_for(it, member, now=self.now)
        can_turn = turn.is_left and it.stage(self.now) == "live"
        facts = {"number": turn.number, "seal": turn.seal, "price": turn.price}
        return self.answer(TurnSerializer, facts | {"can_turn": can_turn})


class Spins(Door):
    scopes = {"POST": "redemptions:write"}
    needs_key = ("POST",)

    @extend_schema(request=NewSpinSerializer, responses={201: SpinSerializer})
    def post(self, request: Request) -> Response:
        """Turn a wheel for a member: paid, drawn and given in one.

        The seed comes back, so that anybody can work out the draw again.
        """
        told = self.told(NewSpinSerializer)
        made = spin(
            member_named(self.program, told["member"]),
            wheel_named(self.program, told["wheel"]),
            key=f"api:{blake2b(self.idempotency_key.encode(), digest_size=16).hexdigest()}",
            word=told["word"], seal=told["seal"], now=self.now, by=self.key,
        )  # fmt: skip
        same = ("number", "fate", "segment", "landed", "roll", "word", "seed", "seal", "spun_at")
        facts = {name: getattr(made, name) for name in same}
        won = made.segment.prize if made.fate != Spin.Fate.NOTHING else None
        prize = prizes.told(won) if won else None
        return self.answer(SpinSerializer, facts | {"prize": prize}, status=201)


def wheel_named(program: Program, public_id: str) -> Wheel:
    """A wheel of this program that was opened; anybody else's does not exist."""
    for found in _opened(program).filter(public_id=public_id):
        return found
    raise problems.not_found("wheel")


def _opened(program: Program) -> Any:
    drafts = Running.State.DRAFT
    return program.wheels.exclude(state=drafts).select_related("wallet")


def _segment(it: Segment) -> dict[str, Any]:
    return {
        "name": it.name, "share": it.share, "prize": prizes.told(it.prize) if it.prize else None,
        "left": it.left, "is_consolation": it.is_consolation,
    }  # fmt: skip
