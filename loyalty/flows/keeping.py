"""What is kept of people no longer than it is needed: forgotten by night, a bite at a time."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from loyalty.days import add_months, start_of
from loyalty.flows import erase
from loyalty.flows.daily import Day
from loyalty.messaging.models import Message
from loyalty.pictures import taking
from loyalty.pictures.models import Picture
from loyalty.purchases.models import Purchase
from members.models import Member

BITE = 500
# Letters that nothing more will become of.
DONE = (
    Message.Status.SENT, Message.Status.DROPPED, Message.Status.DEAD, Message.Status.UNKNOWN,
)  # fmt: skip


def tidy(day: Day) -> Iterator[int]:
    """Forget who asked for it or left long ago, old letters, and whom unclaimed sales were for."""
    yield from erase.erase_due(day.program, now=day.clock())
    yield from _forget_those_who_left(day)
    for bite in (_drop_letters, _drop_contacts, _drop_pictures):
        while bite(day):
            yield 0
    taking.sweep(day.program, now=day.clock())


def _forget_those_who_left(day: Day) -> Iterator[int]:
    """Who left so many months ago has no use of a membership that is kept for them."""
    if not (months := day.program.left_kept_months):
        return
    since = start_of(add_months(day.on, -months), day.program.time_zone)
    gone = Member.objects.filter(
        program=day.program, state=Member.State.LEFT, left_at__lt=since
    ).order_by("pk")
    while found := list(gone[:BITE]):
        for member in found:
            _erase_if(member, Q(state=Member.State.LEFT, left_at__lt=since), day)
            yield member.pk


@transaction.atomic
def _erase_if(member: Member, still: Q, day: Day) -> None:
    """Somebody may have come back this very moment."""
    if Member.objects.select_for_update().filter(still, pk=member.pk).exists():
        erase.erase(member, now=day.clock(), reason="time")


def _drop_letters(day: Day) -> int:
    """Letters are kept so that somebody can be told what we wrote, and not longer."""
    kept = timedelta(days=day.program.letters_kept_days)
    before = start_of(day.on - kept, day.program.time_zone)
    old = Message.objects.filter(program=day.program, owed_at__lt=before, status__in=DONE)
    bite = list(old.values_list("pk", flat=True)[:BITE])
    Message.objects.filter(pk__in=bite).delete()
    return len(bite)


@transaction.atomic
def _drop_pictures(day: Day) -> int:
    """Pictures are kept for a while after it was decided on them, for who asks why."""
    over = Picture.objects.filter(program=day.program, drop_on__lte=day.on).order_by("pk")
    bite = list(over.values_list("pk", flat=True)[:BITE])
    return taking.drop(Picture.objects.filter(pk__in=bite))


def _drop_contacts(day: Day) -> int:
    """A sale that nobody can claim any more has no use of an address."""
    before = day.on - timedelta(days=day.program.claim_days)
    late = Purchase.objects.unclaimed(day.program).filter(
        ~Q(contact_email="") | ~Q(contact_phone=""), made_on__lt=before
    )
    bite = list(late.values_list("pk", flat=True)[:BITE])
    late.filter(pk__in=bite).update(contact_email="", contact_phone="")
    return len(bite)
