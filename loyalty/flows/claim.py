"""How a member gets the points of what they bought before joining (or without showing the card)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from loyalty.days import local_date
from loyalty.earning.rulebook import rulebook_for
from loyalty.flows import earn
from loyalty.flows.causes import Cause, of_stored
from loyalty.flows.outcomes import Outcome, of_line
from loyalty.ledger import figures, posting
from loyalty.ledger.book import Line
from loyalty.ledger.figures import Counted
from loyalty.purchases import recording
from loyalty.purchases.models import Purchase
from members.models import Member


@transaction.atomic
def claim(member: Member, *, now: datetime, letters: bool = True) -> list[Outcome]:
    """Pay the sales that carry a member's verified e-mail or phone, each dated as it was made."""
    sales = take(member, now=now)
    rulebook = rulebook_for(member.program_id, member.program.version)
    earned = earn.earn(rulebook, causes(sales), now=now, letters=letters, counted=counted(sales))
    return [_outcome(sale, member, earned.get(f"purchase:{sale.pk}", [])) for sale in sales]


def take(member: Member, *, now: datetime) -> list[Purchase]:
    """Make the sales that carry a member's verified e-mail or phone that member's."""
    if not (contact := _contact(member)):
        return []
    member = member.survivor
    # First the account, then its sales: whoever tells a kept sale again goes the same way.
    posting.ask_for_lock([member.account_id])()
    program = member.program
    since = local_date(now, program.time_zone) - timedelta(days=program.claim_days)
    found = Purchase.objects.unclaimed(program).filter(contact, made_on__gte=since)
    # What came back of a sale is read once it is theirs: until then a refund may be at work on it.
    waiting = found.order_by("pk").values_list("pk", flat=True)
    theirs = [pk for pk in waiting if recording.claim(pk, member.account_id)]
    claimed = Purchase.objects.filter(pk__in=theirs).order_by("pk")
    return list(claimed.select_related("location").prefetch_related("lines"))


def causes(sales: Sequence[Purchase]) -> list[Cause]:
    """What sales that were just taken are judged by."""
    return [
        of_stored(sale, list(sale.lines.all()), sale.account_id)
        for sale in sales
        if sale.account_id
    ]


def counted(sales: Sequence[Purchase]) -> list[Counted]:
    """What taking sales moves in the figures of their days."""
    return [
        part
        for sale in sales
        for part in figures.claimed(
            sale.program_id, sale.made_on, sale.total_minor - sale.refunded_minor
        )
    ]


def _contact(member: Member) -> Q:
    contact = Q()
    if member.email and member.email_verified_at:
        contact |= Q(contact_email=member.email)
    if member.phone and member.phone_verified_at:
        contact |= Q(contact_phone=member.phone)
    return contact


def _outcome(sale: Purchase, member: Member, lines: list[Line]) -> Outcome:
    return Outcome(
        status="earned", source=sale.source, reference=sale.reference, id=sale.pk,
        public_id=sale.public_id, account_id=member.account_id,
        entries=[of_line(line) for line in lines],
    )  # fmt: skip
