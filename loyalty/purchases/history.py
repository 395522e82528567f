"""What was bought before, counted for many accounts at once."""

from collections.abc import Collection
from datetime import date

from django.db.models import Count, F, Max, Q

from loyalty.purchases.models import Purchase


def counts(
    accounts: Collection[int], *, without: Collection[int]
) -> dict[int, tuple[int, date | None]]:
    """For each account, how many sales (not wholly refunded) and when the last one was."""
    kept = Q(refunded_minor__lt=F("total_minor")) | Q(total_minor=0)
    sales = Purchase.objects.filter(account__in=accounts).exclude(pk__in=without)
    rows = sales.values("account").annotate(number=Count("pk", filter=kept), last=Max("made_on"))
    return {row["account"]: (row["number"], row["last"]) for row in rows}
