"""What staff do for members by hand, at the counter and at the desk. All of it is on record."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from loyalty.flows import earn, pay, redeem, vouchers
from loyalty.flows import enroll as joining
from loyalty.flows import refund as refunds
from loyalty.flows.outcomes import Outcome
from loyalty.flows.own_account import refuse_own
from loyalty.flows.refund import RefundOutcome
from loyalty.merchants import trail
from loyalty.merchants.models import Location, Program, Staff
from loyalty.messaging import delivery, waking
from loyalty.messaging.models import Message
from loyalty.purchases.models import Purchase, Refund
from loyalty.purchases.sale import Return, ReturnLine, Sale, SaleLine
from loyalty.refusal import Refusal
from loyalty.rewards.models import Redemption, Reward, Voucher
from members import finding
from members.consents import Choices
from members.models import Member

COUNTER, DESK = "counter", "desk"  # Who told us of the sale.


class LetterOnItsWay(Refusal):
    code = "letter_on_its_way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """A sale that somebody entered: what it earned, and what points paid of it."""

    outcome: Outcome
    paid: Redemption | None = None


@transaction.atomic
def sell(
    member: Member,
    line: SaleLine,
    *,
    source: str,
    reference: str,
    now: datetime,
    by: Staff,
    made_at: datetime | None = None,
    paid_minor: int = 0,
    payment_method: str = "",
    location: Location | None = None,
) -> Sold:
    """Enter a sale; points may pay a part of it. The same reference is one sale, however often."""
    refuse_own(member, by, _("Nobody enters sales for an account of their own. Ask a colleague."))
    program = member.program
    # Of two clicks, the second waits here and finds the sale of the first.
    finding.locked(member)
    told = Purchase.objects.filter(program=program, source=source, reference=reference)
    known = told.values_list("made_at", flat=True).first()
    sale = Sale(
        source=source, reference=reference, made_at=made_at or known or now, lines=(line,),
        account_id=member.account_id, payment_method=payment_method, channel=COUNTER,
        location_id=location.pk if location else None,
        location_code=location.code if location else "", points_paid_minor=paid_minor,
    )  # fmt: skip
    paid = _pay(member, sale, now=now, by=by, location=location) if paid_minor else None
    outcome = earn.from_purchase(program, sale, now=now)
    if outcome.status != "repeated":
        trail.record(
            "sale.enter", f"member:{member.public_id}", program=program, now=now, by=by,
            after={"amount_minor": line.amount_minor, "reference": reference, "source": source},
        )  # fmt: skip
    return Sold(outcome=outcome, paid=paid)


@transaction.atomic
def take_back(
    purchase: Purchase,
    *,
    key: str,
    now: datetime,
    by: Staff,
    amount_minor: int | None = None,
    lines: Sequence[ReturnLine] = (),
    reason: str = "",
) -> RefundOutcome:
    """Refund a sale: some lines, an amount, or all that is left. The same key does it once."""
    program = purchase.program
    owner = Member.objects.filter(account=purchase.account_id).first()
    refuse_own(owner, by, _("Nobody refunds sales of an account of their own. Ask a colleague."))
    _wait_for_the_first_click(purchase)
    told = Refund.objects.filter(program=program, source=DESK, reference=key)
    known = told.values_list("made_at", flat=True).first()
    ret = Return(
        source=DESK, reference=key, made_at=known or now, purchase_id=purchase.pk,
        amount_minor=amount_minor, lines=tuple(lines),
    )  # fmt: skip
    outcome = refunds.refund(program, ret, now=now)
    if outcome.status == "refunded":
        trail.record(
            "sale.refund", f"purchase:{purchase.public_id}", program=program, now=now, by=by,
            after={"amount_minor": outcome.matched_minor, "reference": purchase.reference},
            reason=reason.strip(),
        )  # fmt: skip
    return outcome


@transaction.atomic
def enroll(
    program: Program,
    *,
    now: datetime,
    by: Staff,
    name: str = "",
    email: str = "",
    phone: str = "",
    external_id: str = "",
    birthday: date | None = None,
    language: str | None = None,
    choices: Choices | None = None,
) -> Member:
    """Make somebody a member who asked for it at the counter."""
    return joining.enroll(
        program, now=now, name=name, email=email, phone=phone, external_id=external_id,
        birthday=birthday, language=language, choices=choices, how="staff", by=by,
    )  # fmt: skip


@transaction.atomic
def hand_over(
    member: Member,
    reward: Reward,
    *,
    key: str,
    now: datetime,
    by: Staff,
    location: Location | None = None,
) -> Redemption:
    """Redeem a reward and give the thing at once, so that no voucher is left to use."""
    made = redeem.redeem(member, reward, key=key, now=now, by=by, letters=False)
    if made.voucher.status == Voucher.Status.READY:
        vouchers.mark_used(made.voucher, now=now, by=by, location=location, reference="")
    return made


@transaction.atomic
def send_again(message: Message, *, now: datetime, by: Staff) -> None:
    """Try a letter again that was given up."""
    assert message.program  # Those about signing in are nobody's to send again.
    if not delivery.owe_again(message, now=now):
        raise LetterOnItsWay(_("This letter was sent meanwhile, or waits to be sent."))
    trail.record(
        "letter.retry", f"letter:{message.template}", program=message.program, now=now, by=by,
        after={"template": message.template},
    )  # fmt: skip
    transaction.on_commit(waking.wake)


@transaction.atomic
def exported(program: Program, *, what: str, rows: str, now: datetime, by: Staff) -> None:
    """Write down who took a list of people along."""
    trail.record(
        f"{what}.export", f"program:{program.public_id}", program=program, now=now, by=by,
        after={"rows": rows},
    )  # fmt: skip


@transaction.atomic
def copied(member: Member, *, now: datetime, by: Staff) -> None:
    """Write down who took a copy of all that is kept of somebody."""
    trail.record(
        "member.copy", f"member:{member.public_id}", program=member.program, now=now, by=by
    )


def _wait_for_the_first_click(purchase: Purchase) -> None:
    """Not by the sale's own row where it is somebody's: refunds lock that after the account."""
    if purchase.account_id:
        owner = Member.objects.select_for_update(no_key=True).filter(account=purchase.account_id)
        owner.first()
    else:
        Purchase.objects.select_for_update(no_key=True).get(pk=purchase.pk)


def _pay(
    member: Member, sale: Sale, *, now: datetime, by: Staff, location: Location | None
) -> Redemption:
    return pay.pay(
        member, amount_minor=sale.points_paid_minor, key=f"{sale.source}:{sale.reference}",
        now=now, by=by, location=location, reference=sale.reference,
    )  # fmt: skip
