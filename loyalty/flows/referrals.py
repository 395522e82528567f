"""How a member brings a friend: the code, who joins with it, and what time does to the two."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from campaigns.referrals import reasons
from campaigns.referrals.evidence import seen_of
from campaigns.referrals.models import Referral, ReferralCode
from campaigns.referrals.signals import Signal, holds, signals_for
from campaigns.referrals.terms import Promise, terms_for
from loyalty.days import local_date, start_of
from loyalty.flows import referral_gifts
from loyalty.flows.referral_gifts import FRIEND, SIDES
from loyalty.flows.settings import one_at_a_time
from loyalty.ledger import posting
from loyalty.merchants import trail
from loyalty.merchants.models import ApiKey, Program
from loyalty.public_ids import random_text
from loyalty.purchases.models import Purchase
from loyalty.refusal import Refusal
from members.joining import CARD_ALPHABET
from members.models import Member

State, Gift = Referral.State, Referral.Gift
CODE_LENGTH = 8
BITE = 200
LATER = timedelta(hours=1)  # What cannot be done now is tried again then.
A_DAY = timedelta(days=1)  # A reward that has run out.

logger = logging.getLogger(__name__)


class UnknownCode(Refusal):
    code = "unknown_referral_code"


class CannotBeInvited(Refusal):
    """They were here before, were invited already, or invited whose code it is."""

    code = "cannot_be_invited"


class ReferralsOff(Refusal):
    code = "referrals_off"


# --- The code ------------------------------------------------------------------------------------


def code_of(member: Member) -> str:
    """A member's own code, made when it is first asked for."""
    found = ReferralCode.objects.filter(account=member.account_id).first()
    while found is None:
        code = random_text(CARD_ALPHABET, CODE_LENGTH)
        try:
            with transaction.atomic():
                found, _is_new = ReferralCode.objects.get_or_create(
                    account_id=member.account_id,
                    defaults={"program_id": member.program_id, "code": code},
                )
        except IntegrityError:  # One chance in 10**11: somebody has that code.
            found = None
    return found.code


def advocate_of(program: Program, code: str) -> Member | None:
    """Whose code it is, however it is typed; None where there is nobody who may invite."""
    plain = "".join(it for it in code.upper() if it in CARD_ALPHABET)
    if len(plain) != CODE_LENGTH:
        return None
    held = Member.objects.filter(
        program=program, account__referral_code__code=plain, account__referral_code__program=program
    )
    for member in held.select_related("merged_into"):
        found = member.survivor
        found.program = program
        return found if found.state == Member.State.ACTIVE else None
    return None


def check_code(program: Program, code: str) -> None:
    """Refuse a code that is nobody's. Where nobody invites at all, any code means nothing."""
    if is_on(program) and advocate_of(program, code) is None:
        raise UnknownCode(_("There is no such code. Look at it again."), field="referred_by")


def is_on(program: Program) -> bool:
    terms = terms_for(program.pk, program.version)
    return terms is not None and terms.is_on


# --- Who came with it ----------------------------------------------------------------------------


def bring(
    member: Member, code: str, *, now: datetime, network: str = "", letters: bool = True
) -> Referral | None:
    """Somebody joins with a code: inside the transaction that made them a member.

    Nobody can have been invited by who did not exist, so there is no circle to look for.
    """
    program = member.program
    if not is_on(program) or (advocate := advocate_of(program, code)) is None:
        return None
    return _bring(advocate, member, now=now, network=network, letters=letters)


@transaction.atomic
def enter_code(
    member: Member, code: str, *, now: datetime, network: str = "", by: ApiKey | None = None
) -> Referral:
    """A member says afterwards who invited them: once, before they have bought anything."""
    program = member.program
    if not is_on(program):
        raise ReferralsOff(_("Members cannot invite friends at the moment."))
    if (advocate := advocate_of(program, code)) is None:
        raise UnknownCode(_("There is no such code. Look at it again."), field="code")
    # One after the other: two who enter each other's codes at once would make a circle.
    one_at_a_time(program)
    posting.ask_for_lock([advocate.account_id, member.account_id])()
    known = Referral.objects.filter(friend=member.account_id).first()
    if known and known.advocate_id == advocate.account_id:
        return known
    _check_may_enter(member, advocate, known, now=now)
    if by:
        trail.record(
            "referral.enter", f"member:{member.public_id}", program=program, now=now, by=by,
            after={"code": code},
        )  # fmt: skip
    return _bring(advocate, member, now=now, network=network, letters=True)


def may_enter_code(member: Member, *, now: datetime) -> bool:
    """Whether somebody may still say who invited them."""
    terms = terms_for(member.program_id, member.program.version)
    if terms is None or not terms.is_on or member.state != Member.State.ACTIVE:
        return False
    in_time = now < member.enrolled_at + timedelta(days=terms.within_days)
    is_free = not Referral.objects.filter(friend=member.account_id).exists()
    return in_time and is_free and not _has_bought(member)


def _check_may_enter(
    member: Member, advocate: Member, known: Referral | None, *, now: datetime
) -> None:
    if advocate.pk == member.pk:
        raise CannotBeInvited(_("This is your own code. Give it to a friend."), field="code")
    if known:
        raise CannotBeInvited(_("Another member invited you first."), field="code")
    if _has_bought(member):
        raise CannotBeInvited(
            _("A code counts before the first purchase. You have bought here already."),
            field="code",
        )
    if not may_enter_code(member, now=now):
        raise CannotBeInvited(_("You joined too long ago to be invited."), field="code")
    if member.account_id in _above(advocate):
        raise CannotBeInvited(
            _("You invited this member, or they came through you. It does not go both ways."),
            field="code",
        )


def _above(member: Member) -> set[int]:
    """The accounts through whom somebody came: who invited them, who invited those, and so on."""
    found: set[int] = set()
    account: int | None = member.account_id
    while account is not None and account not in found:
        found.add(account)
        account = Referral.objects.filter(friend=account).values_list("advocate", flat=True).first()
    return found - {member.account_id}


def _has_bought(member: Member) -> bool:
    return Purchase.objects.filter(account=member.account_id).exists()


def _bring(
    advocate: Member, friend: Member, *, now: datetime, network: str, letters: bool
) -> Referral:
    program = friend.program
    terms = terms_for(program.pk, program.version)
    assert terms is not None
    promise = Promise.of(terms)
    today = local_date(now, program.time_zone)
    expires_at = start_of(today + timedelta(days=promise.within_days + 1), program.time_zone)
    it = Referral(
        program=program, advocate_id=advocate.account_id, friend_id=friend.account_id,
        promise=promise.written(), joined_at=now, expires_at=expires_at, network=network,
        due_at=expires_at,
    )  # fmt: skip
    if _is_customer(friend, now=now):
        it.state, it.reason, it.due_at = State.REFUSED, reasons.CUSTOMER, None
        it.save()
        return it
    it.save()
    it.signals = [signal.written() for signal in judge(program, [it], now=now)[it.pk]]
    if _holds(it):
        it.is_held, it.held_at = True, now
    it.save(update_fields=["signals", "is_held", "held_at"])
    if not it.is_held and promise.friend_gets == "joining":
        referral_gifts.give(it, FRIEND, now=now, letters=letters)
    return it


def _is_customer(friend: Member, *, now: datetime) -> bool:
    """Whether sales wait under a contact that is shown to be theirs, from before today."""
    today = local_date(now, friend.program.time_zone)
    unclaimed = Purchase.objects.unclaimed(friend.program).filter(made_on__lt=today)
    by_email = friend.email and friend.email_verified_at
    by_phone = friend.phone and friend.phone_verified_at
    return bool(
        (by_email and unclaimed.filter(contact_email=friend.email).exists())
        or (by_phone and unclaimed.filter(contact_phone=friend.phone).exists())
    )


# --- What speaks against it ----------------------------------------------------------------------


def judge(
    program: Program, referrals: Sequence[Referral], *, now: datetime
) -> dict[int, list[Signal]]:
    """What speaks against some referrals by now, each by its number."""
    seen = seen_of(program, referrals, at=now)
    return {it.pk: signals_for(seen[it.pk]) if it.pk in seen else [] for it in referrals}


def _holds(it: Referral) -> bool:
    return holds([Signal(**told) for told in it.signals])


# --- What time does ------------------------------------------------------------------------------


def advance_due(*, now: datetime, limit: int = BITE) -> int:
    """Look at one bite of the referrals that something is due for; say how many were."""
    due = Referral.objects.due(now).order_by("due_at", "pk").select_related("program")
    found = list(due[:limit])
    told: dict[int, list[Signal]] = {}
    for program in {it.program for it in found}:
        told |= judge(program, [
            it for it in found
            if it.program_id == program.pk and it.state == State.BOUGHT and not it.is_released
        ], now=now)  # fmt: skip
    for it in found:
        try:
            with transaction.atomic():
                _advance(it, told.get(it.pk), now)
        except Exception:  # One that fails must not keep the others waiting.
            logger.exception("Referral %s does not go on.", it.public_id)
            Referral.objects.filter(pk=it.pk).update(due_at=now + LATER)
    return len(found)


def _advance(it: Referral, signals: list[Signal] | None, now: datetime) -> None:
    same = Referral.objects.filter(pk=it.pk, state=it.state, due_at=it.due_at)
    if it.state == State.JOINED:
        is_over = it.expires_at <= now
        same.update(
            state=State.LAPSED if is_over else State.JOINED, is_held=it.is_held and not is_over,
            due_at=None if is_over else it.expires_at,
        )  # fmt: skip
    elif it.state == State.BOUGHT:
        _go_on(it, signals, now)
    elif it.state == State.CLEARED:
        referral_gifts.lock(it)
        if same.update(due_at=None):
            _settle(it, now)
    elif it.state == State.REFUSED:
        referral_gifts.lock(it)
        if same.update(due_at=None):
            for side in SIDES:
                referral_gifts.take(it, side, now=now)
    else:
        same.update(due_at=None)


def _go_on(it: Referral, signals: list[Signal] | None, now: datetime) -> None:
    """A friend has bought: hold what is in doubt, wait for the return window, then reward."""
    assert it.clears_at is not None
    waiting = Referral.objects.filter(
        pk=it.pk, state=State.BOUGHT, due_at=it.due_at, is_held=it.is_held,
        is_released=it.is_released,
    )  # fmt: skip
    if signals is not None:
        it.signals = [signal.written() for signal in signals]
    if it.is_held:
        waiting.update(signals=it.signals, due_at=None)
    elif not it.is_released and _holds(it):
        waiting.update(is_held=True, held_at=now, signals=it.signals, due_at=None)
    elif now < it.clears_at:
        waiting.update(signals=it.signals, due_at=it.clears_at)
    else:
        referral_gifts.lock(it)
        if waiting.update(
            state=State.CLEARED, cleared_at=now, signals=it.signals, due_at=None
        ):  # fmt: skip
            _settle(it, now)


def _settle(it: Referral, now: datetime) -> None:
    """Give both what they were promised. What has run out is tried again tomorrow."""
    it = Referral.objects.select_related("program").get(pk=it.pk)
    given = [referral_gifts.give(it, side, now=now) for side in SIDES]
    if not all(given):
        Referral.objects.filter(pk=it.pk).update(due_at=now + A_DAY)
