"""What staff decide about referrals that are in doubt: let one pass, refuse it, think again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.referrals import reasons
from campaigns.referrals.models import Referral, ReferralQuerySet
from campaigns.referrals.terms import FriendGets
from loyalty.flows import referral_gifts
from loyalty.flows.adjust import NeedsReason
from loyalty.flows.own_account import refuse_own
from loyalty.flows.referral_gifts import FRIEND, SIDES
from loyalty.merchants import trail
from loyalty.merchants.models import ApiKey, Staff
from loyalty.refusal import Refusal
from members.models import Member

By = Staff | ApiKey
State, Gift = Referral.State, Referral.Gift


class AlreadyDecided(Refusal):
    code = "referral_already_decided"


class CannotReopen(Refusal):
    code = "referral_cannot_be_reopened"


@transaction.atomic
def release(it: Referral, *, by: By, now: datetime, reason: str = "") -> Referral:
    """Nothing is wrong with it: it goes on as if it had never been held."""
    it = _locked(it, by)
    if it.is_released and not it.is_held:
        return it
    if not it.is_held or it.state not in (State.JOINED, State.BOUGHT):
        raise AlreadyDecided(_("Somebody has decided on this already."))
    _decide(it, by, now, is_held=False, is_released=True,
            due_at=now if it.state == State.BOUGHT else it.expires_at)  # fmt: skip
    if it.state == State.JOINED and it.promise.get("friend_gets") == FriendGets.ON_JOINING:
        referral_gifts.give(it, FRIEND, now=now)
    _record("referral.release", it, by=by, now=now, reason=reason)
    return it


@transaction.atomic
def refuse(it: Referral, *, by: By, now: datetime, reason: str) -> Referral:
    """It does not count. What was given for it already is taken back."""
    if not reason.strip():
        raise NeedsReason(_("Say why: your colleagues will read it."))
    it = _locked(it, by)
    if it.state == State.REFUSED and it.reason == reasons.STAFF:
        return it
    if it.state not in (State.JOINED, State.BOUGHT, State.CLEARED):
        raise AlreadyDecided(_("This one is over already."))
    _decide(it, by, now, state=State.REFUSED, reason=reasons.STAFF, is_held=False, due_at=None)
    for side in SIDES:
        referral_gifts.take(it, side, now=now)
    _record("referral.refuse", it, by=by, now=now, reason=reason)
    return it


@transaction.atomic
def reopen(it: Referral, *, by: By, now: datetime, reason: str = "") -> Referral:
    """Undo a decision: it is held again, and what was given for it meanwhile is taken back."""
    it = _locked(it, by)
    was_refused = it.state == State.REFUSED and it.reason == reasons.STAFF
    if it.is_held:
        return it
    if not was_refused and not (it.is_released and it.state != State.REFUSED):
        raise CannotReopen(_("Nobody has decided on this one, or a refund did."))
    if it.state == State.LAPSED:
        raise CannotReopen(_("The friend bought nothing in time, so there is nothing to decide."))
    for side in SIDES:
        referral_gifts.take(it, side, now=now)
    referral_gifts.anew(it)
    _decide(
        it, by, now, state=State.BOUGHT if it.purchase_id else State.JOINED, reason="",
        is_held=True, held_at=now, is_released=False, cleared_at=None, turn=it.turn,
        friend_gift=it.friend_gift, advocate_gift=it.advocate_gift,
        due_at=None if it.purchase_id else it.expires_at,
    )  # fmt: skip
    _record("referral.reopen", it, by=by, now=now, reason=reason)
    return it


def _locked(it: Referral, by: By) -> Referral:
    """The referral as it is now, its accounts locked before it as everybody does."""
    for account in (it.advocate_id, it.friend_id):
        member = Member.objects.filter(account=account).select_related("merged_into").first()
        refuse_own(
            member and member.survivor, by,
            _("Nobody decides on a referral of their own. Ask a colleague."),
        )  # fmt: skip
    referral_gifts.lock(it)
    rows: ReferralQuerySet = Referral.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("program").get(pk=it.pk)


def _decide(it: Referral, by: By, now: datetime, **fields: object) -> None:
    fields |= {"decided_by": by if isinstance(by, Staff) else None, "decided_at": now}
    for name, value in fields.items():
        setattr(it, name, value)
    it.save(update_fields=list(fields))


def _record(action: str, it: Referral, *, by: By, now: datetime, reason: str) -> None:
    trail.record(
        action, f"referral:{it.public_id}", program=it.program, now=now, by=by,
        after={"state": str(it.state)}, reason=reason.strip(),
    )  # fmt: skip
