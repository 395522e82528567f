"""What a program has at all, in one question: most have some of it, and none has everything.

The first page would else ask each part by itself for what is not there.
"""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from campaigns.challenges.models import Challenge
from campaigns.contests.models import Contest
from campaigns.contributions.models import Call
from campaigns.models import Campaign
from campaigns.referrals.models import ReferralTerms
from campaigns.surveys.models import Survey
from campaigns.wheel.models import Wheel
from loyalty.merchants.models import Program
from members.models import BadgeHeld, Member


def going_on(member: Member) -> set[str]:
    """The parts of which there is anything: "surveys", "contests" …"""
    asked = {name: Exists(rows) for name, rows in _parts(member).items()}
    found: Any = Program.objects.filter(pk=member.program_id).values(**asked).get()
    return {name for name in asked if found[name]}


def _parts(member: Member) -> dict[str, QuerySet[Any]]:
    here = {"program": OuterRef("pk")}
    return {
        "has_badges": BadgeHeld.objects.filter(member=member.pk),
        "has_campaigns": Campaign.objects.promised().filter(**here),
        "has_friends": ReferralTerms.objects.filter(**here),
        "has_surveys": Survey.objects.filter(archived_at=None, **here),
        "has_calls": Call.objects.kept().filter(**here),
        "has_challenges": Challenge.objects.filter(**here),
        "has_wheels": Wheel.objects.filter(**here),
        "has_contests": Contest.objects.filter(**here),
    }
