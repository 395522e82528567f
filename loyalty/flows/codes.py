"""How a code on a product becomes points or a prize: found, taken once, and paid.

A member is told the same of a code that is wrong, that somebody else had, and that is over: whoever
tries codes learns nothing. The merchant's machines are told which it is, if they ask.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from campaigns.codes import (
    secrets,
)
from campaigns.codes import (
    telling as _telling,  # noqa: F401 Makes known how its step is told.
)
from campaigns.codes.models import CodeBatch, CodeUse, ProductCode
from loyalty import formats
from loyalty.days import local_date
from loyalty.earning import telling
from loyalty.earning.activity import PRODUCT_CODE, Award
from loyalty.earning.rulebook import rulebook_for
from loyalty.earning.telling import Told
from loyalty.flows import earn, redeem
from loyalty.flows.causes import of_activity
from loyalty.flows.spending import MemberNotActive
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal
from loyalty.rewards import supply
from loyalty.rewards.models import Redemption
from loyalty.rewards.shelf import shelf_for
from loyalty.rewards.supply import SoldOut
from members import finding
from members.models import Member

LONGEST_CODE = 200  # As it is typed, or as the link that a camera read.
LINK = "/c/"  # What stands before the code in the link that is printed.
SOURCE = "codes"


class CodeRefused(Refusal):
    """``why`` in its facts is for the merchant: "unknown", "used", "voided", "early", "over"."""

    code = "code_refused"

    def __init__(self, why: str) -> None:
        super().__init__(
            _("This code cannot be used. Perhaps a letter is mistyped, it was used before, or it "
              "is not good now."),
            why=why,
        )  # fmt: skip


class CodeLimitReached(Refusal):
    code = "code_limit_reached"


class PrizeGone(Refusal):
    code = "prize_gone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What telling a code came to."""

    use: CodeUse
    is_new: bool  # Else they had it before, and got nothing more.
    points: dict[int, int] = field(default_factory=dict)  # By wallet, with what rules gave for it.
    prize: Redemption | None = None


def told_code(text: str) -> str:
    """The code of what somebody typed, or of the link that a camera read."""
    text = text.strip()
    if LINK in text:
        text = text.rsplit(LINK, 1)[1].partition("?")[0].strip("/")
    return text


def find(program: Program, text: str) -> ProductCode | None:
    """The code of a program that somebody told, whatever became of it."""
    code = told_code(text)
    if not 0 < len(code) <= LONGEST_CODE:
        return None
    found = ProductCode.objects.filter(program=program, code_hash__in=secrets.hashes_of(code))
    return found.select_related("batch__wallet", "batch__reward", "batch__program").first()


def programs_with(text: str, *, now: datetime) -> list[Program]:
    """In which programs a code gives something now; empty for all that give nothing."""
    code = told_code(text)
    if not 0 < len(code) <= LONGEST_CODE:
        return []
    found = ProductCode.objects.filter(code_hash__in=secrets.hashes_of(code))
    found = found.select_related("batch", "program__merchant").order_by("program_id")
    return [it.program for it in found if why_not(it, now) is None]


def why_not(code: ProductCode, now: datetime) -> str | None:
    """Why a code gives nothing to somebody new; None if it does."""
    batch = code.batch
    if code.voided_at or batch.voided_at:
        return "voided"
    if batch.starts_at and now < batch.starts_at:
        return "early"
    if batch.ends_at and now >= batch.ends_at:
        return "over"
    return "used" if code.used_at and not batch.is_shared else None


def gives(batch: CodeBatch) -> str:
    """What each of its codes gives, in a few words."""
    if batch.wallet is None or batch.points is None:
        return str(batch.reward)
    batch.wallet.program = batch.program  # What prints points asks for its currency.
    return formats.points(batch.points, batch.wallet)


@transaction.atomic
def collect(member: Member, text: str, *, now: datetime, how: str = "portal") -> Collected:
    """Give a member what a code gives. Telling it again gives nothing more."""
    member = finding.locked(member.survivor)
    program = member.program
    if member.state != Member.State.ACTIVE:
        raise MemberNotActive(_("This membership is not active, so nothing can be collected."))
    code = find(program, text)
    if code is None:
        raise CodeRefused("unknown")
    theirs = _uses_of(member)
    if had := theirs.filter(code=code).first():
        return Collected(use=had, is_new=False)
    if why := why_not(code, now):
        raise CodeRefused(why)
    today = local_date(now, program.time_zone)
    _check_limits(code.batch, theirs.filter(batch=code.batch), today)
    _take(code, now)
    use = CodeUse.objects.create(
        batch=code.batch, code=code, account_id=member.account_id, used_on=today, used_at=now,
        how=how,
    )  # fmt: skip
    return _pay(member, use, now=now)


def _uses_of(member: Member) -> QuerySet[CodeUse]:
    """Also of the memberships that are part of theirs: one person has a code once."""
    whose = Q(account=member.account_id) | Q(account__member__merged_into=member.pk)
    return CodeUse.objects.filter(whose).select_related("batch__wallet", "batch__reward")


def _check_limits(batch: CodeBatch, had: QuerySet[CodeUse], today: date) -> None:
    """Counted under the lock of the member, so that no two of their tries see the same."""
    if batch.member_limit is not None and had.count() >= batch.member_limit:
        raise CodeLimitReached(
            _("You have collected as many of these codes as one member can: %(most)s.")
            % {"most": batch.member_limit},
            limit=batch.member_limit,
        )
    daily = batch.member_daily_limit
    if daily is not None and had.filter(used_on=today).count() >= daily:
        raise CodeLimitReached(
            _("That is all for today: %(most)s of these codes a day. Keep it for tomorrow.")
            % {"most": daily},
            limit=daily,
        )


def _take(code: ProductCode, now: datetime) -> None:
    """Whoever changes the row has it. A shared code has nothing to change but its total."""
    batch = code.batch
    if not batch.is_shared:
        unused = ProductCode.objects.filter(pk=code.pk, used_at=None, voided_at=None)
        if not unused.update(used_at=now):
            raise CodeRefused("used")
    if batch.total_limit is not None:
        left = CodeBatch.objects.filter(pk=batch.pk, used__lt=F("total_limit"))
        if not left.update(used=F("used") + 1):
            raise CodeRefused("over")


def _pay(member: Member, use: CodeUse, *, now: datetime) -> Collected:
    """It enters like any other activity, so that rules, tiers and full cards see it too."""
    program, batch = member.program, use.batch
    rulebook = rulebook_for(program.pk, program.version)
    if batch.reward_id:
        # All that may be taken is locked first, in one order.
        shelf = shelf_for(program.pk, program.version)
        supply.hold({batch.reward_id, *(reward.id for reward in shelf)})
    told = Told(
        account_id=member.account_id, kind=PRODUCT_CODE, source=SOURCE,
        reference=f"{use.code_id}:{member.account_id}", occurred_at=now, subject=batch.public_id,
    )  # fmt: skip
    [recorded] = telling.record(program.pk, [told], now=now)
    cause = replace(of_activity(recorded), owed=_award(batch))
    earned = earn.earn(rulebook, [cause], now=now)
    points: Counter[int] = Counter()
    for line in earned.get(cause.key, ()):
        points[line.held.wallet_id] += line.points
    return Collected(
        use=use,
        is_new=True,
        points=dict(points),
        prize=_prize(member, use, now=now) if batch.reward_id else None,
    )


def _award(batch: CodeBatch) -> tuple[Award, ...]:
    if batch.wallet_id is None or batch.points is None:
        return ()
    step = {"step": "product_code", "name": dict(batch.name), "gives": str(batch.points)}
    return (
        Award(
            wallet_id=batch.wallet_id, points=batch.points, source=batch.source, steps=(step,),
        ),
    )  # fmt: skip


def _prize(member: Member, use: CodeUse, *, now: datetime) -> Redemption:
    assert use.batch.reward
    try:
        return redeem.gift(member, use.batch.reward, key=f"code:{use.pk}", now=now)
    except (SoldOut, redeem.NotOnOffer) as error:
        raise PrizeGone(
            _("The prize of this code is all gone. Keep the code: it was not used up."),
        ) from error
