"""How a person is forgotten, and the books are kept: the account stays, and is nobody's.

``ask`` gives two weeks to think again; ``erase`` is for good. What a person had is forfeited by an
entry like any other, what they owed is borne, and everything that tells of them is taken away.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice

from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from campaigns.activities.models import ActivityClaim
from campaigns.challenges.models import Mark
from campaigns.wheel.models import Spin
from loyalty.earning.models import ActivityRecord, CapUsage
from loyalty.flows import (
    answering,
    contest_entries,
    contributions,
    leave,
    redeem,
    referral_people,
)
from loyalty.flows.own_account import refuse_own
from loyalty.inbox import receiving
from loyalty.ledger import posting
from loyalty.ledger.models import Remark
from loyalty.merchants import requests, trail
from loyalty.merchants.models import ApiKey, Program, Staff, User
from loyalty.messaging.models import Message
from loyalty.purchases.models import Purchase
from loyalty.rewards.models import Redemption, Voucher
from members import finding
from members.models import Member, Merge, Proposal, TierStatus

GRACE = timedelta(days=14)
BITE = 500
# Why somebody was forgotten, in words that tell nothing of them: the trail keeps these for ever.
REASONS = ("portal", "letter", "counter", "duty", "time")

By = Staff | ApiKey | None


@transaction.atomic
def ask(member: Member, *, now: datetime, by: By = None, reason: str = "portal") -> Member:
    """They leave now and are forgotten in two weeks, unless they come back before."""
    refuse_own(member, by, _("Nobody erases an account of their own. Ask a colleague."))
    member = leave.leave(finding.locked(member), now=now, by=by)
    asked = Member.objects.filter(pk=member.pk, state=Member.State.LEFT, erase_at=None)
    if asked.update(erase_at=now + GRACE):
        member.refresh_from_db()
        trail.record(
            "member.ask_erase", _subject(member), program=member.program, now=now, by=by,
            after={"reason": reason},
        )  # fmt: skip
    return member


@transaction.atomic
def erase(member: Member, *, now: datetime, by: By = None, reason: str = "portal") -> bool:
    """Forget somebody for good. The second time there is nobody to forget: False."""
    refuse_own(member, by, _("Nobody erases an account of their own. Ask a colleague."))
    found = Member.objects.select_for_update(of=("self",)).order_by("pk")
    # With all memberships that became part of this one, which go first.
    them = Q(pk=member.survivor.pk) | Q(merged_into=member.survivor.pk)
    people = list(found.filter(them).select_related("program", "user"))
    people.sort(key=lambda it: it.merged_into_id is None)
    for person in people:
        _give_up_what_they_hold(person, now=now)
        _forget(person, was_shown=by is not None, now=now)
    Merge.objects.filter(kept__in=people).delete()
    for person in people:
        user = person.user
        person.delete()
        _forget_sign_in(user)
        trail.record(
            "member.erase", _subject(person), program=person.program, now=now, by=by,
            after={"reason": reason},
        )  # fmt: skip
    return bool(people)


def erase_due(program: Program, *, now: datetime) -> Iterator[int]:
    """Forget those whose two weeks are over, one in a transaction."""
    due = Member.objects.filter(program=program).to_erase(now).order_by("pk")
    while found := list(due[:BITE]):
        for member in found:
            _erase_if_due(member, now)
            yield member.pk


@transaction.atomic
def _erase_if_due(member: Member, now: datetime) -> None:
    """Somebody may have come back at the last moment."""
    still = Member.objects.select_for_update().to_erase(now).filter(pk=member.pk)
    for person in still:
        erase(person, now=now)


# --- What they hold ------------------------------------------------------------------------------


def _give_up_what_they_hold(person: Member, *, now: datetime) -> None:
    """Vouchers lapse; no point of theirs is owed to anybody, and none by them."""
    program, accounts = person.program, [person.account_id]
    waiting = Redemption.objects.filter(account__in=accounts, voucher__status=Voucher.Status.READY)
    for paid in waiting.filter(reward=None).select_related("program").order_by("pk"):
        redeem.cancel(paid, now=now)
    book = posting.open_book(program.pk, program.time_zone, accounts, now=now)
    ready = Voucher.objects.filter(redemption__account__in=accounts, status=Voucher.Status.READY)
    ready.update(status=Voucher.Status.EXPIRED)
    for held in list(book.balances.values()):
        posting.forfeit(book, held, key="erasure", source="erasure", at=now)
    posting.write(book)


# --- What tells of them --------------------------------------------------------------------------


def _forget(person: Member, *, was_shown: bool, now: datetime) -> None:
    """Take away what rows beside the member's own tell of a person."""
    account, program = person.account_id, person.program
    Message.objects.filter(program=program, account_id=account).delete()
    Remark.objects.filter(entry__balance__account=account).delete()
    Proposal.objects.filter(account=account).delete()
    CapUsage.objects.filter(account=account).delete()
    ActivityClaim.objects.filter(account=account).delete()
    answering.forget(person)
    contributions.forget(person)
    TierStatus.objects.filter(account=account).delete()
    Mark.objects.filter(account=account).delete()
    Spin.objects.filter(account=account).update(word="", card="")
    ActivityRecord.objects.filter(account=account).exclude(subject="").update(subject="")
    referral_people.forget(program, account, now=now)
    contest_entries.clear([account])
    requests.make_nobodys(program.pk, [person.public_id])
    receiving.forget_person(program, account_id=account, public_id=person.public_id)
    _forget_contacts(person, was_shown=was_shown)
    trail.forget(program, [_subject(person)])
    sold = Purchase.objects.filter(account=account).values_list("public_id", flat=True)
    for sales in _bites(sold.iterator()):
        trail.forget(program, [f"purchase:{public_id}" for public_id in sales])


def _forget_contacts(person: Member, *, was_shown: bool) -> None:
    """Sales that wait under an address are forgotten with it, if it is known to be theirs.

    Else anybody could join with somebody's address, leave, and take their sales from them.
    """
    unclaimed = Purchase.objects.unclaimed(person.program)
    if person.email and (person.email_verified_at or was_shown):
        unclaimed.filter(contact_email=person.email).update(contact_email="", contact_phone="")
    if person.phone and (person.phone_verified_at or was_shown):
        unclaimed.filter(contact_phone=person.phone).update(contact_email="", contact_phone="")


def _forget_sign_in(user: User | None) -> None:
    """Who signs in nowhere else, as a member or at work, has no account to sign in to either."""
    if user is None or user.is_staff or user.is_superuser:
        return
    if user.memberships.exists() or user.posts.exists():
        return
    keys = [key for key in user.devices.values_list("session_key", flat=True) if key]
    Session.objects.filter(session_key__in=keys).delete()
    addresses = EmailAddress.objects.filter(user=user)
    # What the house itself wrote to them, about signing in.
    told = {user.email, *addresses.values_list("email", flat=True)}
    Message.objects.filter(program=None, to__in=told).delete()
    addresses.delete()
    user.delete()


def _subject(member: Member) -> str:
    return f"member:{member.public_id}"


def _bites(names: Iterable[str]) -> Iterator[Sequence[str]]:
    left = iter(names)
    while bite := list(islice(left, BITE)):
        yield bite
