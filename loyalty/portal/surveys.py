"""Surveys as members answer them: on their pages, or by the link in a letter without signing in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from campaigns.answer_forms import PREFIX, AnswersForm
from campaigns.questions import RATED, BadAnswers, Question
from campaigns.surveys.models import Asking, Survey
from loyalty.flows import answering as flow
from loyalty.flows import prizes
from loyalty.portal.doors import GuestRequest, MemberRequest, guests, members_only, show, status_of
from loyalty.refusal import Refusal
from loyalty.toasts import say
from members.models import Member

CARDS = 1  # More than one question at a time on the first page is a form.


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A survey that waits for an answer, with the question that one click answers."""

    survey: Survey
    question: Question | None
    field: str
    ends: tuple[str, str]
    earns: str


def invitations(member: Member, *, now: datetime) -> list[Invitation]:
    return [_invitation(it) for it in flow.open_for(member, now=now)[:CARDS]]


@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def survey(request: MemberRequest, public_id: str) -> HttpResponse:
    found = request.program.surveys.select_related("program")
    it = get_object_or_404(found, public_id=public_id)
    asking = flow.current(it, request.member, now=timezone.now())
    if asking is None:
        raise Http404
    return _answer(request, it, asking, request.member)


@guests
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def asked(request: GuestRequest, token: str) -> HttpResponse:
    """A figure in the letter's link is only chosen: scanners of mail follow links."""
    whose = flow.asking_of(request.program.slug, token, now=timezone.now())
    if whose is None:
        return show(request, "portal/surveys/over.html", {"guest": True}, status=410)
    asking, member = whose
    with translation.override(member.language):
        return _answer(request, asking.survey, asking, member, is_guest=True)


def _answer(
    request: Any, it: Survey, asking: Asking, member: Member, *, is_guest: bool = False
) -> HttpResponse:
    questions = it.asked
    form = AnswersForm(
        questions, request.POST or None, answers=asking.answers,
        initial=_clicked(questions, it, request.GET.get("score", "")),
    )  # fmt: skip
    if main := it.main:
        form.fields[f"{PREFIX}{main.key}"].required = True
    if form.is_valid():
        try:
            done = flow.answer(member, it, form.told(), now=timezone.now())
        except BadAnswers as wrong:
            form.refuse(wrong)
        except Refusal as refusal:
            form.add_error(None, str(refusal))
        else:
            _thank(request, done)
            return redirect(request.path)
    context = {
        "survey": it, "form": form, "answered": asking.answered_at is not None,
        "earns": "" if asking.answered_at else ", ".join(prizes.told_all(it.prizes)),
        "until": asking.expires_at if is_guest else None, "guest": is_guest,
        "name": member.name,
    }  # fmt: skip
    return show(request, "portal/surveys/survey.html", context, status=status_of(form))


def _thank(request: Any, done: flow.Answered) -> None:
    if not done.is_first:
        say(request, _("Your answer is changed."))
    elif done.earned:
        earned = ", ".join(done.earned)
        say(request, _("Thank you. You get %(prizes)s.") % {"prizes": earned})
    else:
        say(request, _("Thank you for your answer."))


def _clicked(questions: Sequence[Question], it: Survey, score: str) -> dict[str, Any]:
    main = it.main
    value = flow.value_from(main, score) if main else None
    return {f"{PREFIX}{main.key}": value} if main and value is not None else {}


def _invitation(it: Survey) -> Invitation:
    """One click is enough where nothing else must be answered."""
    others = [one for one in it.asked if one != it.main]
    question = it.main if it.main and not any(one.required for one in others) else None
    return Invitation(
        survey=it,
        question=question,
        field=f"{PREFIX}{question.key}" if question else "",
        ends=question.ends() if question and question.kind in RATED else ("", ""),
        earns=", ".join(prizes.told_all(it.prizes)),
    )
