"""What members said and handed in, when two memberships become one: it comes along, where it can.

Where both have answered or handed in the same, each keeps their own, and the merged one's rests.
"""

from collections.abc import Mapping

from django.db.models import Exists, OuterRef

from campaigns.contributions.models import Contribution
from campaigns.surveys.models import Asking
from loyalty.pictures.models import Picture
from members.models import Member

COUNTING = [Contribution.State.WAITING, Contribution.State.APPROVED]
Carried = Mapping[str, list[str]]


def take(kept: Member, merged: Member) -> Carried:
    """Let one member hold what another said; the public ids of what came along."""
    theirs = Asking.objects.filter(account=kept.account_id, survey=OuterRef("survey"))
    askings = list(
        Asking.objects.filter(~Exists(theirs), account=merged.account_id).values_list(
            "public_id", flat=True
        )
    )
    same = Contribution.objects.filter(
        account=kept.account_id, call=OuterRef("call"), slot=OuterRef("slot"), state__in=COUNTING
    )
    handed = Contribution.objects.filter(account=merged.account_id)
    moved = list(handed.filter(~Exists(same)).values_list("public_id", flat=True))
    carried = {"askings": askings, "contributions": moved}
    _move(carried, kept.account_id)
    return carried


def give_back(merged: Member, carried: Carried) -> None:
    _move(carried, merged.account_id)


def _move(carried: Carried, account_id: int) -> None:
    Asking.objects.filter(public_id__in=carried.get("askings", [])).update(account=account_id)
    handed = Contribution.objects.filter(public_id__in=carried.get("contributions", []))
    causes = [it.cause for it in handed]
    handed.update(account=account_id)
    Picture.objects.filter(cause__in=causes).update(account=account_id)
