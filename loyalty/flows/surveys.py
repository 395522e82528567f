"""How a merchant writes a survey, lets it be answered, and ends it."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns import questions
from campaigns.questions import CHOICE, CHOICES, LONG, RATED, TEXT, BadQuestions, Question
from campaigns.surveys.models import Survey
from loyalty.flows.drafting import take_numbers, take_prizes, take_words
from loyalty.flows.settings import one_at_a_time
from loyalty.merchants import trail
from loyalty.merchants.models import Program, Staff
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal

KINDS = (*RATED, CHOICE, CHOICES, TEXT, LONG)
MOST_SURVEYS = 200
TEXTS = {"name": 120, "intro": 2000}
# The least and the most of each number.
BOUNDS = {"after_days": (0, 365), "again_days": (1, 3650), "good_days": (1, 365),
          "from_rank": (0, 1000)}  # fmt: skip
EDITABLE = {"questions", "asks", "prizes", *TEXTS, *BOUNDS}
State = Survey.State
# What each state may become; whatever is put away or brought back keeps its state.
NEXT = {
    State.DRAFT: {State.LIVE},
    State.LIVE: {State.PAUSED, State.ENDED},
    State.PAUSED: {State.LIVE, State.ENDED},
    State.ENDED: set(),
}
VERBS = {State.LIVE: "start", State.PAUSED: "pause", State.ENDED: "end"}


class SurveyRefused(Refusal):
    """What was told is no survey; ``problems`` in its facts name each wrong field."""

    code = "bad_survey"


@transaction.atomic
def save(
    program: Program,
    survey: Survey | None,
    *,
    by: Staff | None,
    now: datetime,
    public_id: str = "",
    **fields: Any,
) -> Survey:
    """Write a survey, or change the fields that are named.

    ``public_id`` makes a new one once: a second click finds the first one's.
    """
    if unknown := fields.keys() - EDITABLE:
        raise TypeError(f"A survey has no {', '.join(sorted(unknown))}.")
    one_at_a_time(program)
    known = survey.public_id if survey else public_id
    survey = program.surveys.select_for_update(no_key=True).filter(public_id=known).first()
    before = facts(survey) if survey else {}
    if survey is None:
        if program.surveys.kept().count() >= MOST_SURVEYS:
            raise SurveyRefused(
                _("A program has at most %(most)s surveys. Archive some first.")
                % {"most": MOST_SURVEYS}, problems={},
            )  # fmt: skip
        survey = Survey(program=program, public_id=public_id or new_public_id(), created_at=now)
    _take(survey, fields, now=now)
    after = facts(survey)
    if after == before:
        return survey
    survey.save()
    _tell("survey.change" if before else "survey.make", survey, by=by, now=now,
          before=before, after=after)  # fmt: skip
    return survey


@transaction.atomic
def become(survey: Survey, state: str, *, by: Staff | None, now: datetime) -> Survey:
    """Let it be answered, stop it for a while, or end it for good."""
    survey = Survey.objects.select_for_update(no_key=True, of=("self",)).get(pk=survey.pk)
    if survey.state == state:
        return survey
    if state not in NEXT[State(survey.state)]:
        raise SurveyRefused(_("This survey is over. Copy it to ask again."), problems={})
    if state == State.LIVE and not survey.questions:
        raise SurveyRefused(_("A survey without a question has nothing to ask."), problems={})
    survey.state = state
    survey.save(update_fields=["state"])
    _tell(f"survey.{VERBS[State(state)]}", survey, by=by, now=now)
    return survey


@transaction.atomic
def archive(survey: Survey, *, by: Staff | None, now: datetime) -> None:
    """Put a survey away, with its answers; nobody is asked any more."""
    if Survey.objects.filter(pk=survey.pk, archived_at=None).update(archived_at=now):
        _tell("survey.archive", survey, by=by, now=now)


@transaction.atomic
def restore(survey: Survey, *, by: Staff | None, now: datetime) -> None:
    if Survey.objects.filter(pk=survey.pk, archived_at__isnull=False).update(archived_at=None):
        _tell("survey.restore", survey, by=by, now=now)


@transaction.atomic
def note_export(survey: Survey, *, by: Staff, now: datetime) -> None:
    """Who takes people's words out of the house is written down."""
    _tell("survey.export", survey, by=by, now=now)


def facts(survey: Survey) -> dict[str, Any]:
    same = ("questions", "asks", "prizes", *BOUNDS)
    return {name: getattr(survey, name) for name in same} | {
        "name": dict(survey.name), "intro": dict(survey.intro),
    }  # fmt: skip


def _take(survey: Survey, fields: dict[str, Any], *, now: datetime) -> None:
    """Put what was told into the survey, or say of each field what is wrong with it."""
    problems = take_words(survey, fields, TEXTS)
    if "questions" in fields:
        try:
            _take_questions(survey, fields["questions"])
        except Refusal as refusal:
            problems["questions"] = str(refusal)
    if "asks" in fields:
        if fields["asks"] not in Survey.Asks.values:
            problems["asks"] = _("Choose who is asked.")
        survey.asks = fields["asks"]
    problems |= take_numbers(survey, fields, BOUNDS, empty={"again_days"})
    problems |= take_prizes(survey, fields, ["prizes"], now=now)
    if problems:
        raise SurveyRefused(" ".join(dict.fromkeys(problems.values())), problems=problems)


def _take_questions(survey: Survey, told: Any) -> None:
    """Once somebody has answered, only the words of a question can still be mended."""
    asked = questions.read(told, KINDS)
    is_answered = bool(survey.pk) and survey.askings.answered().exists()
    if is_answered and [_shape(it) for it in asked] != [_shape(it) for it in survey.asked]:
        raise BadQuestions(
            _("Members have answered these questions: only their words can be mended. Copy the "
              "survey to ask others.")
        )  # fmt: skip
    survey.questions = [it.to_json() for it in asked]


def _shape(it: Question) -> tuple[str, str, int]:
    return it.key, it.kind, len(it.options)


def _tell(action: str, survey: Survey, *, by: Staff | None, now: datetime, **changes: Any) -> None:
    trail.record(
        action, f"survey:{survey.public_id}", program=survey.program, now=now, by=by, **changes
    )
