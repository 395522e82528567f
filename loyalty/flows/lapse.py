"""What time does to vouchers: a reward nobody fetched is gone, money that waited comes back."""

import logging
from datetime import datetime

from django.db import transaction

from loyalty.flows import redeem
from loyalty.flows.vouchers import VoucherUsed
from loyalty.rewards.models import Redemption, Voucher

BITE = 500

logger = logging.getLogger(__name__)


def lapse_due(*, now: datetime, limit: int = BITE) -> int:
    """Take one bite of vouchers whose time is over; say how many. Nothing is due: 0."""
    due = Voucher.objects.overdue(now).order_by("expires_at", "pk")
    found = list(due.values_list("pk", "redemption__reward")[:limit])
    waiting = [pk for pk, reward in found if reward is None]
    payments = Redemption.objects.filter(voucher__in=waiting).select_related("program")
    given_back = sum(_give_back(redemption, now) for redemption in payments)
    lapsed = [pk for pk, reward in found if reward is not None]
    with transaction.atomic():
        expired = due.filter(pk__in=lapsed).order_by().update(status=Voucher.Status.EXPIRED)
    return given_back + expired


def _give_back(redemption: Redemption, now: datetime) -> bool:
    try:
        redeem.cancel(redemption, now=now)
    except VoucherUsed:  # Somebody paid with it while this bite was read.
        return False
    except Exception:  # One that cannot be given back must not keep the others waiting.
        logger.exception("The points of redemption %s were not given back.", redemption.pk)
        return False
    return True
