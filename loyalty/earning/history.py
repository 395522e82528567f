"""What members did before, counted for many accounts at once."""

from collections.abc import Collection

from django.db.models import Count

from loyalty.earning.models import ActivityRecord


def counts(
    accounts: Collection[int], kinds: Collection[str], *, without: Collection[int]
) -> dict[tuple[int, str], int]:
    """How often each account did each kind of thing."""
    records = ActivityRecord.objects.filter(account__in=accounts, kind__in=kinds)
    rows = records.exclude(pk__in=without).values("account", "kind").annotate(number=Count("pk"))
    return {(row["account"], row["kind"]): row["number"] for row in rows}
