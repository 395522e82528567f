"""How a member answers a survey: it earns once; who thinks again replaces what they said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from campaigns import questions
from campaigns.questions import RATED, BadAnswers, Question
from campaigns.surveys.models import Asking, Survey
from loyalty.flows import prizes, spending
from loyalty.merchants.models import Program
from loyalty.refusal import Refusal
from members import finding
from members.models import Member

_signer = Signer(salt="loyalty.survey")


class NotAsked(Refusal):
    """The survey is over, or not for them."""

    code = "not_asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of an answer: whether it was the first, and what it earned, in words."""

    asking: Asking
    is_first: bool
    earned: list[str]


@transaction.atomic
def answer(
    member: Member, survey: Survey, told: Mapping[str, Any], *, now: datetime, letters: bool = True
) -> Answered:
    """Write down what a member says. The first time it earns; later it replaces and earns nothing.

    Two at once wait for each other at the member's row.
    """
    member = finding.locked(member.survivor)
    spending.check_active(member.account_id)
    survey = Survey.objects.select_related("program").get(pk=survey.pk)
    asking = _asking(survey, member, now=now)
    main = survey.main
    asking.answers = questions.answers(survey.asked, told)
    _refuse_silence(asking.answers, main)
    asking.score = asking.answers.get(main.key) if main else None
    asking.tier_rank = spending.ranks_of([member.account_id])[member.account_id]
    is_first = asking.answered_at is None
    asking.answered_at, asking.changed_at = asking.answered_at or now, now
    asking.save()
    earned = _earn(member, survey, asking, now=now, letters=letters) if is_first else []
    return Answered(asking=asking, is_first=is_first, earned=earned)


def _refuse_silence(answers: Mapping[str, Any], main: Question | None) -> None:
    """What earns is an answer: to the question that is scored, or to any where none is."""
    if main and main.key not in answers:
        words = _("Please answer this.")
        raise BadAnswers(words, problems={main.key: words})
    if not answers:
        words = _("Please answer one question at least.")
        raise BadAnswers(words, problems={"": words})


def current(survey: Survey, member: Member, *, now: datetime) -> Asking | None:
    """The asking that a member would answer now; None if they may not. It may not be saved yet."""
    if not survey.takes_answers:
        return None
    newest = survey.askings.filter(account=member.account_id).order_by("-round").first()
    if newest is not None and not _is_over(survey, newest, now):
        return newest
    may_come = survey.asks != Survey.Asks.PURCHASE and _is_for(survey, member)
    return _next(survey, member.account_id, newest, now=now) if may_come else None


def open_for(member: Member, *, now: datetime) -> list[Survey]:
    """The surveys that wait for a member's answer, those that were asked of them first."""
    live = list(member.program.surveys.live().order_by("pk"))
    found = [(it, asking) for it in live if (asking := current(it, member, now=now))]
    waiting = [(it, asking) for it, asking in found if asking.answered_at is None]
    waiting.sort(key=lambda pair: (pair[1].pk is None, pair[0].pk))
    return [it for it, _asking in waiting]


def link_to(asking: Asking, program: Program) -> str:
    """The link in a letter: one survey, one member, as long as the asking is good."""
    token = _signer.sign(asking.public_id)
    return settings.PUBLIC_URL + reverse("portal:asked", args=[program.slug, token])


def asking_of(slug: str, token: str, *, now: datetime) -> tuple[Asking, Member] | None:
    """Whose link this is; None if it is none of ours, or of no use any more."""
    try:
        public_id = _signer.unsign(token)
    except BadSignature:
        return None
    asking = (
        Asking.objects.select_related("survey__program", "account__member")
        .filter(public_id=public_id, survey__program__slug=slug, expires_at__gt=now)
        .first()
    )
    member = finding.behind(asking.account) if asking else None
    if asking is None or member is None or member.state != Member.State.ACTIVE:
        return None
    return (asking, member) if asking.survey.takes_answers else None


def value_from(question: Question, text: str) -> int | None:
    """A rating that a link names, if it names one."""
    if question.kind not in RATED or not text.isascii() or not text.isdecimal():
        return None
    value = int(text[:3])
    return value if value in question.scale else None


def forget(member: Member) -> None:
    """What somebody said goes with them; that somebody gave this score may be counted on."""
    theirs = Asking.objects.filter(account=member.account_id)
    theirs.answered().update(answers={}, cause="")
    theirs.filter(answered_at=None).delete()


def _asking(survey: Survey, member: Member, *, now: datetime) -> Asking:
    asking = current(survey, member, now=now)
    if asking is None:
        raise NotAsked(_("This survey is over, or not for you just now."))
    return asking


def _is_over(survey: Survey, asking: Asking, now: datetime) -> bool:
    """Whether the next round may begin, or this one was let pass."""
    again = survey.again_days
    is_due = again is not None and now >= asking.asked_at + timedelta(days=again)
    return is_due or (asking.answered_at is None and now >= asking.expires_at)


def _is_for(survey: Survey, member: Member) -> bool:
    account = member.account_id
    return not survey.from_rank or spending.ranks_of([account])[account] >= survey.from_rank


def _next(survey: Survey, account_id: int, last: Asking | None, *, now: datetime) -> Asking:
    return Asking(
        survey=survey, account_id=account_id, round=last.round + 1 if last else 1, asked_at=now,
        expires_at=now + timedelta(days=survey.good_days),
    )  # fmt: skip


def _earn(
    member: Member, survey: Survey, asking: Asking, *, now: datetime, letters: bool
) -> list[str]:
    """The prizes of a first answer. One that has run out meanwhile must not lose the answer."""
    given = []
    for number, prize in enumerate(survey.prizes):
        try:
            with transaction.atomic():
                prizes.give(
                    member, prize, key=f"{asking.key}/{number}", source=survey.source, at=now,
                    reason=survey.name, letters=letters,
                )  # fmt: skip
        except Refusal:
            continue
        given.append(prize)
    return prizes.told_all(given)
