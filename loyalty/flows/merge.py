"""How two memberships of one person become one, and how they are parted again.

One is kept; the other stays as a row that leads to it, so that its card and its addresses go on
finding the person. Its points are carried over lot by lot (see ``ledger.moving``); its sales and
its history stay with its account, so that a later refund takes from the right place and parting
them needs no guessing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from campaigns.challenges import joining
from loyalty.days import local_date
from loyalty.earning import cap_usage
from loyalty.flows import carrying, consent, contest_entries, referral_people, reviewing
from loyalty.flows.adjust import NeedsReason
from loyalty.flows.own_account import refuse_own
from loyalty.flows.spending import MemberNotActive
from loyalty.ledger import moving, posting, statement
from loyalty.ledger.models import Balance
from loyalty.ledger.statement import Holding
from loyalty.merchants import trail
from loyalty.merchants.models import Program, Staff
from loyalty.messaging.models import Message
from loyalty.refusal import Refusal
from loyalty.rewards.models import Redemption, Voucher
from members import adding_up, badges, consents, finding, segments
from members.models import Member, Merge, TierStatus

# Of each of these one value is kept, and the other goes on naming the person.
NAMES = ("email", "phone", "external_id")
FACTS = ("name", "birthday", "language", "note")
CHOICES = (*FACTS, *NAMES)
_WITH = {
    "email": ("email", "email_verified_at"),
    "phone": ("phone", "phone_verified_at"),
    "birthday": ("birthday", "birthday_set_on"),
}
_TIER = ("tier_id", "since_on", "review_on", "in_grace", "is_in_doubt")


class CannotMerge(Refusal):
    code = "cannot_merge"


class CannotPart(Refusal):
    """They cannot be parted: what one of them brought is spent, or belongs to a third by now."""

    code = "cannot_part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """Two memberships side by side, and what would come along."""

    kept: Member
    merged: Member
    holdings: list[tuple[Holding, Holding | None]]
    vouchers: int
    # What is taken from the other unless staff choose otherwise: what the kept one lacks.
    lacking: list[str]


def compare(kept: Member, merged: Member) -> Sides:
    """What staff look at before they decide. Refused where the two cannot be one."""
    _check(kept, merged)
    theirs = {it.wallet.pk: it for it in statement.holdings(merged.account_id)}
    return Sides(
        kept=kept,
        merged=merged,
        holdings=[(it, theirs.get(it.wallet.pk)) for it in statement.holdings(kept.account_id)],
        vouchers=_ready(merged.account_id).count(),
        lacking=[name for name in CHOICES if getattr(merged, name) and not getattr(kept, name)],
    )


@transaction.atomic
def merge(
    kept: Member,
    merged: Member,
    *,
    take: Collection[str] = (),
    reason: str,
    now: datetime,
    by: Staff,
) -> Merge:
    """Let one membership be part of another. ``take`` names what of it wins."""
    if not reason.strip():
        raise NeedsReason(_("Say why: your colleagues will read it."))
    for member in (kept, merged):
        refuse_own(member, by, _("Nobody merges an account of their own. Ask a colleague."))
    kept, merged = _locked(kept, merged)
    if merged.merged_into_id == kept.pk:
        return Merge.objects.get(merged=merged, undone_at=None)
    _check(kept, merged)
    had = _values(merged)
    before = _values(kept) | {"tier": _tier_of(kept)}
    _carry_points(kept, merged, now=now)
    before["redemptions"] = _take_vouchers(kept, merged)
    before["voices"] = carrying.take(kept, merged)
    adding_up.add_days_of(merged.account_id, to=kept.account_id)
    cap_usage.add_those_of(merged.account_id, to=kept.account_id)
    before["challenges"] = joining.take_along(merged.account_id, to=kept.account_id)
    contest_entries.become_one(merged.account_id, kept.account_id)
    badges.share(kept, merged)
    segments.share(kept, merged, at=now)
    segments.share_days(kept, merged, at=now)
    before["referrals"] = referral_people.carry(kept, merged, now=now)
    _become(kept, merged, take)
    _agree(kept, merged, now=now)
    reviewing.rise(kept.program, kept.account_id, now=now, reason=f"merge:{merged.account_id}")
    made = Merge.objects.create(
        program=kept.program, kept=kept, merged=merged, merged_at=now, merged_by=by,
        before=before | {"took": sorted(take), "had": had},
    )  # fmt: skip
    _record("member.merge", kept, merged, now=now, by=by, reason=reason)
    return made


@transaction.atomic
def part(done: Merge, *, reason: str, now: datetime, by: Staff) -> Merge:
    """Undo it: each has again what was theirs. The second time changes nothing."""
    if not reason.strip():
        raise NeedsReason(_("Say why: your colleagues will read it."))
    kept, merged = _locked(done.kept, done.merged)
    for member in (kept, merged):
        refuse_own(member, by, _("Nobody parts an account of their own. Ask a colleague."))
    done = Merge.objects.get(pk=done.pk)
    if done.undone_at:
        return done
    if merged.merged_into_id != kept.pk or kept.state == Member.State.MERGED:
        raise CannotPart(_("The membership was merged again since. Undo the later merge first."))
    _bring_points_back(kept, merged, now=now)
    _give_vouchers_back(merged, done.before["redemptions"])
    carrying.give_back(merged, done.before.get("voices", {}))
    adding_up.take_days_of(merged.account_id, out_of=kept.account_id)
    cap_usage.take_those_of(merged.account_id, out_of=kept.account_id)
    joining.give_back(merged.account_id, done.before.get("challenges", {}))
    badges.unshare(kept, merged, at=now)
    segments.unshare(kept, done.merged_at)
    referral_people.bring_back(kept, merged, done.before.get("referrals", {}), now=now)
    _be_two_again(kept, merged, done)
    _restore_tier(kept, done.before["tier"], now=now)
    done.undone_at = now
    done.save(update_fields=["undone_at"])
    _record("member.part", kept, merged, now=now, by=by, reason=reason)
    return done


# --- Who may become one --------------------------------------------------------------------------


def _locked(kept: Member, merged: Member) -> tuple[Member, Member]:
    """Both, locked in the order of their ids like everybody else's rows."""
    if kept.pk == merged.pk:
        raise CannotMerge(_("This is one membership, not two."))
    first, second = sorted((kept, merged), key=lambda member: member.pk)
    rows = {it.pk: it for it in (finding.locked(first), finding.locked(second))}
    return rows[kept.pk], rows[merged.pk]


def _check(kept: Member, merged: Member) -> None:
    if kept.pk == merged.pk or kept.program_id != merged.program_id:
        raise CannotMerge(_("Two memberships of one program can become one."))
    if {kept.state, merged.state} != {Member.State.ACTIVE}:
        raise MemberNotActive(_("Only memberships that are active can become one."))


# --- Points and vouchers -------------------------------------------------------------------------


def _carry_points(kept: Member, merged: Member, *, now: datetime) -> None:
    program = kept.program
    accounts = [kept.account_id, merged.account_id]
    book = posting.open_book(program.pk, program.time_zone, accounts, now=now)
    today = local_date(now, program.time_zone)
    for held in list(book.balances.values()):
        posting.settle(book, held, at=now, today=today)
    joined = posting.merge(book, merged.account_id, kept.account_id)
    posting.write(book)
    for balance, other in joined:
        Balance.objects.filter(pk=balance).update(carried_to=other)


def _bring_points_back(kept: Member, merged: Member, *, now: datetime) -> None:
    program = kept.program
    accounts = moving.family([kept.account_id, merged.account_id])
    book = posting.open_book(program.pk, program.time_zone, accounts, now=now)
    today = local_date(now, program.time_zone)
    for held in list(book.balances.values()):
        posting.settle(book, held, at=now, today=today)
    if missing := posting.part(book, merged.account_id, kept.account_id):
        raise CannotPart(
            _("%(points)s points that came along have been spent since, and there are not enough "
              "others to give them back.") % {"points": missing},
            missing=missing,
        )  # fmt: skip
    posting.write(book)
    Balance.objects.filter(account=merged.account_id).update(carried_to=None)


def _ready(account_id: int) -> QuerySet[Redemption]:
    return Redemption.objects.filter(account=account_id, voucher__status=Voucher.Status.READY)


def _take_vouchers(kept: Member, merged: Member) -> dict[str, str]:
    """What can still be used comes along; by the public id, the key that it was made under."""
    ready = list(_ready(merged.account_id).order_by("pk"))
    for made in ready:
        key = made.key
        if Redemption.objects.filter(account=kept.account_id, key=key).exists():
            key = f"{merged.account_id}:{key}"[:140]
        Redemption.objects.filter(pk=made.pk).update(account=kept.account_id, key=key)
    owed = Message.objects.filter(account_id=merged.account_id, status=Message.Status.OWED)
    owed.update(account_id=kept.account_id)
    return {made.public_id: made.key for made in ready}


def _give_vouchers_back(merged: Member, keys: dict[str, str]) -> None:
    for public_id, key in keys.items():
        Redemption.objects.filter(public_id=public_id).update(account=merged.account_id, key=key)


# --- Who they are --------------------------------------------------------------------------------


def _become(kept: Member, merged: Member, take: Collection[str]) -> None:
    if unknown := set(take) - set(CHOICES):
        raise ValueError(f"Nobody chooses {', '.join(sorted(unknown))}.")
    for field in FACTS:
        if field in take:
            for name in _WITH.get(field, (field,)):
                setattr(kept, name, getattr(merged, name))
    swapped = [field for field in NAMES if field in take]
    _swap(kept, merged, swapped)
    if merged.enrolled_at < kept.enrolled_at:
        kept.enrolled_at, kept.enrolled_on = merged.enrolled_at, merged.enrolled_on
    merged.state, merged.merged_into = Member.State.MERGED, kept
    if merged.user_id and not kept.user_id:
        user, merged.user = merged.user, None
        merged.save()
        kept.user = user
    merged.save()
    kept.save()
    # Whoever was part of this one before leads to the other as well.
    Member.objects.filter(merged_into=merged).update(merged_into=kept)


def _swap(kept: Member, merged: Member, fields: Collection[str]) -> None:
    """Each of them has what the other had. One of the two is empty for a moment, as they differ."""
    for field in fields:
        names = _WITH.get(field, (field,))
        ours = {name: getattr(kept, name) for name in names}
        theirs = {name: getattr(merged, name) for name in names}
        Member.objects.filter(pk=merged.pk).update(**{field: ""})
        Member.objects.filter(pk=kept.pk).update(**theirs)
        Member.objects.filter(pk=merged.pk).update(**ours)
        for name in names:
            setattr(kept, name, theirs[name])
            setattr(merged, name, ours[name])


def _be_two_again(kept: Member, merged: Member, done: Merge) -> None:
    """What was swapped is swapped back, and what was taken is given up, unless it changed since."""
    before, had, took = done.before, done.before["had"], done.before["took"]
    followers = Merge.objects.filter(kept=merged, undone_at=None).values("merged")
    Member.objects.filter(pk__in=followers).update(merged_into=merged)
    _swap(kept, merged, [field for field in NAMES if field in took])
    fields = [name for field in FACTS if field in took for name in _WITH.get(field, (field,))]
    now = _values(kept)
    for name in fields:
        if now[name] == had[name]:
            setattr(kept, name, before[name])
    if now["enrolled_at"] == had["enrolled_at"]:
        kept.enrolled_at, kept.enrolled_on = before["enrolled_at"], before["enrolled_on"]
    merged.state, merged.merged_into = Member.State.ACTIVE, None
    if had["user_id"] and not before["user_id"] and kept.user_id == had["user_id"]:
        user, kept.user = kept.user, None
        kept.save()
        merged.user = user
    kept.save()
    merged.save()
    # As dates and instants again, not as the texts that they were kept as.
    kept.refresh_from_db()


def _values(member: Member) -> dict[str, Any]:
    names = [name for field in CHOICES for name in _WITH.get(field, (field,))]
    told = {name: getattr(member, name) for name in (*names, "enrolled_at", "enrolled_on")}
    shown = {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in told.items()
    }
    return shown | {"user_id": member.user_id}


def _agree(kept: Member, merged: Member, *, now: datetime) -> None:
    """A no of either is a no."""
    ours, theirs = consents.chosen_by(kept), consents.chosen_by(merged)
    both = {place: ours[place] and theirs[place] for place in ours}
    consent.choose(kept, both, how="merge", now=now)


# --- Tiers ---------------------------------------------------------------------------------------


def _tier_of(member: Member) -> dict[str, Any] | None:
    status = TierStatus.objects.filter(account=member.account_id).values(*_TIER).first()
    return status and {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in status.items()
    }


def _restore_tier(member: Member, before: dict[str, Any] | None, *, now: datetime) -> None:
    """The tier that they had; tonight it is looked at again, with the days that are their own."""
    held = TierStatus.objects.filter(account=member.account_id)
    if before is None:
        held.delete()
    elif held.update(**before):
        today = local_date(now, member.program.time_zone)
        held.filter(review_on__isnull=False).update(review_on=today, is_in_doubt=True)


def _record(
    action: str, kept: Member, merged: Member, *, now: datetime, by: Staff, reason: str
) -> None:
    program: Program = kept.program
    trail.record(
        action, f"member:{kept.public_id}", program=program, now=now, by=by,
        after={"member": merged.public_id}, reason=reason.strip(),
    )  # fmt: skip
