"""Members: who they are. What they hold is in holdings, what they can have in rewards."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from loyalty.api import pages, problems
from loyalty.api.bodies import Answer, Body
from loyalty.api.door import Door
from loyalty.api.fields import Choice, Day, Flag, Instant, Names, Text
from loyalty.flows import enroll, profile
from loyalty.merchants.models import Program
from members import consents, finding, joining
from members.consents import CHANNELS, MAIL, PURPOSES
from members.finding import Named
from members.models import Member, Tier

LANGUAGES = ("th", "en")
MOST_CHOICES = 20


class TierSerializer(Answer):
    rank = serializers.IntegerField(help_text=_("0 is the tier that everybody has."))
    name = Names()


class ConsentSerializer(Answer):
    channel = serializers.CharField()
    purpose = serializers.CharField(
        help_text=_("`account`: unless they decline. `offers`: only if they agreed.")
    )
    given = serializers.BooleanField()


class MemberSerializer(Answer):
    id = serializers.CharField(source="public_id")
    external_id = serializers.CharField(help_text=_("Your own number for the member."))
    card_code = serializers.CharField(help_text=_("In the QR code of the card: it earns only."))
    name = serializers.CharField()
    email = serializers.CharField()
    email_verified_at = Instant(allow_null=True)
    phone = serializers.CharField(help_text="E.164.")
    phone_verified_at = Instant(allow_null=True)
    birthday = Day(allow_null=True)
    language = serializers.CharField()
    consents = ConsentSerializer(
        many=True, source="consents_now", help_text=_("What they may be written about.")
    )
    state = serializers.ChoiceField(choices=Member.State.choices)
    tier = TierSerializer(allow_null=True)
    enrolled_at = Instant()


class MemberPageSerializer(pages.PageAnswer):
    items = MemberSerializer(many=True)


class MemberQuery(pages.PageQuery):
    email = Text(max_length=254, required=False)
    phone = Text(max_length=30, required=False)
    external_id = Text(max_length=80, required=False)
    card_code = Text(max_length=16, required=False)


class ChoiceSerializer(Body):
    """What somebody told you: that they may be written about something, or not."""

    channel = Choice(choices=tuple(CHANNELS), default=MAIL)
    purpose = Choice(choices=tuple(PURPOSES))
    given = Flag()


class NewMemberSerializer(Body):
    """An e-mail address, a phone number or an id of your own is needed; the rest can come later."""

    example = {
        "external_id": "c-1042",
        "name": "นก",
        "email": "nok@example.org",
        "email_verified": True,
        "language": "th",
    }

    external_id = Text(max_length=80, default="", allow_blank=True)
    name = Text(max_length=120, default="", allow_blank=True)
    email = Text(max_length=254, default="", allow_blank=True)
    email_verified = Flag(
        default=False,
        help_text=_("You know that the address is theirs: earlier sales are claimed."),
    )
    phone = Text(max_length=30, default="", allow_blank=True)
    phone_verified = Flag(default=False)
    birthday = Day(default=None, allow_null=True)
    language = Choice(choices=LANGUAGES, default=None, allow_null=True)
    consents = ChoiceSerializer(many=True, required=False, max_length=MOST_CHOICES)
    referred_by = Text(
        max_length=20,
        default="",
        allow_blank=True,
        help_text=_("The code of the member who invited them. It counts for new members."),
    )


class MemberChangeSerializer(Body):
    """Only what is told is changed. An empty text, or null, takes it away."""

    example = {"phone": "081 234 5678", "birthday": "1990-04-01"}

    external_id = Text(max_length=80, required=False, allow_blank=True)
    name = Text(max_length=120, required=False, allow_blank=True)
    email = Text(max_length=254, required=False, allow_blank=True)
    phone = Text(max_length=30, required=False, allow_blank=True)
    birthday = Day(required=False, allow_null=True)
    language = Choice(choices=LANGUAGES, required=False)
    consents = ChoiceSerializer(many=True, required=False, max_length=MOST_CHOICES)


class Members(Door):
    scopes = {"GET": "members:read", "POST": "members:write"}
    member_name = "id"

    @extend_schema(parameters=[MemberQuery], responses=MemberPageSerializer)
    def get(self, request: Request) -> Response:
        """Find members, or list them, newest first.

        Give `email`, `phone`, `external_id` or `card_code` to find the one who has it.
        """
        asked = self.asked(MemberQuery)
        everybody = members_of(self.program).exclude(state=Member.State.MERGED)
        page = pages.newest_first(
            everybody.filter(**_wanted(self.program, asked)), asked, among=everybody
        )
        _with_tiers(self.program, page.items)
        return self.answer(MemberPageSerializer, page)

    @extend_schema(
        request=NewMemberSerializer, responses={200: MemberSerializer, 201: MemberSerializer}
    )
    def post(self, request: Request) -> Response:
        """Enroll a member.

        They get what joining gives, and the points of earlier sales that carry their verified
        e-mail or phone number. Somebody with the same `external_id` is the same member: they are
        shown as they are, with status 200. An e-mail or phone number of another member is refused.
        """
        told = self.told(NewMemberSerializer)
        (known,) = finding.find(self.program, [Named(external_id=told["external_id"])])
        member = enroll.enroll(self.program, now=self.now, how="api", by=self.key, **_chosen(told))
        status = 200 if known else 201
        return self.answer(MemberSerializer, _with_tier(self.program, member), status=status)


class OneMember(Door):
    scopes = {"GET": "members:read", "PATCH": "members:write"}
    member_name = "id"

    @extend_schema(responses=MemberSerializer)
    def get(self, request: Request, id: str) -> Response:
        """Read a member."""
        return self.answer(
            MemberSerializer, _with_tier(self.program, member_named(self.program, id))
        )

    @extend_schema(request=MemberChangeSerializer, responses=MemberSerializer)
    def patch(self, request: Request, id: str) -> Response:
        """Change a member.

        A new e-mail address or phone number is unverified at first.
        """
        member = member_named(self.program, id)
        told = self.told(MemberChangeSerializer)
        changed = profile.change(member, now=self.now, by=self.key, how="api", **_chosen(told))
        return self.answer(MemberSerializer, _with_tier(self.program, changed))


def members_of(program: Program) -> QuerySet[Member]:
    return program.members.select_related(
        "account__tier_status__tier", "merged_into__account__tier_status__tier"
    )


def member_named(program: Program, public_id: str) -> Member:
    """A member of this program; anybody else's does not exist."""
    for member in members_of(program).filter(public_id=public_id):
        found = member.survivor
        found.program = program
        return found
    raise problems.not_found("member")


def account_named(program: Program, public_id: str) -> int:
    """The account of a member of this program, where nothing else of them is asked for."""
    (found,) = finding.find(program, [Named(public_id=public_id)])
    if found is None:
        raise problems.not_found("member")
    return found.account_id


def _wanted(program: Program, asked: dict[str, Any]) -> dict[str, str]:
    names = ("external_id", "card_code")
    wanted: dict[str, str] = {name: asked[name] for name in names if name in asked}
    if "email" in asked:
        wanted["email"] = joining.clean_email(asked["email"])
    if "phone" in asked:
        wanted["phone"] = joining.clean_phone(asked["phone"], program.currency)
    return wanted


def _chosen(told: dict[str, Any]) -> dict[str, Any]:
    """A body, with its consents as the flows take them."""
    rest = {name: value for name, value in told.items() if name != "consents"}
    chosen = {(it["channel"], it["purpose"]): it["given"] for it in told.get("consents", ())}
    return rest | {"choices": chosen}


def _with_tier(program: Program, member: Member) -> Member:
    _with_tiers(program, [member])
    return member


def _with_tiers(program: Program, members: list[Member]) -> None:
    """Put on each member the tier that they have; the base tier is nobody's by name."""
    held = {member: getattr(member.account, "tier_status", None) for member in members}
    base: Tier | None = None
    if None in held.values():
        base = program.tiers.filter(rank=0).first()
    chosen = consents.choices_of(members)
    for member, status in held.items():
        member.consents_now = [  # type: ignore[attr-defined]
            {"channel": channel, "purpose": purpose, "given": given}
            for (channel, purpose), given in chosen[member.pk].items()
        ]
        member.tier = status.tier if status else base  # type: ignore[attr-defined]
