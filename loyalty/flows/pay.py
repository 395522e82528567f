"""How points and cashback pay at the till: the member or the cashier says how much money."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.days import local_date
from loyalty.flows import spending, vouchers
from loyalty.flows.spending import By
from loyalty.ledger import posting
from loyalty.ledger.models import Wallet
from loyalty.merchants.models import Location, Program
from loyalty.money import MOST_MINOR
from loyalty.refusal import Refusal
from loyalty.rewards import issuing
from loyalty.rewards.issuing import Issue
from loyalty.rewards.models import Redemption
from loyalty.rewards.supply import Code
from members.models import Member

# How long a member who asked for it at the table has until the till. Then the points come back.
WAITS = timedelta(minutes=30)


class PayNotOffered(Refusal):
    code = "pay_not_offered"


class BadAmount(Refusal):
    code = "bad_amount"


def wallet_for(program: Program) -> Wallet | None:
    """What members of a program pay with, if they can: points, before cashback."""
    wallets = [wallet for wallet in program.wallets.all() if _pays(program, wallet)]
    return min(wallets, key=lambda it: it.kind == Wallet.Kind.CASHBACK, default=None)


def points_for(program: Program, amount_minor: int, wallet: Wallet | None = None) -> int:
    """What an amount of money costs. A fraction of a point costs a whole one."""
    wallet = wallet or wallet_for(program)
    if wallet is None or wallet.program_id != program.pk or not _pays(program, wallet):
        raise PayNotOffered(_("Points of this program cannot be used as money."))
    if not 0 < amount_minor <= MOST_MINOR:
        raise BadAmount(_("Give an amount above zero."))
    if wallet.kind == Wallet.Kind.CASHBACK:
        return amount_minor
    return -(-amount_minor * program.pay_points // program.pay_minor)


def most_payable(program: Program, points: int, wallet: Wallet) -> int:
    """The largest amount that so many points pay, in minor units."""
    if not _pays(program, wallet):
        return 0
    if wallet.kind == Wallet.Kind.CASHBACK:
        return points
    return points * program.pay_minor // program.pay_points


@transaction.atomic
def pay(
    member: Member,
    *,
    amount_minor: int,
    key: str,
    now: datetime,
    wallet: Wallet | None = None,
    by: By = None,
    location: Location | None = None,
    reference: str = "",
) -> Redemption:
    """Pay an amount. A member gets a code for the till; at the till itself it is used at once."""
    program = member.program
    wallet = wallet or wallet_for(program)
    points = points_for(program, amount_minor, wallet)
    assert wallet is not None
    book = spending.lock(program, member.account_id, now=now)
    if made := spending.made_before(member.account_id, "pay", key, worth_minor=amount_minor):
        return made
    spending.check_active(member.account_id)
    spending.check_hold(member, by, now=now)
    issue = Issue(
        account_id=member.account_id, key=f"pay:{key}", worth_minor=amount_minor,
        expires_at=now + WAITS, code=Code.new(),
    )  # fmt: skip
    issue.line = posting.redeem(
        book, posting.held(book, member.account_id, wallet.pk), points,
        key=issue.cause, source="pay", at=now, today=local_date(now, program.time_zone),
        explanation=[{"step": "paid", "amount_minor": amount_minor, "points": points}],
        cause_is_new=True,
    )  # fmt: skip
    posting.write(book)
    [made] = issuing.write(program.pk, [issue], now=now)
    if by is not None:
        vouchers.mark_used(made.voucher, now=now, by=by, location=location, reference=reference)
        spending.record("points.pay", made, program=program, now=now, by=by,
                        amount_minor=amount_minor, points=points, reference=reference)  # fmt: skip
    return made


def _pays(program: Program, wallet: Wallet) -> bool:
    if wallet.kind == Wallet.Kind.CASHBACK:
        return True
    return wallet.kind == Wallet.Kind.POINTS and program.pay_points > 0
