"""What sales and refunds do to referrals: a few conditional updates; the sweep does the rest.

Both run under the lock of the friend's account, inside the transaction that wrote the sale or the
refund down. Nothing is judged or given here: what is owed is the row, by its ``due_at``.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db.models import Case, Q, Value, When

from campaigns.referrals import reasons
from campaigns.referrals.models import Referral, ReferralQuerySet
from campaigns.referrals.terms import Promise, terms_for
from loyalty.days import local_date, start_of
from loyalty.flows.causes import Cause
from loyalty.merchants.models import Program
from loyalty.purchases import keeping
from loyalty.purchases.models import PurchaseLine

State, Gift = Referral.State, Referral.Gift
# A sale that is told late may have been made in time.
_MAY_BUY = (State.JOINED, State.BOUGHT, State.LAPSED)


def bought(
    program_id: int, version: int, zone: str, causes: Sequence[Cause], *, now: datetime
) -> None:
    """The first purchase that is large enough counts; one of before joining ends it."""
    if terms_for(program_id, version) is None:
        return
    sales: dict[int, list[Cause]] = defaultdict(list)
    for cause in causes:
        if cause.is_purchase:
            sales[cause.account_id].append(cause)
    if not sales:
        return
    waiting = Referral.objects.filter(program=program_id, friend__in=sales, state__in=_MAY_BUY)
    for it in waiting:
        theirs = sorted(sales[it.friend_id], key=lambda cause: (cause.occurred_at, cause.record_id))
        _look(it, theirs, zone, now)


def _look(it: Referral, sales: Sequence[Cause], zone: str, now: datetime) -> None:
    joined_on, promise = local_date(it.joined_at, zone), Promise.read(it.promise)
    # A sale of the same day was perhaps rung up while they joined at the counter.
    if any(local_date(cause.occurred_at, zone) < joined_on for cause in sales):
        refuse(Referral.objects.filter(pk=it.pk), reasons.CUSTOMER, now=now)
        return
    if it.state == State.BOUGHT:
        return
    for cause in sales:
        if cause.occurred_at < it.expires_at and promise.is_reached_by(cause.counted_minor):
            over = local_date(cause.occurred_at, zone) + timedelta(days=promise.return_days)
            Referral.objects.filter(pk=it.pk, state=it.state).update(
                state=State.BOUGHT, purchase=cause.record_id, bought_at=cause.occurred_at,
                clears_at=start_of(over, zone), due_at=now,
            )  # fmt: skip
            return


def refunded(program: Program, purchases: Collection[int], *, now: datetime) -> None:
    """A purchase of which less is kept than was asked for counts no more."""
    if not purchases or terms_for(program.pk, program.version) is None:
        return
    counted = Referral.objects.filter(
        program=program, purchase__in=purchases, state__in=(State.BOUGHT, State.CLEARED)
    )
    for it in counted:
        lines = PurchaseLine.objects.filter(purchase=it.purchase_id)
        if not Promise.read(it.promise).is_reached_by(int(keeping.kept_value(lines))):
            refuse(Referral.objects.filter(pk=it.pk), reasons.REFUNDED, now=now)


def refuse(referrals: ReferralQuerySet, reason: str, *, now: datetime) -> int:
    """They count no more; what was given for them is to be taken back, by the sweep."""
    was_given = Q(friend_gift=Gift.GIVEN) | Q(advocate_gift=Gift.GIVEN)
    return referrals.exclude(state=State.REFUSED).update(
        state=State.REFUSED, reason=reason, is_held=False,
        due_at=Case(When(was_given, then=Value(now)), default=None),
    )  # fmt: skip
