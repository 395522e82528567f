"""Finding sales by the numbers that tills gave them, whichever till it was."""

from collections.abc import Iterator

from loyalty.merchants.models import Program
from loyalty.purchases.models import Purchase

MOST_SOURCES = 100


def with_reference(program: Program, reference: str) -> list[Purchase]:
    """The sales of a number, one a teller at most. Each is a look-up in the index of references."""
    return list(
        Purchase.objects.filter(
            program=program, source__in=list(sources_of(program)), reference=reference
        ).select_related("account__member", "location")
    )


def sources_of(program: Program) -> Iterator[str]:
    """Who told us of sales. The index is hopped along, a step a teller, however many sales."""
    told = Purchase.objects.filter(program=program).order_by("source")
    last = ""
    for _hop in range(MOST_SOURCES):
        found = told.filter(source__gt=last).values_list("source", flat=True).first()
        if found is None:
            return
        yield found
        last = found
