"""Whom a survey asks today: a row for each, and a letter to those who want letters."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, QuerySet
from django.utils import translation

from campaigns.questions import Question
from campaigns.surveys.models import Asking, Survey
from loyalty.days import local_date
from loyalty.flows import announcing, answering, prizes
from loyalty.flows.daily import BITE, Day
from loyalty.messaging import outbox
from loyalty.messaging.outbox import Letter
from loyalty.purchases.models import Purchase
from members import consents
from members.models import Member, TierStatus


def ask(day: Day) -> Iterator[int]:
    """Ask everybody whom a survey wants to hear today. Who was asked is not found again."""
    if day.is_late:
        return
    live = day.program.surveys.live().exclude(asks=Survey.Asks.OPEN).order_by("pk")
    for survey in live:
        survey.program = day.program
        told = _told(survey)
        while members := list(_to_ask(survey, day).order_by("pk")[:BITE]):
            _ask(survey, members, told, day)
            yield day.reached


def _to_ask(survey: Survey, day: Day) -> QuerySet[Member]:
    """Who is to be asked, and was not yet, or long enough ago."""
    asked = Asking.objects.filter(survey=survey, account=OuterRef("account"))
    if survey.again_days is not None:
        asked = asked.filter(asked_at__gt=day.clock() - timedelta(days=survey.again_days))
    found = Member.objects.filter(program=day.program, state=Member.State.ACTIVE)
    found = found.filter(~Exists(asked))
    if survey.asks == Survey.Asks.PURCHASE:
        on = day.on - timedelta(days=survey.after_days)
        bought = Purchase.objects.filter(
            account=OuterRef("account"), made_on=on, refunded_minor__lt=F("total_minor")
        )
        found = found.filter(Exists(bought))
    if survey.from_rank:
        status = TierStatus.objects.filter(account=OuterRef("account"))
        found = found.filter(Exists(status.filter(tier__rank__gte=survey.from_rank)))
    return found


@transaction.atomic
def _ask(survey: Survey, members: Sequence[Member], told: dict[str, Any], day: Day) -> None:
    now = day.clock()
    accounts = [it.account_id for it in members]
    rounds = Asking.objects.filter(survey=survey, account__in=accounts).values_list("account")
    newest = dict(rounds.annotate(Max("round")))
    rows = [
        Asking(
            survey=survey, account_id=account, round=newest.get(account, 0) + 1, asked_at=now,
            expires_at=now + timedelta(days=survey.good_days), cause=f"day:{day.on}",
        )
        for account in accounts
    ]  # fmt: skip
    Asking.objects.bulk_create(rows, ignore_conflicts=True)
    made = Asking.objects.filter(public_id__in=[it.public_id for it in rows])
    askings = {it.account_id: it for it in made}
    if day.wants("survey"):
        chosen = consents.choices_of(members)
        outbox.owe(
            [
                _letter(askings[it.account_id], it, told, day)
                for it in members
                if it.account_id in askings and chosen[it.pk][consents.MAIL, consents.OFFERS]
            ],
            now=now,
        )


def _letter(asking: Asking, member: Member, told: dict[str, Any], day: Day) -> Letter:
    until = local_date(asking.expires_at - timedelta(microseconds=1), day.program.time_zone)
    return announcing.letter_to(
        member, "survey", key=f"{asking.key}/letter", until=until.isoformat(),
        link=answering.link_to(asking, day.program), **told,
    )  # fmt: skip


def _told(survey: Survey) -> dict[str, Any]:
    """What the letter says of a survey, in each language."""
    main = survey.main
    return {
        "survey": dict(survey.name),
        "intro": dict(survey.intro),
        "question": _in_each_language(main) if main else {},
        "scale": list(main.scale) if main else [],
        "earns": _earns(survey),
    }


def _in_each_language(question: Question) -> dict[str, str]:
    told = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            told[code] = question.asked()
    return told


def _earns(survey: Survey) -> dict[str, str]:
    if not survey.prizes:
        return {}
    told = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            told[code] = ", ".join(prizes.told_all(survey.prizes))
    return told
