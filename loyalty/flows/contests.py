"""Writing a contest, promising it, giving it more time, putting it away. It ends by itself."""

import secrets
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from campaigns.contests import ranking
from campaigns.contests.contest_forms import clean_contest, contest_data
from campaigns.contests.models import Contest, ContestPicture
from campaigns.contests.windows import NAMES
from campaigns.referrals.models import ReferralTerms
from loyalty.earning.parts import BadRule
from loyalty.flows import prizes
from loyalty.flows.contest_boards import SEED
from loyalty.flows.settings import one_at_a_time
from loyalty.ledger.models import Entry
from loyalty.merchants import trail
from loyalty.merchants.models import Program, Staff
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal
from loyalty.sealing import seal

State = Contest.State
MOST_CONTESTS = 200  # That are not archived.
# What may change once it is promised: words, and more time (see ``extend``).
WORDS = frozenset({"name", "about"})
LATER = ("ends_at", "buys_until", "freezes_at")


class ContestRefused(Refusal):
    """What was told is no contest; ``problems`` in its facts name each wrong field."""

    code = "bad_contest"


class ContestPromised(Refusal):
    code = "contest_promised"


class ContestOver(Refusal):
    code = "contest_over"


class TooManyContests(Refusal):
    code = "too_many_contests"


@transaction.atomic
def save(
    program: Program,
    contest: Contest | None,
    *,
    by: Staff | None,
    now: datetime,
    public_id: str = "",
    **told: Any,
) -> Contest:
    """Make a draft, or change a contest, from data as ``data_of`` writes it.

    ``public_id`` makes a new one once: a second click finds the first one's.
    """
    one_at_a_time(program)
    known = contest.public_id if contest else public_id
    contest = _locked(program, known) if known else None
    before = data_of(contest) if contest else {}
    fields = _cleaned(program, {**before, **told}, now=now)
    if contest is None:
        return _make(program, fields, public_id or new_public_id(), by=by, now=now)
    _may_change(contest, fields, now=now)
    for name, value in fields.items():
        setattr(contest, name, value)
    if data_of(contest) != before:
        contest.save(update_fields=list(fields))
        _tell("contest.change", contest, before, by=by, now=now)
    return contest


@transaction.atomic
def promise(contest: Contest, *, by: Staff | None, now: datetime) -> Contest:
    """From now on members see it and count on it. A draw's seed is fixed, and its hash is told."""
    contest = _locked(contest.program, contest.public_id)
    if contest.state != State.DRAFT or contest.archived_at:
        return contest
    if contest.ends_at <= now:
        raise ContestOver(_("Its end is past. Choose a later one first."))
    contest.state = State.OPEN
    if now <= contest.starts_at:
        contest.after_entry = Entry.objects.aggregate(last=Max("pk", default=0))["last"]
    if contest.is_drawn:
        seed = secrets.token_hex(32)
        contest.seed, contest.commitment = seal(seed, SEED), ranking.commitment_of(seed)
    contest.save(update_fields=["state", "after_entry", "seed", "commitment"])
    _tell("contest.promise", contest, by=by, now=now)
    return contest


@transaction.atomic
def extend(
    contest: Contest, *, by: Staff | None, now: datetime, **until: datetime | None
) -> Contest:
    """Give it more time, before the time it has is over. Nobody's window becomes shorter."""
    if unknown := until.keys() - set(LATER):
        raise TypeError(f"Nobody extends {', '.join(sorted(unknown))}.")
    contest = _locked(contest.program, contest.public_id)
    before = data_of(contest)
    if contest.state != State.OPEN or contest.archived_at:
        raise ContestOver(_("Only a contest that is promised, and not frozen yet, is extended."))
    told = {name: at.isoformat() if at else None for name, at in until.items()}
    fields = _cleaned(contest.program, {**before, **told}, now=now)
    problems = {}
    for name in LATER:
        was, will = getattr(contest, name), fields[name]
        if was == will:
            continue
        if will is None or was is None or will < was:
            problems[name] = _("It can only become later: members count on it.")
        elif was <= now:
            problems[name] = _("This moment is past already.")
        else:
            setattr(contest, name, will)
    if problems:
        raise ContestRefused(" ".join(dict.fromkeys(problems.values())), problems=problems)
    if data_of(contest) != before:
        contest.save(update_fields=list(LATER))
        _tell("contest.extend", contest, before, by=by, now=now)
    return contest


@transaction.atomic
def archive(contest: Contest, *, by: Staff | None, now: datetime) -> None:
    """Put it away. What was given and who stood where stays; nothing is ever deleted."""
    if contest.state == State.FROZEN:
        raise ContestOver(_("Its prizes are on their way. Put it away when they are given."))
    if Contest.objects.filter(pk=contest.pk, archived_at=None).update(archived_at=now):
        _tell("contest.archive", contest, by=by, now=now)


@transaction.atomic
def restore(contest: Contest, *, by: Staff | None, now: datetime) -> None:
    archived = Contest.objects.filter(pk=contest.pk, archived_at__isnull=False)
    if archived.update(archived_at=None):
        _tell("contest.restore", contest, by=by, now=now)


@transaction.atomic
def set_picture(
    contest: Contest, language: str, body: bytes | None, *, by: Staff | None, now: datetime
) -> None:
    """The picture for the readers of a language, or none. It was drawn anew before."""
    if body:
        ContestPicture.objects.update_or_create(
            contest=contest, language=language, defaults={"body": body}
        )
    elif not ContestPicture.objects.filter(contest=contest, language=language).delete()[0]:
        return
    _tell("contest.picture", contest, by=by, now=now)


def data_of(contest: Contest) -> dict[str, Any]:
    """The contest as files and the API tell it, with names that stay the same elsewhere."""
    return contest_data(contest, prizes.written)


def _cleaned(program: Program, told: dict[str, Any], *, now: datetime) -> dict[str, Any]:
    def clean_prize(told: Any) -> dict[str, Any]:
        try:
            return prizes.clean(program, told, at=now)
        except prizes.PrizeRefused as refused:
            raise BadRule(refused.facts["problems"]) from refused

    wallets = {wallet.code: wallet for wallet in program.wallets.all()}
    try:
        cleaned = clean_contest(told, wallets=wallets, clean_prize=clean_prize)
        _check_raise(program, cleaned["raised_to"])
    except BadRule as bad:
        raise ContestRefused(str(bad), problems=bad.problems) from bad
    return cleaned


def _check_raise(program: Program, raised_to: int | None) -> None:
    """A raise is of points, and more than what an advocate gets anyway."""
    if raised_to is None:
        return
    terms = ReferralTerms.objects.filter(program=program, is_on=True).first()
    if terms is None:
        raise BadRule({
            "raised_to": _("Members bring no friends yet: switch referrals on first.")
        })  # fmt: skip
    usual = terms.advocate_prize
    if usual.get("kind") != prizes.POINTS:
        raise BadRule({"raised_to": _("The usual reward is not points, so it cannot be raised.")})
    if raised_to <= usual["points"]:
        raise BadRule({"raised_to": _("Give more than the usual reward.")})


def _may_change(contest: Contest, fields: dict[str, Any], *, now: datetime) -> None:
    """What members count on stays as it was promised: its words alone may be put better."""
    if contest.state == State.DRAFT:
        return
    kept = fields.keys() - (WORDS if contest.state == State.OPEN else frozenset())
    changed = [name for name in kept if getattr(contest, name) != fields[name]]
    if not changed:
        return
    sentence = _("Members count on this: it stays as it was promised.")
    if any(name in NAMES for name in changed) and contest.state == State.OPEN:
        sentence = _("Members count on this. You can give it more time, but not less.")
    raise ContestPromised(sentence, problems=dict.fromkeys(sorted(changed), sentence))


def _make(
    program: Program, fields: dict[str, Any], public_id: str, *, by: Staff | None, now: datetime
) -> Contest:
    if program.contests.kept().count() >= MOST_CONTESTS:
        raise TooManyContests(
            _("There is room for %(most)s contests. Archive one of them.") % {"most": MOST_CONTESTS}
        )
    contest = Contest.objects.create(program=program, public_id=public_id, created_at=now, **fields)
    _tell("contest.make", contest, {}, by=by, now=now)
    return contest


def _locked(program: Program, public_id: str) -> Any:
    found = Contest.objects.select_for_update(of=("self",)).select_related("program", "wallet")
    return found.filter(program=program, public_id=public_id).first()


def _tell(
    action: str,
    contest: Contest,
    before: dict[str, Any] | None = None,
    *,
    by: Staff | None,
    now: datetime,
) -> None:
    after = data_of(contest) if before is not None else None
    trail.record(
        action, f"contest:{contest.public_id}", program=contest.program, now=now, by=by,
        before=before, after=after,
    )  # fmt: skip
