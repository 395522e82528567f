"""Planning letters: which, when, and in whose words."""

import re
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from campaigns.planned.models import PlannedLetter
from loyalty.merchants import trail
from loyalty.merchants.models import Program, Staff, User
from loyalty.messaging import outbox
from loyalty.messaging.outbox import Letter
from loyalty.public_ids import new_public_id
from loyalty.refusal import Refusal

MOST_PLANS = 50
LONGEST_SUBJECT, LONGEST_WORDS = 120, 2000
MOST_DAYS = 730
# What the merchant's words may name; it is put in their place when a letter is written.
NAMES = ("name", "program", "campaign", "number")
_NAMED = re.compile(r"\{(\w*)\}")
_FIELDS = ("event", "is_active", "hour", "days", "is_yearly")


Event = PlannedLetter.Event


class BadPlan(Refusal):
    """``field`` in its facts names what is wrong."""

    code = "bad_plan"


@transaction.atomic
def save(
    program: Program,
    plan: PlannedLetter | None,
    *,
    by: Staff | None,
    now: datetime,
    public_id: str = "",
    **told: Any,
) -> PlannedLetter:
    """Plan a letter, or change one. A second click finds the first one's."""
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    known = plan.public_id if plan else public_id
    plan = program.planned_letters.filter(public_id=known).first() if known else None
    before = _facts(plan) if plan else {}
    if plan is None:
        if program.planned_letters.kept().count() >= MOST_PLANS:
            raise BadPlan(
                _("A program plans at most %(most)s letters. Put some away first.")
                % {"most": MOST_PLANS}
            )
        plan = PlannedLetter(
            program=program, public_id=public_id or new_public_id(), created_at=now
        )
    for name, value in told.items():
        setattr(plan, name, value)
    _check(plan)
    plan.save()
    if (after := _facts(plan)) != before:
        trail.record(
            "plan.change" if before else "plan.make", f"plan:{plan.public_id}", program=program,
            now=now, by=by, before=before, after=after,
        )  # fmt: skip
    return plan


@transaction.atomic
def archive(plan: PlannedLetter, *, by: Staff | None, now: datetime) -> None:
    """It is written no more; what waits of it is not sent."""
    if PlannedLetter.objects.filter(pk=plan.pk, archived_at=None).update(archived_at=now):
        trail.record("plan.archive", f"plan:{plan.public_id}", program=plan.program, now=now, by=by)


@transaction.atomic
def restore(plan: PlannedLetter, *, by: Staff | None, now: datetime) -> None:
    if PlannedLetter.objects.filter(pk=plan.pk, archived_at__isnull=False).update(archived_at=None):
        trail.record("plan.restore", f"plan:{plan.public_id}", program=plan.program, now=now, by=by)


@transaction.atomic
def try_out(plan: PlannedLetter, user: User, language: str, *, key: str, now: datetime) -> None:
    """Send the letter to who plans it, with an example in the place of a member."""
    letter = Letter(
        program_id=plan.program_id, key=f"trial:{plan.pk}:{key}", to=user.email,
        template="letter_trial", language=language,
        context={"plan_id": plan.pk, "number": example_of(plan), "campaign_id": 0},
    )  # fmt: skip
    outbox.owe([letter], now=now)


def example_of(plan: PlannedLetter) -> int:
    """The years or days that an example names."""
    return 2 if plan.event == PlannedLetter.Event.MEMBERSHIP_DAY else plan.days


def filled(text: str, told: dict[str, Any]) -> str:
    """The merchant's words with what they name: names on our list, and nothing else."""
    return _NAMED.sub(lambda found: str(told.get(found[1], "")), text)


def _check(plan: PlannedLetter) -> None:
    problems = [
        (plan.event not in Event.values, "event", _("Say when the letter is written.")),
        (plan.event == Event.HOLIDAY and plan.on is None, "on", _("Say on which day.")),
        (plan.event == Event.WIN_BACK and not 0 < plan.days <= MOST_DAYS, "days",
         _("Say after how many quiet days: 1 to %(most)s.") % {"most": MOST_DAYS}),
        (not 0 <= plan.days <= MOST_DAYS, "days",
         _("Give 0 to %(most)s days.") % {"most": MOST_DAYS}),
        (plan.hour is not None and not 0 <= plan.hour < 24, "hour",
         _("Give an hour from 0 to 23.")),
    ]  # fmt: skip
    for is_wrong, field, sentence in problems:
        if is_wrong:
            raise BadPlan(sentence, field=field)
    for field, longest in (("subject", LONGEST_SUBJECT), ("words", LONGEST_WORDS)):
        for text in getattr(plan, field).values():
            if len(text) > longest:
                raise BadPlan(
                    _("At most %(most)s letters, please.") % {"most": longest}, field=field
                )
            if unknown := [name for name in _NAMED.findall(text) if name not in NAMES]:
                raise BadPlan(
                    _("A letter knows no {%(name)s}. It knows: %(names)s.")
                    % {"name": unknown[0][:40], "names": ", ".join(f"{{{it}}}" for it in NAMES)},
                    field=field,
                )


def _facts(plan: PlannedLetter) -> dict[str, Any]:
    told = {name: getattr(plan, name) for name in _FIELDS}
    return told | {
        "on": plan.on.isoformat() if plan.on else None,
        "subject": dict(plan.subject),
        "words": dict(plan.words),
    }
