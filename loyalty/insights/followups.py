"""What came of follow-up offers, and what is bought along with what."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Max, Q

from campaigns.followups.models import Companion, Followed, FollowUp
from loyalty.purchases.models import PurchaseLine
from loyalty.rewards.models import Voucher

SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    given: int
    used: int
    withdrawn: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Along:
    """One thing, and what is bought along with it most."""

    thing: str
    other: str
    together: int
    score: float
    counted_on: date


def result_of(followup: FollowUp) -> Result:
    used = Q(redemption__voucher__status=Voucher.Status.USED)
    told = Followed.objects.filter(followup=followup).aggregate(
        given=Count("pk"), used=Count("pk", filter=used),
        withdrawn=Count("pk", filter=Q(withdrawn_at__isnull=False)),
    )  # fmt: skip
    return Result(**told)


def companions_of(followup: FollowUp) -> list[Along]:
    """The surest pairs of what a follow-up counts."""
    best = Companion.objects.filter(program=followup.program_id, of=followup.of, rank=1)
    codes = {code.casefold() for code in followup.codes}
    found = [
        it
        for it in best.order_by("-score_millionths", "thing")
        if not codes or it.thing.casefold() in codes
    ][:SHOWN]
    names = names_of(followup.program_id, str(followup.of), {
        word for it in found for word in (it.thing, it.other)
    })  # fmt: skip
    return [
        Along(
            thing=names.get(it.thing, it.thing), other=names.get(it.other, it.other),
            together=it.together, score=it.score, counted_on=it.counted_on,
        )
        for it in found
    ]  # fmt: skip


def names_of(program_id: int, of: str, things: set[str]) -> dict[str, str]:
    """What products are called, as they were sold last; a category is its own name."""
    if of != FollowUp.Of.PRODUCT or not things:
        return {}
    lines = PurchaseLine.objects.filter(
        purchase__program=program_id, product__in=things
    ).exclude(name="")  # fmt: skip
    last = lines.values("product").annotate(last=Max("pk")).values("last")
    return dict(PurchaseLine.objects.filter(pk__in=last).values_list("product", "name"))
