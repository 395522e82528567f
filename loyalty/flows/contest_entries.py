"""What members send in to a contest: entered, looked at by staff, voted for, marked, withdrawn."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from campaigns.contests.models import (
    Contest,
    ContestEntry,
    EntryPicture,
    EntryQuerySet,
    Mark,
    ShownName,
    Vote,
)
from loyalty.flows.own_account import linked_accounts, refuse_own
from loyalty.flows.spending import MemberNotActive
from loyalty.merchants import trail
from loyalty.merchants.models import Staff
from loyalty.refusal import Refusal
from members.models import Member

State = ContestEntry.State
LONGEST_LINK = 500
LONGEST_WORDS = 280
LONGEST_REASON = 200


class NotOpen(Refusal):
    code = "contest_not_open"


class BadEntry(Refusal):
    code = "bad_entry"


class EnteredAlready(Refusal):
    code = "entered_already"


class WorksHere(Refusal):
    code = "works_here"


class CannotVote(Refusal):
    code = "cannot_vote"


class Decided(Refusal):
    code = "entry_decided"


@transaction.atomic
def enter(
    contest: Contest,
    member: Member,
    *,
    now: datetime,
    words: str = "",
    link: str = "",
    picture: bytes = b"",
    public_id: str = "",
) -> ContestEntry:
    """Take part. ``public_id`` enters once: a second click finds the first one's entry."""
    if public_id and (found := _own(contest, member).filter(public_id=public_id).first()):
        return found
    _must_be_open(contest, now=now)
    if not contest.has_entries:
        raise NotOpen(_("Nothing is sent in to this contest."))
    _may_take_part(contest, member)
    words, link = _cleaned(contest, words, link, bool(picture))
    if _own(contest, member).live().exists():
        raise _entered()
    # The contest's row is locked by this, so each entry has a number of its own.
    Contest.objects.filter(pk=contest.pk).update(last_number=F("last_number") + 1)
    contest.refresh_from_db(fields=["last_number"])
    try:
        with transaction.atomic():
            entry = ContestEntry.objects.create(
                contest=contest, number=contest.last_number, account_id=member.account_id,
                words=words, link=link, entered_at=now,
                **({"public_id": public_id} if public_id else {}),
            )  # fmt: skip
    except IntegrityError:
        raise _entered() from None
    if picture:
        EntryPicture.objects.create(entry=entry, body=picture)
    return entry


@transaction.atomic
def withdraw(entry: ContestEntry, *, now: datetime) -> bool:
    """Its owner does not want it to be in the contest any more. Its words and picture are gone."""
    _not_frozen(entry.contest)
    live = ContestEntry.objects.live().filter(pk=entry.pk)
    if not live.update(state=State.WITHDRAWN):
        return False
    _empty(ContestEntry.objects.filter(pk=entry.pk))
    return True


@transaction.atomic
def decide(
    entry: ContestEntry, *, approve: bool, by: Staff, now: datetime, reason: str = ""
) -> None:
    """Let an entry in, or say why not. Until the freeze a colleague may decide otherwise."""
    contest = entry.contest
    member = Member.objects.filter(account=entry.account_id).first()
    refuse_own(member, by, _("Nobody decides on an entry of their own. Ask a colleague."))
    _not_frozen(contest)
    reason = reason.strip()[:LONGEST_REASON]
    if not approve and not reason:
        raise BadEntry(_("Say why: the member reads it."), field="reason")
    wanted = State.APPROVED if approve else State.REJECTED
    found = ContestEntry.objects.filter(pk=entry.pk).exclude(state__in=[State.WITHDRAWN, wanted])
    try:
        with transaction.atomic():
            changed = found.update(
                state=wanted, reason="" if approve else reason, decided_by=by.user, decided_at=now
            )
    except IntegrityError:
        raise Decided(_("The member has sent another entry since.")) from None
    if not changed:
        entry.refresh_from_db(fields=["state"])
        if entry.state == State.WITHDRAWN:
            raise Decided(_("The member has withdrawn this entry."))
        return
    if not approve:
        Vote.objects.filter(entry=entry).delete()
        ContestEntry.objects.filter(pk=entry.pk).update(votes=0)
    trail.record(
        "contest.approve" if approve else "contest.reject", f"contest:{contest.public_id}",
        program=contest.program, now=now, by=by, after={"entry": entry.number},
    )  # fmt: skip


@transaction.atomic
def vote(entry: ContestEntry, member: Member, *, now: datetime) -> None:
    """One vote a member, which may move to another entry as long as the contest is open."""
    contest = entry.contest
    _must_be_open(contest, now=now)
    if contest.measure != Contest.Measure.VOTES:
        raise CannotVote(_("There is no vote in this contest."))
    _may_take_part(contest, member)
    if entry.account_id == member.account_id:
        raise CannotVote(_("You cannot vote for your own entry."))
    if not ContestEntry.objects.approved().filter(pk=entry.pk).exists():
        raise CannotVote(_("This entry is not in the contest."))
    cast, is_new = Vote.objects.get_or_create(
        contest=contest, account_id=member.account_id, defaults={"entry": entry, "cast_at": now}
    )
    before = None if is_new else cast.entry_id
    if before == entry.pk:
        return
    if before is not None:
        # Of two that move it at once, one finds it where it was.
        still = Vote.objects.filter(pk=cast.pk, entry=before)
        if not still.update(entry=entry, cast_at=now):
            raise CannotVote(_("You have just voted. Look again at what you chose."))
    _count({entry.pk: 1} | ({before: -1} if before is not None else {}))


@transaction.atomic
def mark(entry: ContestEntry, points: int, *, by: Staff, now: datetime) -> None:
    """What a judge thinks of an entry; until the freeze they may think again."""
    contest = entry.contest
    if contest.measure != Contest.Measure.MARKS:
        raise CannotVote(_("There is no jury in this contest."))
    _not_frozen(contest)
    member = Member.objects.filter(account=entry.account_id).first()
    refuse_own(member, by, _("Nobody judges an entry of their own. Ask a colleague."))
    if entry.state != State.APPROVED:
        raise CannotVote(_("This entry is not in the contest."))
    if not 0 <= points <= 10:
        raise BadEntry(_("Give 0 to 10."), field="points")
    Mark.objects.update_or_create(
        entry=entry, judge=by, defaults={"points": points, "marked_at": now}
    )
    trail.record(
        "contest.mark", f"contest:{contest.public_id}", program=contest.program, now=now, by=by,
        after={"entry": entry.number, "points": points},
    )  # fmt: skip


@transaction.atomic
def show_name(contest: Contest, member: Member, *, is_shown: bool, now: datetime) -> None:
    """Whether a member's name stands on the board. Without a yes it is masked."""
    if is_shown:
        ShownName.objects.get_or_create(contest=contest, member=member, defaults={"since": now})
    else:
        ShownName.objects.filter(contest=contest, member=member).delete()


def clear(accounts: Iterable[int]) -> None:
    """Nobody's entries any more: what they tell is gone, and what is not frozen is withdrawn."""
    accounts = list(accounts)
    entries = ContestEntry.objects.filter(account__in=accounts)
    entries.live().filter(contest__state=Contest.State.OPEN).update(state=State.WITHDRAWN)
    _empty(entries.filter(contest__state=Contest.State.OPEN))
    _empty(entries, keeps_votes=True)
    cast = Vote.objects.filter(account__in=accounts, contest__state=Contest.State.OPEN)
    _count(dict.fromkeys(cast.values_list("entry", flat=True), -1))
    Vote.objects.filter(account__in=accounts).delete()


def become_one(merged: int, kept: int) -> None:
    """Two memberships of one person have one vote: the one that is kept has cast it, if both."""
    theirs = Vote.objects.filter(account=merged)
    voted_in = Vote.objects.filter(account=kept).values("contest")
    both = theirs.filter(contest__in=voted_in)
    _count(dict.fromkeys(both.values_list("entry", flat=True), -1))
    both.delete()
    theirs.update(account=kept)


def _empty(entries: EntryQuerySet, *, keeps_votes: bool = False) -> None:
    """What people wrote and showed is gone; the number stays, because a draw counts on it."""
    EntryPicture.objects.filter(entry__in=entries.values("pk")).delete()
    if not keeps_votes:
        Vote.objects.filter(entry__in=entries.values("pk")).delete()
        entries.update(votes=0)
    entries.update(words="", link="", reason="")


def _count(votes: Mapping[int, int]) -> None:
    """Add to the votes of entries, always in one order, so that no two wait for each other."""
    for pk in sorted(votes):
        ContestEntry.objects.filter(pk=pk).update(votes=F("votes") + votes[pk])


def _own(contest: Contest, member: Member) -> EntryQuerySet:
    return ContestEntry.objects.filter(contest=contest, account=member.account_id)


def _must_be_open(contest: Contest, *, now: datetime) -> None:
    if contest.archived_at or contest.stage(now) != "open":
        raise NotOpen(_("This contest is not open."))


def _not_frozen(contest: Contest) -> None:
    """Under the contest's lock, which the freeze takes as well."""
    open_still = Contest.objects.select_for_update(no_key=True).filter(pk=contest.pk)
    if not open_still.filter(state=Contest.State.OPEN).exists():
        raise NotOpen(_("The board is frozen: nothing moves it any more."))


def _may_take_part(contest: Contest, member: Member) -> None:
    if member.state != Member.State.ACTIVE:
        raise MemberNotActive(_("Only active members take part."))
    if member.account_id in linked_accounts(contest.program):
        raise WorksHere(_("Who works here does not take part in a contest of the house."))


def _cleaned(contest: Contest, words: str, link: str, has_picture: bool) -> tuple[str, str]:
    words, link = words.strip(), link.strip()
    if len(words) > LONGEST_WORDS or "\0" in words:
        raise BadEntry(_("Use at most %(most)s letters.") % {"most": LONGEST_WORDS}, field="words")
    if link and not contest.takes_links:
        raise BadEntry(_("This contest takes pictures, not links."), field="link")
    if has_picture and not contest.takes_pictures:
        raise BadEntry(_("This contest takes links, not pictures."), field="picture")
    if link and not _is_link(link):
        raise BadEntry(
            _("Give the whole link, as it stands in the browser: https://…"), field="link"
        )
    if not link and not has_picture:
        raise BadEntry(_needed(contest), field="link" if contest.takes_links else "picture")
    return words, link


def _needed(contest: Contest) -> str:
    if contest.takes_links and contest.takes_pictures:
        return _("Send a link or a picture.")
    return _("Send a link.") if contest.takes_links else _("Send a picture.")


def _is_link(link: str) -> bool:
    """A web page of a host with a name. Nobody of ours ever opens it by itself."""
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return False
    plain = len(link) <= LONGEST_LINK and link.isprintable() and " " not in link
    return plain and parts.scheme in ("http", "https") and "." in host and "@" not in parts.netloc


def _entered() -> EnteredAlready:
    return EnteredAlready(_("You have an entry in this contest. Withdraw it to send another one."))
