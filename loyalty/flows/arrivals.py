"""What shops' machines told us becomes sales, refunds and contact data. Read it from top to bottom.

Events come late, twice and in any order, so what is done follows from what is known of the order,
never from which event came first: the newest state counts, an older one changes nothing, and a
refund waits for its order.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction
from django.utils.translation import gettext as _

from campaigns.contributions.models import Call
from campaigns.questions import LONG, TEXT
from loyalty import outside
from loyalty.flows import contributions, earn, profile, refund
from loyalty.flows.contributions import Handed
from loyalty.flows.daily import Clock
from loyalty.inbox import queue, reading, receiving
from loyalty.inbox.models import Arrival, Endpoint, ShopOrder
from loyalty.inbox.told import Back, MoneyBack, Nothing, NotUnderstood, Order, Person, Review
from loyalty.merchants import trail
from loyalty.merchants.models import Program, Staff
from loyalty.purchases.models import PurchaseLine, Refund
from loyalty.purchases.sale import Return, ReturnLine, Sale
from loyalty.refusal import Refusal
from members import finding, joining
from members.finding import Found, Named
from members.joining import AlreadyMember, BadContact
from members.models import Member

Status = Arrival.Status
ONLINE = "online"

logger = logging.getLogger(__name__)


class OrderUnknown(Refusal):
    """Its order may still come: this waits for it."""

    code = "order_unknown"


class AlreadyTaken(Refusal):
    code = "already_taken"


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an arrival: done, or skipped for a reason, and of which order it was."""

    reason: str = ""  # Of what was done, "nobodys": kept until the buyer joins.
    is_skipped: bool = False
    reference: str = ""


def take_due(*, clock: Clock, limit: int = 500, seconds: float = 10) -> int:
    """Take what waits, until nothing is left or the time is over."""
    outside.refuse_in_transaction()
    ends, done = time.monotonic() + seconds, 0
    while done < limit and time.monotonic() < ends and (arrival := queue.claim(at=clock())):
        _one(arrival, now=clock())
        done += 1
    return done


@transaction.atomic
def take_again(arrival: Arrival, *, now: datetime, by: Staff) -> None:
    """Try one again that was given up or skipped."""
    if not queue.again(arrival, at=now):
        raise AlreadyTaken(_("This was taken meanwhile, or its contents are not kept any more."))
    trail.record(
        "hook.retry", f"endpoint:{arrival.endpoint.public_id}", program=arrival.endpoint.program,
        now=now, by=by, after={"topic": arrival.topic, "reference": arrival.reference},
    )  # fmt: skip


# --- One arrival ---------------------------------------------------------------------------------


def _one(arrival: Arrival, *, now: datetime) -> None:
    """Take one arrival. What is done and that it was done are one transaction."""
    try:
        if arrival.attempts > queue.MOST_ATTEMPTS:
            queue.settle(arrival, Status.DEAD, at=now, reason="lost")
            return
        with transaction.atomic():
            taken = take(arrival, now=now)
            status = Status.SKIPPED if taken.is_skipped else Status.DONE
            queue.settle(arrival, status, at=now, reason=taken.reason, reference=taken.reference)
    except OrderUnknown as reason:
        order = str(reason.facts["order"])
        queue.put_off(arrival, at=now, reason=reason.code, detail=str(reason), reference=order)
    except Refusal as reason:
        queue.settle(arrival, Status.DEAD, at=now, reason=reason.code, detail=str(reason))
    except queue.ClaimLost:
        logger.warning("Another worker took arrival %s over.", arrival.pk)
    except Exception as error:  # One that fails must not stop the others.
        if not isinstance(error, OperationalError):
            logger.exception("Arrival %s (%s) could not be taken.", arrival.pk, arrival.topic)
        detail = f"{type(error).__name__}: {error}"
        queue.put_off(arrival, at=now, reason="failed", detail=detail, reference=arrival.reference)


def take(arrival: Arrival, *, now: datetime) -> Taken:
    """Do what an arrival asks for. In a transaction; doing it again changes nothing."""
    endpoint = arrival.endpoint
    told = reading.read(arrival)
    if isinstance(told, Nothing):
        return Taken(told.reason, is_skipped=True)
    if isinstance(told, Order):
        return _take_order(endpoint, told, now=now)
    if isinstance(told, MoneyBack):
        return _take_money_back(endpoint, told, now=now)
    if isinstance(told, Review):
        return _take_review(endpoint, told, now=now)
    return _take_person(endpoint, told, now=now)


# --- Orders --------------------------------------------------------------------------------------


def _take_order(endpoint: Endpoint, told: Order, *, now: datetime) -> Taken:
    known = _known(endpoint, told.reference, make=True)
    if known.told_at and told.told_at < known.told_at:
        return Taken("older", is_skipped=True, reference=told.reference)
    known.told_at, known.is_off = told.told_at, told.is_off
    news = []
    if known.purchase is None and told.is_paid and not told.is_off:
        news.append(_sell(endpoint, known, told, now=now))
    known.save()
    if known.purchase is not None:
        news += [_give_back(endpoint, known, it, now=now) for it in told.refunds]
        if told.is_off:
            news.append(_give_back(endpoint, known, _whole(told), now=now))
        news.append("sale_changed" if _differs(known, told) else "known")
    elif told.is_off:
        news.append("never_counted")
    else:
        news.append("not_paid")
    if known.purchase is not None or told.is_off:
        queue.hurry(endpoint.program, told.reference, at=now)
    return _told_of(news, told.reference)


def _sell(endpoint: Endpoint, known: ShopOrder, told: Order, *, now: datetime) -> str:
    """The order is a sale from now on. Whose, its verified contact says; else it is kept."""
    buyer = _named(endpoint.program, told.person)
    found = _found(endpoint.program, buyer)
    sale = Sale(
        source=endpoint.dialect, reference=told.reference, made_at=told.made_at, lines=told.lines,
        account_id=found.account_id if found else None, contact_email=buyer.email,
        contact_phone=buyer.phone, payment_method=told.payment_method, channel=ONLINE,
    )  # fmt: skip
    outcome = earn.from_purchase(endpoint.program, sale, now=now)
    known.purchase_id = outcome.id
    known.lines = {number: place for place, number in enumerate(told.line_ids, 1)}
    return "nobodys" if outcome.account_id is None else ""


def _whole(told: Order) -> MoneyBack:
    return MoneyBack(reference=f"{told.reference}/off", order=told.reference, made_at=told.told_at)


def _differs(known: ShopOrder, told: Order) -> bool:
    """An order that was changed after it counted stays as it counted; somebody should know."""
    assert known.purchase is not None
    return known.purchase.total_minor != sum(line.amount_minor for line in told.lines)


def _told_of(news: Sequence[str], reference: str) -> Taken:
    """Done, if anything was; else the last reason why not."""
    done = [it for it in news if it in ("", "nobodys")]
    if done:
        return Taken("nobodys" if "nobodys" in done else "", reference=reference)
    return Taken(news[-1], is_skipped=True, reference=reference)


# --- Refunds -------------------------------------------------------------------------------------


def _take_money_back(endpoint: Endpoint, told: MoneyBack, *, now: datetime) -> Taken:
    known = _known(endpoint, told.order, make=False)
    if known.purchase is None and known.is_off:
        return Taken("never_counted", is_skipped=True, reference=told.order)
    if known.purchase is None:
        raise OrderUnknown(
            _("The order of this refund was not told to us yet, or never paid."), order=told.order
        )
    return _told_of([_give_back(endpoint, known, told, now=now)], told.order)


def _give_back(endpoint: Endpoint, known: ShopOrder, told: MoneyBack, *, now: datetime) -> str:
    """Take back what came back, as far as something is left; and say what became of it."""
    assert known.purchase is not None
    program, source = endpoint.program, endpoint.dialect
    if Refund.objects.filter(program=program, source=source, reference=told.reference).exists():
        return "known"
    left = {line.number: line for line in PurchaseLine.objects.filter(purchase=known.purchase)}
    if not any(line.refunded_minor < line.amount_minor for line in left.values()):
        return "nothing_left"
    lines = tuple(it for back in told.lines if (it := _line_back(back, known, left)))
    if told.lines and not lines:
        return "nothing_left"
    amount = told.amount_minor
    if amount is not None:
        room = sum(line.amount_minor - line.refunded_minor for line in left.values())
        amount = min(amount, room)
        if amount <= 0:
            return "no_money_back"
    refund.refund(
        program,
        Return(
            source=source, reference=told.reference, made_at=told.made_at,
            purchase_id=known.purchase.pk, amount_minor=amount, lines=lines,
        ),
        now=now,
    )  # fmt: skip
    return ""


def _line_back(back: Back, known: ShopOrder, left: dict[int, PurchaseLine]) -> ReturnLine | None:
    """A line that came back, no further than it is still there: shops round, and repeat."""
    line = left.get(known.lines.get(back.line, 0))
    if line is None:
        if back.line.startswith("shipping:"):
            return None  # Given back on an order that charged none.
        raise NotUnderstood(_("The order has no line %(line)s.") % {"line": back.line[:60]})
    if back.amount_minor is not None:
        amount = min(back.amount_minor, line.amount_minor - line.refunded_minor)
        return ReturnLine(number=line.number, amount_minor=amount) if amount > 0 else None
    pieces = line.quantity - line.refunded_quantity
    if back.quantity is not None:
        pieces = min(abs(back.quantity), pieces)
    return ReturnLine(number=line.number, quantity=pieces) if pieces > 0 else None


# --- Reviews -------------------------------------------------------------------------------------


def _take_review(endpoint: Endpoint, told: Review, *, now: datetime) -> Taken:
    """A review waits for the team like one that was written in the portal. Nobody's is not kept."""
    program = endpoint.program
    call = program.calls.open(now).filter(kind=Call.Kind.REVIEW).order_by("pk").first()
    if call is None:
        return Taken("no_call", is_skipped=True, reference=told.reference)
    found = _found(program, _named(program, told.person))
    if found is None:
        return Taken("no_member", is_skipped=True, reference=told.reference)
    texts = (it.key for it in call.asked if it.kind in (LONG, TEXT))
    key = next(texts, "")
    handed = Handed(
        answers={key: told.text} if key and told.text else {}, product=told.product,
        product_name=told.product_name, rating=told.rating, picture_link=told.picture_link,
    )  # fmt: skip
    member = Member.objects.select_related("program").get(account=found.account_id)
    contributions.submit(
        member, call, handed, now=now, source=endpoint.dialect, reference=told.reference
    )
    return Taken(reference=told.reference)


# --- People --------------------------------------------------------------------------------------


def _take_person(endpoint: Endpoint, told: Person, *, now: datetime) -> Taken:
    """Fill in what a member has not told us. Nothing that they told is changed by a shop."""
    program = endpoint.program
    named = _named(program, told)
    found = _found(program, named)
    if found is None:
        return Taken("no_member", is_skipped=True)
    member = Member.objects.get(account=found.account_id)
    whose = receiving.name_of(member.public_id)
    offered = {"name": told.name[:120], "phone": named.phone, "email": named.email}
    missing: dict[str, Any] = {
        field: value for field, value in offered.items() if value and not getattr(member, field)
    }
    if not missing:
        return Taken("known", is_skipped=True, reference=whose)
    try:
        profile.change(member, now=now, **missing)
    except AlreadyMember:
        return Taken("known", is_skipped=True, reference=whose)
    trail.record(
        "member.change", f"member:{member.public_id}", program=program, now=now, by=None,
        after=missing, reason=endpoint.name,
    )  # fmt: skip
    return Taken(reference=whose)


def _named(program: Program, person: Person) -> Named:
    """Contact data that cannot be right are as none: the sale counts all the same."""
    try:
        email = joining.clean_email(person.email)
    except BadContact:
        email = ""
    try:
        phone = joining.clean_phone(person.phone, program.currency)
    except BadContact:
        phone = ""
    return Named(email=email, phone=phone)


def _found(program: Program, named: Named) -> Found | None:
    return finding.find(program, [named])[0]


def _known(endpoint: Endpoint, reference: str, *, make: bool) -> ShopOrder:
    """What is known of an order, locked: its events are taken one after the other."""
    place = {"program": endpoint.program, "source": endpoint.dialect, "reference": reference}
    if make:
        ShopOrder.objects.bulk_create([ShopOrder(**place)], ignore_conflicts=True)
    locked = ShopOrder.objects.select_for_update(of=("self",)).select_related("purchase")
    return locked.filter(**place).first() or ShopOrder(**place)
