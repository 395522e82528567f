"""What came of campaigns: from the days that postings were rolled up into, never from entries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from campaigns.models import Campaign
from loyalty.ledger import figures


@dataclass(frozen=True, slots=True)
class Result:
    """How often a campaign gave something, and how much of it is kept after refunds."""

    awards: int = 0
    paid: int = 0


def results_of(campaigns: Sequence[Campaign]) -> dict[int, Result]:
    """Results by campaign, of one program."""
    found = {it.pk: Result() for it in campaigns}
    if not campaigns:
        return found
    days = figures.daily(
        campaigns[0].program_id, [it.source for it in campaigns], since=date.min, until=date.max
    )
    for of_day in days.values():
        for source, (awards, paid) in of_day.items():
            pk = int(source.partition(":")[2])
            found[pk] = Result(found[pk].awards + awards, found[pk].paid + paid)
    return found
