"""How a voucher is found at the till, used once, and lapses when nobody came."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.flows import spending
from loyalty.flows.spending import By
from loyalty.merchants.models import Location, Program, Staff
from loyalty.refusal import Refusal
from loyalty.rewards import codes
from loyalty.rewards.models import Voucher

LONGEST_CODE = 120


class VoucherUnknown(Refusal):
    """Nobody's code, or another program's: from outside the two look the same."""

    code = "voucher_unknown"


class VoucherUsed(Refusal):
    code = "voucher_used"


class VoucherExpired(Refusal):
    code = "voucher_expired"


class VoucherCancelled(Refusal):
    code = "voucher_cancelled"


def find(program: Program, code: str) -> Voucher:
    """The voucher behind a code as somebody typed it, whatever state it is in."""
    found = None
    if 0 < len(code) <= LONGEST_CODE:
        vouchers = Voucher.objects.select_related("redemption__reward", "redemption__account")
        found = vouchers.filter(program=program, code_hash__in=codes.hashes_of(code)).first()
    if found is None:
        raise VoucherUnknown(_("There is no voucher with this code. Look for a mistyped letter."))
    return found


@transaction.atomic
def use(
    program: Program,
    code: str,
    *,
    now: datetime,
    by: By = None,
    location: Location | None = None,
    reference: str = "",
) -> Voucher:
    """Use a voucher at the till or in a shop: once, however many try at the same moment."""
    voucher = find(program, code)
    spending.check_active(voucher.redemption.account_id)
    mark_used(voucher, now=now, by=by, location=location, reference=reference)
    spending.record(
        "voucher.use", voucher.redemption, program=program, now=now, by=by,
        location=location.code if location else "", reference=reference,
    )  # fmt: skip
    return voucher


def mark_used(
    voucher: Voucher, *, now: datetime, by: By, location: Location | None, reference: str
) -> None:
    """Whoever changes the row has used it; everybody else is told what became of it."""
    used = {
        "status": Voucher.Status.USED,
        "used_at": now,
        "used_at_location": location,
        "used_by": by.user if isinstance(by, Staff) else None,
        "used_reference": reference,
    }
    if not Voucher.objects.usable(now).filter(pk=voucher.pk).update(**used):
        voucher.refresh_from_db(fields=["status", "used_at", "expires_at", "used_reference"])
        raise refusal_for(voucher, now)
    for name, value in used.items():
        setattr(voucher, name, value)


def refusal_for(voucher: Voucher, at: datetime) -> Refusal:
    """Why a voucher cannot be used. For its program's staff and machines, and for its owner."""
    state = voucher.state(at)
    if state == Voucher.Status.USED:
        return VoucherUsed(
            _("This voucher was used before."),
            used_at=voucher.used_at, reference=voucher.used_reference,
        )  # fmt: skip
    if state == Voucher.Status.CANCELLED:
        return VoucherCancelled(_("This voucher was cancelled, and its points were given back."))
    return VoucherExpired(_("This voucher has expired."), expired_at=voucher.expires_at)
