"""What came of surveys: a score with formula and interval, by tier and month, and the words."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from campaigns.questions import CES, CHOICE, CHOICES, CSAT, NPS, RATED, SCALE, Question
from campaigns.surveys.models import Asking, AskingQuerySet, Survey
from campaigns.surveys.scores import Score, score_of
from loyalty import charts, formats
from loyalty.charts import Chart, Series

FEW = 10  # Answers below which a score says little, and the page says so.
MONTHS = 24
NAME = {NPS: "NPS", CSAT: "CSAT", CES: "CES"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A score in words."""

    number: int
    text: str  # "+42", "86%", "5.8"
    between: str  # "between +31 and +51"
    is_few: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The answers of one question, or of one tier."""

    name: str
    number: int
    told: Told | None = None
    chart: Chart | None = None
    comments: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    asked: int
    answered: int
    rate: str
    main: Question | None
    told: Told | None
    formula: str
    spread: Chart | None
    months: Chart | None
    tiers: list[Part]
    others: list[Part]


def summaries(surveys: Sequence[Survey]) -> dict[int, dict[str, Any]]:
    """For a list: how many were asked and answered, and the score; two questions in all."""
    askings = Asking.objects.filter(survey__in=[it.pk for it in surveys])
    asked = dict(askings.values_list("survey").annotate(Count("pk")))
    counts: dict[int, Counter[int]] = {it.pk: Counter() for it in surveys}
    answered: Counter[int] = Counter()
    rows = askings.answered().order_by().values_list("survey", "score")
    for survey, score, number in rows.annotate(Count("pk")):
        answered[survey] += number
        if score is not None:
            counts[survey][score] += number
    return {
        it.pk: {
            "asked": asked.get(it.pk, 0), "answered": answered[it.pk],
            "told": told_of(it.main, counts[it.pk]),
        }
        for it in surveys
    }  # fmt: skip


def results_of(survey: Survey, *, comments: int = 50) -> Results:
    askings = Asking.objects.filter(survey=survey)
    answered = askings.answered()
    asked_number, number, main = askings.count(), answered.count(), survey.main
    counts = counts_of(answered)
    return Results(
        asked=asked_number,
        answered=number,
        rate=formats.percent(round(100 * number / asked_number)) if asked_number else "",
        main=main,
        told=told_of(main, counts),
        formula=formula(main.kind) if main else "",
        spread=_spread(main, counts) if main and counts else None,
        months=_months(survey, answered) if main and counts else None,
        tiers=_tiers(survey, answered) if main else [],
        others=_others(survey, answered, comments) if number else [],
    )


def counts_of(answered: AskingQuerySet) -> Counter[int]:
    """How many gave each answer to the main question."""
    rows = answered.exclude(score=None).order_by().values_list("score")
    return Counter(dict(rows.annotate(Count("pk"))))


def told_of(main: Question | None, counts: Mapping[int, int]) -> Told | None:
    score = score_of(main.kind, counts) if main else None
    if score is None or main is None:
        return None
    words = {"low": shown(main.kind, score.low), "high": shown(main.kind, score.high)}
    return Told(
        number=score.number,
        text=shown(main.kind, score.value),
        between=_("between %(low)s and %(high)s") % words,
        is_few=score.number < FEW,
    )


def shown(kind: str, value: float) -> str:
    """A score as people write it: whole with its sign, a percentage, or one decimal."""
    if kind == NPS:
        return formats.number(round(value), sign=True)
    if kind == CSAT:
        return formats.percent(round(value))
    return formats.number(Decimal(f"{value:.1f}"))


def formula(kind: str) -> str:
    return {
        NPS: _("Those who answer 9 or 10, less those who answer 0 to 6, in percent of all answers: "
               "from −100 to +100. The interval is the adjusted Wald of Rocks (2016)."),
        CSAT: _("Those who answer 4 or 5, in percent of all answers. The interval is Wilson's."),
        CES: _("The mean of all answers, from 1 to 7: the higher, the easier it was."),
        SCALE: _("The mean of all answers, from 1 to 5."),
    }[kind]  # fmt: skip


def sheet_of(survey: Survey) -> tuple[list[str], Iterator[list[Any]]]:
    """All answers, one a line, with who gave them."""
    asked = survey.asked
    heading = [_("Answered"), _("Member"), _("Name"), _("Tier"), *(it.asked() for it in asked)]
    return heading, _lines(survey, asked)


def _lines(survey: Survey, asked: Sequence[Question]) -> Iterator[list[Any]]:
    tiers = _tier_names(survey)
    zone = ZoneInfo(survey.program.time_zone)
    answered = Asking.objects.filter(survey=survey).answered().order_by("pk")
    for it in answered.select_related("account__member").iterator(chunk_size=500):
        member = getattr(it.account, "member", None)
        assert it.answered_at
        yield [
            it.answered_at.astimezone(zone).isoformat(timespec="minutes"),
            member.public_id if member else "",
            member.name if member else "",
            tiers.get(it.tier_rank or 0, ""),
            *(question.told(it.answers[question.key]) if question.key in it.answers else ""
              for question in asked),
        ]  # fmt: skip


# --- Parts ---------------------------------------------------------------------------------------


def _spread(main: Question, counts: Mapping[int, int]) -> Chart:
    """How many gave each answer."""
    steps = list(main.scale)
    return charts.bars(
        _("Answers by figure"), of=_("Answer"), labels=[str(it) for it in steps],
        series=[Series(_("Answers"), [counts.get(it, 0) for it in steps])],
    )  # fmt: skip


def _months(survey: Survey, answered: AskingQuerySet) -> Chart | None:
    """The score of each month in which somebody answered; none while it is only one."""
    main = survey.main
    assert main
    zone = ZoneInfo(survey.program.time_zone)
    rows = answered.exclude(score=None).annotate(month=TruncMonth("answered_at", tzinfo=zone))
    counts: dict[datetime, Counter[int]] = {}
    grouped = rows.order_by().values_list("month", "score").annotate(Count("pk"))
    for month, score, number in grouped:
        counts.setdefault(month, Counter())[score] += number
    if len(counts) < 2:
        return None
    months = sorted(counts)[-MONTHS:]
    scores = [score_of(main.kind, counts[month]) for month in months]
    return charts.line(
        _("Score by month"), of=_("Month"), labels=[_month(it) for it in months],
        series=[Series(NAME.get(main.kind, _("Mean")), [_tenths(it) for it in scores])],
        show=lambda value: shown(main.kind, value / 10),
        axis=lambda value: shown(main.kind, value / 10),
    )  # fmt: skip


def _month(it: datetime) -> str:
    return formats.day(date(it.year, it.month, 1), style="month")


def _tenths(score: Score | None) -> int:
    """Charts are drawn of whole numbers; a tenth is as fine as a score is shown."""
    return round(score.value * 10) if score else 0


def counts_by_tier(answered: AskingQuerySet) -> dict[int, Counter[int]]:
    """How many of each tier gave each answer to the main question."""
    rows = answered.exclude(score=None).order_by().values_list("tier_rank", "score")
    counts: dict[int, Counter[int]] = {}
    for rank, score, number in rows.annotate(Count("pk")):
        counts.setdefault(rank or 0, Counter())[score] += number
    return counts


def _tiers(survey: Survey, answered: AskingQuerySet) -> list[Part]:
    counts = counts_by_tier(answered)
    names = _tier_names(survey)
    return [
        Part(
            name=names.get(rank, _("Everybody")), number=sum(counts[rank].values()),
            told=told_of(survey.main, counts[rank]),
        )
        for rank in sorted(counts)
    ]  # fmt: skip


def _tier_names(survey: Survey) -> dict[int, str]:
    return {it.rank: str(it.name) for it in survey.program.tiers.all()}


def _others(survey: Survey, answered: AskingQuerySet, comments: int) -> list[Part]:
    """The other questions: figures and choices counted, words as they were written."""
    main = survey.main
    questions = [it for it in survey.asked if it != main]
    if not questions:
        return []
    tallies: dict[str, Counter[int]] = {it.key: Counter() for it in questions}
    rows = answered.order_by().values_list("answers", flat=True)
    for answers in rows.iterator(chunk_size=1000):
        for key, value in answers.items():
            if key in tallies and not isinstance(value, str):
                tallies[key].update(value if isinstance(value, list) else [value])
    return [
        _counted(it, tallies[it.key])
        if it.kind in (*RATED, CHOICE, CHOICES)
        else _written(it, answered, comments)
        for it in questions
    ]


def _counted(question: Question, counts: Counter[int]) -> Part:
    is_rated = question.kind in RATED
    steps = list(question.scale) if is_rated else list(range(1, len(question.options) + 1))
    labels = [str(it) if is_rated else str(question.options[it - 1]) for it in steps]
    chart = charts.bars(
        question.asked(), of=_("Answer"), labels=labels,
        series=[Series(_("Answers"), [counts[it] for it in steps])],
    )  # fmt: skip
    told = told_of(question, counts) if is_rated else None
    return Part(name=question.asked(), number=sum(counts.values()), told=told, chart=chart)


def _written(question: Question, answered: AskingQuerySet, comments: int) -> Part:
    """What people wrote, the newest first."""
    found = answered.filter(answers__has_key=question.key)
    newest = found.select_related("account__member").order_by("-changed_at", "-pk")[:comments]
    words = [
        {
            "text": it.answers[question.key], "score": it.score, "at": it.changed_at,
            "member": getattr(it.account, "member", None),
        }
        for it in newest
    ]  # fmt: skip
    return Part(name=question.asked(), number=found.count(), comments=words)
