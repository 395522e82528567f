from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from campaigns import questions
from campaigns.questions import RATED, Question
from loyalty.ledger.models import Account
from loyalty.localized import LocalizedField
from loyalty.merchants.models import Program
from loyalty.public_ids import new_public_id


class SurveyQuerySet(models.QuerySet["Survey"]):
    def kept(self) -> "SurveyQuerySet":
        return self.filter(archived_at=None)

    def live(self) -> "SurveyQuerySet":
        return self.kept().filter(state=Survey.State.LIVE)


class Survey(models.Model):
    """Questions to members: whom, when, and what an answer earns, once each time it is asked."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        LIVE = "live", _("Live")
        PAUSED = "paused", _("Paused")
        ENDED = "ended", _("Ended")

    class Asks(models.TextChoices):
        OPEN = "open", _("Whoever likes to answer, in the portal")
        PURCHASE = "purchase", _("Who bought something, some days after it")
        EVERYBODY = "everybody", _("All members, by a letter")

    program = models.ForeignKey(Program, models.PROTECT, related_name="surveys")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    name = LocalizedField()
    intro = LocalizedField(blank=True)  # What members read first.
    questions = models.JSONField(default=list)  # See campaigns.questions.
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    asks = models.CharField(max_length=9, choices=Asks, default=Asks.OPEN)
    after_days = models.PositiveSmallIntegerField(default=3)  # After the purchase.
    again_days = models.PositiveSmallIntegerField(null=True, blank=True)  # None: once for ever.
    good_days = models.PositiveSmallIntegerField(default=30)  # So long an asking can be answered.
    from_rank = models.PositiveSmallIntegerField(default=0)  # The lowest tier that is asked.
    prizes = models.JSONField(default=list, blank=True)  # See flows.prizes.
    created_at = models.DateTimeField(default=timezone.now)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = SurveyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(again_days=None) | Q(again_days__gt=0),
                name="survey_asks_again_after_some_days",
            ),
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def source(self) -> str:
        return f"survey:{self.pk}"

    @property
    def asked(self) -> tuple[Question, ...]:
        return questions.stored(self.questions)

    @property
    def main(self) -> Question | None:
        """The question whose score stands for the survey: the first that is rated."""
        return next((it for it in self.asked if it.kind in RATED), None)

    @property
    def takes_answers(self) -> bool:
        return self.state == self.State.LIVE and self.archived_at is None


class AskingQuerySet(models.QuerySet["Asking"]):
    def open(self, at: datetime) -> "AskingQuerySet":
        return self.filter(answered_at=None, expires_at__gt=at)

    def answered(self) -> "AskingQuerySet":
        return self.filter(answered_at__isnull=False)


class Asking(models.Model):
    """One member, asked once: and what they said, the newest of what they said."""

    id = models.BigAutoField(primary_key=True)
    survey = models.ForeignKey(Survey, models.PROTECT, related_name="askings", db_index=False)
    account = models.ForeignKey(Account, models.CASCADE, related_name="askings")
    public_id = models.CharField(max_length=16, unique=True, default=new_public_id)
    round = models.PositiveSmallIntegerField(default=1)  # The how manieth time.
    cause = models.CharField(max_length=40, blank=True)  # "purchase:8412"; empty: they came.
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)  # For the first time; this is what earns.
    changed_at = models.DateTimeField(null=True)
    answers = models.JSONField(default=dict)  # {"q1": 9, "q2": "Good coffee"}
    score = models.SmallIntegerField(null=True)  # What was answered to the main question.
    tier_rank = models.PositiveSmallIntegerField(null=True)  # Theirs when they answered.

    objects = AskingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["survey", "account", "round"], name="member_is_asked_once_a_round"
            )
        ]
        indexes = [
            models.Index(fields=["survey", "answered_at"], name="askings_by_answer"),
        ]

    @property
    def key(self) -> str:
        return f"asking:{self.pk}"
