"""How staff decide on what was handed in: once, told to the member, and undone where they erred."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from campaigns.contributions.models import Call, Contribution
from loyalty.days import local_date
from loyalty.flows import announcing, contributions, prizes
from loyalty.flows.adjust import NeedsReason
from loyalty.flows.contributions import AlreadyDecided, By, pictures_of
from loyalty.flows.own_account import refuse_own
from loyalty.merchants.models import Staff
from loyalty.messaging import outbox
from loyalty.messaging.models import Message
from loyalty.refusal import Refusal
from members import finding
from members.models import Member

State = Contribution.State
LONGEST_REASON = 500
# A letter leaves so long after the decision, so that a slip can be undone before it is told.
TO_THINK = timedelta(minutes=2)


class CannotUndo(Refusal):
    code = "cannot_undo"


@transaction.atomic
def approve(contribution: Contribution, *, by: By, now: datetime, reason: str = "") -> Contribution:
    """Take what was handed in, and give what was promised for it. Of two at once, one decides."""
    made, member = _decide(contribution, State.APPROVED, by=by, now=now, reason=reason.strip())
    for number, prize in enumerate(made.given):
        prizes.give(
            member, prize, key=f"{made.key}/{number}", source=made.call.source, at=now,
            reason=made.call.name,
        )  # fmt: skip
    _write_to(made, member, now=now)
    contributions.record("contribution.approve", made, member, by=by, now=now, reason=made.reason)
    return made


@transaction.atomic
def reject(contribution: Contribution, *, by: By, now: datetime, reason: str) -> Contribution:
    """Do not take it. The member is told why, and may hand in another."""
    if not reason.strip():
        raise NeedsReason(_("Say why: the member will read it."))
    made, member = _decide(contribution, State.REJECTED, by=by, now=now, reason=reason.strip())
    _write_to(made, member, now=now)
    contributions.record("contribution.reject", made, member, by=by, now=now, reason=made.reason)
    return made


@transaction.atomic
def undo(contribution: Contribution, *, by: Staff, now: datetime) -> Contribution:
    """Let it wait again. What an approval gave is taken back; a letter not sent yet is dropped."""
    member = _locked_member(contribution, by)
    made = _row(contribution)
    if made.state not in (State.APPROVED, State.REJECTED):
        raise CannotUndo(_("Nobody has decided on this, so there is nothing to undo."))
    for number, prize in enumerate(made.given):
        prizes.take_back(
            member, prize, key=f"{made.key}/{number}", source=made.call.source, at=now,
            reason=made.call.name,
        )  # fmt: skip
    Message.objects.filter(
        program=made.program_id, key=_letter_key(made), status=Message.Status.OWED
    ).delete()
    was = made.state
    made.state, made.decided_at, made.decided_by, made.reason, made.given = (
        State.WAITING, None, None, "", [],
    )  # fmt: skip
    _save_undone(made)
    pictures_of(made).update(drop_on=None)
    contributions.record(f"contribution.undo_{_VERBS[State(was)]}", made, member, by=by, now=now)
    return made


_VERBS = {State.APPROVED: "approve", State.REJECTED: "reject"}


def worth(call: Call, *, with_picture: bool) -> list[dict[str, Any]]:
    """The prizes of an approval."""
    return [*call.prizes, *(call.picture_prizes if with_picture else [])]


def _decide(
    contribution: Contribution, state: str, *, by: By, now: datetime, reason: str
) -> tuple[Contribution, Member]:
    if len(reason) > LONGEST_REASON:
        raise NeedsReason(
            _("This is too long: at most %(most)s letters.") % {"most": LONGEST_REASON}
        )
    member = _locked_member(contribution, by)
    made = _row(contribution)
    has_picture = bool(made.picture_link) or pictures_of(made).exists()
    given = worth(made.call, with_picture=has_picture) if state == State.APPROVED else []
    waiting = Contribution.objects.waiting().filter(pk=made.pk)
    if not waiting.update(
        state=state, decided_at=now, decided_by=by.user if isinstance(by, Staff) else None,
        reason=reason, given=given, decisions=F("decisions") + 1,
    ):  # fmt: skip
        raise AlreadyDecided(_("Somebody has decided on this already."))
    made.refresh_from_db()
    today = local_date(now, made.program.time_zone)
    pictures_of(made).update(drop_on=today + timedelta(days=made.call.keep_days))
    return made, member


def _locked_member(contribution: Contribution, by: By) -> Member:
    member = finding.behind(contribution.account)
    if member is None:
        raise finding.unknown_member()
    refuse_own(member, by, _("Nobody decides on what they handed in themselves. Ask a colleague."))
    return finding.locked(member.survivor)


def _row(contribution: Contribution) -> Contribution:
    rows = Contribution.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("call__program", "program", "account").get(pk=contribution.pk)


def _save_undone(made: Contribution) -> None:
    """It counts again; unless the member has handed in another instead."""
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as taken:
        raise CannotUndo(
            _("The member has handed in another one since: decide on that instead.")
        ) from taken


def _letter_key(made: Contribution) -> str:
    return f"{made.key}/decided"


def _write_to(made: Contribution, member: Member, *, now: datetime) -> None:
    """They asked for an answer, so it comes whatever letters they want else."""
    letter = announcing.letter_to(
        member, "contribution_decided", key=_letter_key(made), due_at=now + TO_THINK,
        call=dict(made.call.name), is_review=made.call.is_review,
        product=made.product_name or made.product, is_taken=made.state == State.APPROVED,
        reason=made.reason, earned=_earned(made),
    )  # fmt: skip
    outbox.owe([letter], now=now)


def _earned(made: Contribution) -> dict[str, str]:
    told = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            told[code] = ", ".join(prizes.told_all(made.given))
    return told
