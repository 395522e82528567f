from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from campaigns.running import Running
from loyalty.ledger.models import Account


class Challenge(Running):
    """A set of tasks: do this three times and that once, or something each week for four weeks."""

    class Kind(models.TextChoices):
        STEPS = "steps", _("Steps, in any order")
        STREAK = "streak", _("A streak of weeks")

    kind = models.CharField(max_length=6, choices=Kind, default=Kind.STEPS)
    # [{"trigger": "purchase", "conditions": […], "times": 3}]; of a streak: what each week asks.
    steps = models.JSONField()
    days = models.PositiveSmallIntegerField(null=True, blank=True)  # All steps within so many.
    weeks = models.PositiveSmallIntegerField(null=True, blank=True)  # Of a streak, in a row.
    repeats = models.BooleanField(default=False)  # Who has done it may begin again.
    winners = models.PositiveIntegerField(null=True, blank=True)  # So many prizes there are.
    won = models.PositiveIntegerField(default=0)  # Of those; counted only where they are limited.
    prize = models.JSONField()  # See flows.prizes.

    class Meta(Running.Meta):
        constraints = [
            *Running.Meta.constraints,
            models.CheckConstraint(
                condition=Q(winners=None) | Q(won__lte=F("winners")),
                name="no_more_win_than_there_are_prizes",
            ),
            models.CheckConstraint(
                condition=Q(kind="streak", weeks__gte=2) | Q(kind="steps", weeks=None),
                name="only_a_streak_has_weeks",
            ),
        ]


class Completion(models.Model):
    """A member who has done it, and has had the prize."""

    challenge = models.ForeignKey(Challenge, models.PROTECT, related_name="completions")
    account = models.ForeignKey(Account, models.PROTECT, related_name="completions")
    number = models.PositiveIntegerField(default=1)  # The how manieth time.
    through_on = models.DateField()  # The last day that counted; of a streak, of its last week.
    completed_at = models.DateTimeField()
    prize = models.JSONField(default=dict)  # As it was given; {}: there was none left.

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["challenge", "account", "number"], name="challenge_is_completed_once"
            )
        ]


class Mark(models.Model):
    """One thing that a member did, counted for one step."""

    id = models.BigAutoField(primary_key=True)
    challenge = models.ForeignKey(Challenge, models.CASCADE, related_name="marks", db_index=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="marks", db_index=False)
    step = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=40)  # Its cause: "purchase:8412".
    on = models.DateField()  # In the program's zone.
    # Spent: a completion was made of it.
    completion = models.ForeignKey(Completion, models.CASCADE, null=True, related_name="marks")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["challenge", "step", "key"], name="a_step_is_marked_once"
            ),
        ]
        indexes = [
            models.Index("account", "challenge", name="marks_of_a_member"),
            models.Index("key", name="open_marks_by_cause", condition=Q(completion=None)),
        ]
